import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { REPOSITORY } from '../support/repository.ts';

/** What a machine is started with. */
export interface Image {
  readonly kernel: string;
  readonly initrd: string;
}

const PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'util-linux', 'libgomp1', 'git'];
/** A server that a repository is on, and what makes keys; in the release that most stories are told on. */
const SERVER = ['openssh-server', 'openssh-client', 'gpg', 'gpg-agent'];
const CACHE = join(REPOSITORY, 'node_modules/.cache/ds01-policy-machine');

/** Debian releases with the systemd they have: 247 is nearest to Ubuntu 20.04 (245), 257 the newest. */
export const RELEASES = { bullseye: 247, bookworm: 252, trixie: 257 } as const;

/** A Debian release that a machine can be made of. */
export type Release = keyof typeof RELEASES;

/**
 * A Debian with systemd, node and the program, as a kernel and one archive that is unpacked into memory. The Debian part
 * is made once for each checkout; what is tested is put in anew. The kernel is that of bookworm for all of them.
 */
export async function makeImage(program: string, release: Release = 'bookworm'): Promise<Image> {
  // What is in it decides whether it can be used again.
  const base = join(CACHE, `${release}-${packagesOf(release).length}`);
  if (!existsSync(base)) await makeBase(base, release);
  const root = join(base, 'root');
  copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
  copyFileSync(join(REPOSITORY, 'test/machine/agent.mjs'), join(root, 'agent.mjs'));
  rmSync(join(root, 'opt'), { recursive: true, force: true });
  await fillHome(join(root, 'opt'), program);
  writeFileSync(join(root, 'etc/systemd/system/agent.service'), AGENT_SERVICE);
  const initrd = join(base, 'initrd');
  // The only pipe of the suite; nothing in it comes from anywhere but here.
  await execa('sh', ['-c', 'find . | cpio --quiet -o -H newc > "$1"', 'sh', initrd], { cwd: root, timeout: 120_000 });
  return { kernel: join(CACHE, `bookworm-${packagesOf('bookworm').length}`, 'vmlinuz'), initrd };
}

/** Puts into a folder what the suite works with: the program, a policy, and a program with threads. */
export async function fillHome(home: string, program: string): Promise<void> {
  mkdirSync(home, { recursive: true });
  copyFileSync(program, join(home, 'ds01-policy.mjs'));
  // Policy as it was when the suite was written: a pull request that changes policy does not have to touch it.
  cpSync(join(REPOSITORY, 'test/commands/policy'), join(home, 'policy'), { recursive: true });
  await execa('gcc', ['-fopenmp', '-o', join(home, 'threads'), join(REPOSITORY, 'test/machine/threads.c')]);
}

const AGENT_SERVICE = `[Unit]
Description=runs what the test suite asks for

[Service]
ExecStartPre=/bin/stty -F /dev/ttyS1 raw -echo
ExecStart=/usr/local/bin/node /agent.mjs /dev/ttyS1
`;

function packagesOf(release: Release): readonly string[] {
  return release === 'bookworm' ? [...PACKAGES, ...SERVER] : PACKAGES;
}

async function makeBase(base: string, release: Release): Promise<void> {
  const temporary = `${base}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const root = join(temporary, 'root');
  const include = `--include=${packagesOf(release).join(',')}`;
  await execa('mmdebstrap', ['--variant=minbase', include, release, root], { timeout: 600_000 });
  if (release === 'bookworm') await addKernel(temporary);
  rmSync(join(root, 'usr/share/doc'), { recursive: true, force: true });
  rmSync(join(root, 'usr/share/locale'), { recursive: true, force: true });
  await execa('ln', ['-sf', 'lib/systemd/systemd', join(root, 'init')]);
  await execa('ln', [
    '-sf',
    '../agent.service',
    join(root, 'etc/systemd/system/multi-user.target.wants/agent.service'),
  ]);
  // Nobody logs in, and without udev a getty waits a minute and a half for its device.
  await execa('ln', ['-sf', '/dev/null', join(root, 'etc/systemd/system/getty.target')]);
  chmodSync(root, 0o755);
  renameSync(temporary, base);
}

// The package that depends on the newest kernel names it; only the kernel itself is taken out of it.
async function addKernel(folder: string): Promise<void> {
  const { stdout } = await execa('apt-cache', ['depends', 'linux-image-cloud-amd64'], { env: { LC_ALL: 'C' } });
  const name = /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
  if (name === undefined) throw new Error('apt-cache knows no kernel: run apt-get update');
  await execa('apt-get', ['download', name], { cwd: folder, timeout: 300_000 });
  const archive = readdirSync(folder).find((file) => file.endsWith('.deb'));
  if (archive === undefined) throw new Error(`apt-get downloaded no ${name}`);
  await execa('dpkg', ['-x', archive, 'kernel'], { cwd: folder });
  const kernel = readdirSync(join(folder, 'kernel/boot')).find((file) => file.startsWith('vmlinuz-'));
  if (kernel === undefined) throw new Error(`${name} contains no kernel`);
  renameSync(join(folder, 'kernel/boot', kernel), join(folder, 'vmlinuz'));
  rmSync(join(folder, 'kernel'), { recursive: true });
  rmSync(join(folder, archive));
}
