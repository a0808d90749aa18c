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

const PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'util-linux', 'libgomp1'];
const CACHE = join(REPOSITORY, 'node_modules/.cache/ds01-policy-machine');

/**
 * A Debian with systemd, node and the program, as a kernel and one archive that is unpacked into memory. The Debian part
 * is made once for each checkout; what is tested is put in anew.
 */
export async function makeImage(program: string): Promise<Image> {
  const base = join(CACHE, 'base');
  if (!existsSync(base)) await makeBase(base);
  const root = join(base, 'root');
  copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
  mkdirSync(join(root, 'opt'), { recursive: true });
  copyFileSync(join(REPOSITORY, 'test/machine/agent.mjs'), join(root, 'opt/agent.mjs'));
  copyFileSync(program, join(root, 'opt/ds01-policy.mjs'));
  rmSync(join(root, 'opt/policy'), { recursive: true, force: true });
  cpSync(join(REPOSITORY, 'policy'), join(root, 'opt/policy'), { recursive: true });
  await execa('gcc', ['-fopenmp', '-o', join(root, 'opt/threads'), join(REPOSITORY, 'test/machine/threads.c')]);
  writeFileSync(join(root, 'etc/systemd/system/agent.service'), AGENT_SERVICE);
  const initrd = join(CACHE, 'initrd');
  // The only pipe of the suite; nothing in it comes from anywhere but here.
  await execa('sh', ['-c', 'find . | cpio --quiet -o -H newc > "$1"', 'sh', initrd], { cwd: root, timeout: 120_000 });
  return { kernel: join(base, 'vmlinuz'), initrd };
}

const AGENT_SERVICE = `[Unit]
Description=runs what the test suite asks for

[Service]
ExecStartPre=/bin/stty -F /dev/ttyS1 raw -echo
ExecStart=/usr/local/bin/node /opt/agent.mjs /dev/ttyS1
`;

async function makeBase(base: string): Promise<void> {
  const temporary = `${base}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const root = join(temporary, 'root');
  const include = `--include=${PACKAGES.join(',')}`;
  await execa('mmdebstrap', ['--variant=minbase', include, 'bookworm', root], { timeout: 600_000 });
  await addKernel(temporary);
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
