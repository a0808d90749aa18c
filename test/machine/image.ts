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
/** A server that a repository is on, what makes keys, and what loads modules; in the release that most stories are told on. */
const MORE = ['openssh-server', 'openssh-client', 'gpg', 'gpg-agent', 'kmod'];
/** A real Docker, what a container of it can be made of, and what asks it quickly. */
const DOCKER = ['docker.io', 'busybox-static', 'curl'];
/** Parts of the kernel that know the disk of a virtual machine, each after those that it needs. */
const MODULES = [
  ...['virtio/virtio_ring', 'virtio/virtio', 'virtio/virtio_pci_legacy_dev', 'virtio/virtio_pci_modern_dev'],
  ...['virtio/virtio_pci', 'block/virtio_blk'],
];
const CACHE = join(REPOSITORY, 'node_modules/.cache/ds01-policy-machine');

/** Where a machine has them: loaded in this order, its disk is `/dev/vda`. */
export const DISK_MODULES = MODULES.map((name) => `/usr/lib/modules/${name}.ko`);

/** Debian releases with the systemd they have: 247 is nearest to Ubuntu 20.04 (245), 257 the newest. */
export const RELEASES = { bullseye: 247, bookworm: 252, trixie: 257 } as const;

/** A Debian release that a machine can be made of. */
export type Release = keyof typeof RELEASES;

/** What a machine has besides: `docker` is the release that most stories are told on, with Docker in the place of a server. */
export type Edition = Release | 'docker';

/**
 * A Debian with systemd, node and the program, as a kernel and one archive that is unpacked into memory. The Debian part
 * is made once for each checkout; what is tested is put in anew. The kernel is that of bookworm for all of them.
 */
export async function makeImage(program: string, edition: Edition = 'bookworm'): Promise<Image> {
  // What is in it decides whether it can be used again.
  const base = join(CACHE, `${edition}-${packagesOf(edition).length}`);
  if (!existsSync(base)) await makeBase(base, edition);
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

/** Puts into a folder what the suite works with: the program, a policy, and programs that use what a machine has. */
export async function fillHome(home: string, program: string): Promise<void> {
  mkdirSync(home, { recursive: true });
  copyFileSync(program, join(home, 'ds01-policy.mjs'));
  // Policy as it was when the suite was written: a pull request that changes policy does not have to touch it.
  cpSync(join(REPOSITORY, 'test/commands/policy'), join(home, 'policy'), { recursive: true });
  for (const name of ['threads', 'burner', 'set-clock']) {
    await execa('gcc', ['-fopenmp', '-o', join(home, name), join(REPOSITORY, `test/machine/${name}.c`)]);
  }
}

const AGENT_SERVICE = `[Unit]
Description=runs what the test suite asks for

[Service]
ExecStartPre=/bin/stty -F /dev/ttyS1 raw -echo
ExecStart=/usr/local/bin/node /agent.mjs /dev/ttyS1
`;

function packagesOf(edition: Edition): readonly string[] {
  if (edition === 'docker') return [...PACKAGES, ...DOCKER];
  return edition === 'bookworm' ? [...PACKAGES, ...MORE] : PACKAGES;
}

async function makeBase(base: string, edition: Edition): Promise<void> {
  const release = edition === 'docker' ? 'bookworm' : edition;
  const temporary = `${base}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const root = join(temporary, 'root');
  const include = `--include=${packagesOf(edition).join(',')}`;
  await execa('mmdebstrap', ['--variant=minbase', include, release, root], { timeout: 600_000 });
  if (edition === 'bookworm') await addKernel(temporary);
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
  if (edition === 'docker') stopDocker(root);
  chmodSync(root, 0o755);
  renameSync(temporary, base);
}

// The story that needs it starts it, in the way in which it works on a root file system that is memory.
function stopDocker(root: string): void {
  for (const wanted of [
    'multi-user.target.wants/docker.service',
    'multi-user.target.wants/containerd.service',
    'sockets.target.wants/docker.socket',
  ])
    rmSync(join(root, 'etc/systemd/system', wanted), { force: true });
}

// The package that depends on the newest kernel names it; only the kernel itself and what a disk needs are taken out of it.
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
  const drivers = join(folder, 'kernel/lib/modules', kernel.replace('vmlinuz-', ''), 'kernel/drivers');
  for (const [index, path] of DISK_MODULES.entries()) {
    cpSync(join(drivers, `${MODULES[index]}.ko`), join(folder, 'root', path));
  }
  rmSync(join(folder, 'kernel'), { recursive: true });
  rmSync(join(folder, archive));
}
