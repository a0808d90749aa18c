import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Process } from '../diagnosis/sighting.ts';
import type { Hierarchies } from './cgroup-tree.ts';

/**
 * All processes that may be seen, by number. Those that end meanwhile are left out, and so are those of others where /proc
 * is mounted with `hidepid` (proc(5)). Reads nothing that a program can hold up, such as its command line.
 */
export function readProcesses(proc: string, version: Hierarchies['version']): readonly Process[] {
  const pids = readdirSync(proc).filter((name) => /^[1-9][0-9]*$/.test(name));
  const numbers = pids.map(Number).sort((a, b) => a - b);
  const asked = new Map<string, number>();
  return numbers.flatMap((pid) => readProcess(join(proc, String(pid)), pid, version, asked) ?? []);
}

/** So many programs of a container are asked what they see: the others see the same, and there may be thousands. */
const MOST_ASKED = 4;

/** `asked` counts the programs that were asked, by container. */
function readProcess(
  folder: string,
  pid: number,
  version: Hierarchies['version'],
  asked: Map<string, number>,
): Process | undefined {
  return unlessHidden(() => {
    const stat = readStat(readFileSync(join(folder, 'stat'), 'utf8'));
    // The folder itself belongs to the effective user, or to root: proc(5). Nobody can begin a line by a name: the kernel
    // writes a newline in it as two characters, but not what else begins a line to a regular expression.
    const [, uid] = /\nUid:\t([0-9]+)/.exec(readFileSync(join(folder, 'status'), 'utf8')) ?? [];
    const cgroup = readCgroup(readFileSync(join(folder, 'cgroup'), 'utf8'), version);
    if (!stat || uid === undefined || cgroup === undefined) return undefined;
    const [, id] = CONTAINER.exec(cgroup) ?? [];
    const times = id === undefined ? MOST_ASKED : (asked.get(id) ?? 0);
    if (id !== undefined) asked.set(id, times + 1);
    const seesGpu = times < MOST_ASKED ? unlessHidden(() => seesGpuDevice(folder)) : undefined;
    return { pid, uid: Number(uid), ...stat, cgroup, ...(seesGpu !== undefined && { seesGpu }) };
  });
}

// What the kernel counts for programs is in units of 1/100 s whatever its own clock is: USER_HZ has been 100 on all machines
// that systemd runs on, and `getconf CLK_TCK` would cost a process to say so.
const TICKS_PER_SECOND = 100;

// Whoever names a process may use brackets and blanks, too: its name ends at the last bracket (proc_pid_stat(5)).
function readStat(text: string): Pick<Process, 'name' | 'cpuSeconds'> | undefined {
  const [begin, end] = [text.indexOf('('), text.lastIndexOf(')')];
  // The first is field 3, the state; CPU in programs and in the kernel are 14 and 15.
  const fields = text.slice(end + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (begin === -1 || !Number.isFinite(ticks)) return undefined;
  return { name: text.slice(begin + 1, end), cpuSeconds: ticks / TICKS_PER_SECOND };
}

// Names of cgroups cannot hold a newline, and may hold anything else: cgroups(7), /proc/pid/cgroup.
function readCgroup(text: string, version: Hierarchies['version']): string | undefined {
  const lines = text.split('\n');
  const pathIn = (hierarchy: RegExp) => lines.find((line) => hierarchy.test(line))?.replace(hierarchy, '');
  return (version === 'v1' ? pathIn(/^[0-9]+:name=systemd:/) : undefined) ?? pathIn(/^0::/);
}

// As Docker names the cgroups of its containers, with the systemd driver and the other one: `docker-ID.scope`, `ID`.
const CONTAINER = /[/-]([0-9a-f]{64})([.]scope)?([/]|$)/;

// File systems that a program cannot hold up whoever looks into them.
const OWN_ROOT = /^(overlay|ext[234]|xfs|btrfs|zfs|tmpfs)$/;
const OWN_DEVICES = /^(tmpfs|devtmpfs)$/;

const DEVICE = '/dev/nvidiactl';

// The way to the device is the container's, and whoever is in it may have put anything there: so it has to be a file system
// of devices in one of the kernel's own, and then no link and no file server is on the way.
function seesGpuDevice(folder: string): boolean | undefined {
  const mounts = readAtMost(join(folder, 'mountinfo'), LONGEST_MOUNTS)?.split('\n').map(readMount) ?? [];
  const kindsAt = (place: string) => mounts.flatMap((mount) => (mount?.place === place ? [mount.kind] : []));
  const [root, devices, device] = [kindsAt('/'), kindsAt('/dev'), kindsAt(DEVICE)];
  if (root.length === 0 || devices.length === 0) return undefined;
  if (![...devices, ...device].every((kind) => OWN_DEVICES.test(kind))) return undefined;
  if (!root.every((kind) => OWN_ROOT.test(kind))) return undefined;
  return lstatSync(join(folder, 'root', DEVICE), { throwIfNoEntry: false }) !== undefined;
}

/** Bytes: a container has some dozens of mounts, and whoever is in it may make a hundred thousand. */
const LONGEST_MOUNTS = 1024 * 1024;

/** The text of a file of the kernel's; nothing if it is longer. */
function readAtMost(path: string, longest: number): string | undefined {
  const [file, bytes] = [openSync(path, 'r'), Buffer.allocUnsafe(longest + 1)];
  try {
    let length = 0;
    for (let read = 1; read > 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    return length > longest ? undefined : bytes.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}

// Fields before the dash vary in number. Only blanks are between them, and are in none: proc_pid_mountinfo(5).
function readMount(line: string): { readonly place: string; readonly kind: string } | undefined {
  const fields = line.split(' ');
  const [place, kind] = [fields[4], fields[fields.indexOf('-') + 1]];
  return place === undefined || kind === undefined ? undefined : { place, kind };
}

const HIDDEN = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'];

function unlessHidden<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (HIDDEN.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
