import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the kernel shows its cgroups: cgroups(7). */
export const CGROUPS = '/sys/fs/cgroup';

/** Names of the files to read below a cgroup, by version; for v1 by controller. */
export interface CgroupFiles {
  readonly v2: readonly string[];
  readonly v1: Readonly<Record<string, readonly string[]>>;
}

/** The hierarchies of a machine. On cgroup v2 there is one; on v1, and on hybrid hosts, one for each controller. */
export interface Hierarchies {
  /** `v1` also for hybrid hosts: their controllers are those of v1. */
  readonly version: 'v1' | 'v2';
  /** The folder of the one that says what runs: on v1, systemd's own. */
  readonly main: string;
  /** Folders with the files to read in them. */
  readonly controllers: readonly { readonly folder: string; readonly files: readonly string[] }[];
}

/** What is in a folder of the kernel's, in the order of names. */
export interface Entries {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** Finds out how the machine shows its cgroups. */
export function findHierarchies(files: CgroupFiles, root = CGROUPS): Hierarchies {
  if (existsSync(join(root, 'cgroup.controllers'))) {
    return { version: 'v2', main: root, controllers: [{ folder: root, files: files.v2 }] };
  }
  const main = join(root, existsSync(join(root, 'systemd')) ? 'systemd' : 'unified');
  const controllers = Object.entries(files.v1).map(([name, names]) => ({ folder: join(root, name), files: names }));
  return { version: 'v1', main, controllers };
}

/** The texts of a cgroup's files by name, of all controllers together; a file that is not there is absent. */
export function readCgroupFiles({ controllers }: Hierarchies, path: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { folder, files } of controllers) {
    // One look at what there is costs less than asking for each file that is not.
    const there = new Set(listEntries(join(folder, path))?.files);
    for (const name of files.filter((file) => there.has(file))) {
      const text = readUnlessGone(join(folder, path, name));
      if (text !== undefined) texts.set(name, text.trimEnd());
    }
  }
  return texts;
}

/** What is in a folder; nothing if it is gone. */
export function listEntries(folder: string): Entries | undefined {
  const entries = unlessGone(() => readdirSync(folder, { withFileTypes: true }));
  if (!entries) return undefined;
  const names = (of: typeof entries) => of.map(({ name }) => name).sort();
  return {
    folders: names(entries.filter((entry) => entry.isDirectory())),
    files: names(entries.filter((entry) => entry.isFile())),
  };
}

/** The text of a file; nothing if it is gone. */
export function readUnlessGone(path: string): string | undefined {
  return unlessGone(() => readFileSync(path, 'utf8'));
}

// Cgroups and processes go while somebody looks, and then their open files say ENODEV and ESRCH; ENOTSUP is what the kernel
// says of a file for something that it was started without, such as PSI. Whoever may make cgroups can make them so deep that
// no path leads there.
const GONE = ['ENOENT', 'ENODEV', 'ENOTDIR', 'ESRCH', 'ENOTSUP', 'ENAMETOOLONG'];

/** What a look gives; nothing if that which was looked at is gone. */
export function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (GONE.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/**
 * What a look gives; nothing if it is not allowed. Whoever a service or scope was handed over to, as systemd does it with
 * `Delegate=` (systemd.resource-control(5)), owns its folder, and can close it to others.
 */
export function unlessForbidden<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
