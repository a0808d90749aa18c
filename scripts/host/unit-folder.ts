import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundFile } from '../units/plan.ts';
import { HostFailure, HostRefusal, messageOf } from './host-failure.ts';

/** What may look at a host. It has no way to change one: whoever is given a reader cannot write. */
export interface HostReader {
  /** For people: which host this is. */
  readonly name: string;
  /** Every slice and slice drop-in of the unit folder, ours or not. Throws HostRefusal or HostFailure. */
  readUnits(): readonly FoundFile[];
}

/** Where administrators' units are: systemd.unit(5), unit load path. */
export const UNIT_FOLDER = 'etc/systemd/system';

/** Where this tool keeps its state: the lock and the history. */
export const STATE_FOLDER = 'var/lib/ds01-policy';

/** Temporary files beside their targets; systemd reads neither this ending nor names that begin with a dot. */
export const TEMPORARY = /^[.].*[.]ds01-policy-tmp$/;

/** A reader of a directory that stands in for the root of a host. Throws HostRefusal if there is none. */
export function directoryReader(root: string): HostReader {
  const stats = lookAt(root, statSync);
  if (!stats?.isDirectory()) throw new HostRefusal(`${root} is ${stats ? 'not a folder' : 'missing: no such folder'}`);
  return { name: root, readUnits: () => readUnitFolder(root) };
}

function lookAt(path: string, stat: typeof statSync): Stats | undefined {
  try {
    return stat(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new HostRefusal(`${path} cannot be looked at: ${messageOf(error)}`);
  }
}

/** Refuses to go through anything but real folders below the root: a link could lead out of it. */
export function assertFolders(root: string, path: string): void {
  const parts = path.split('/');
  for (const [index] of parts.entries()) {
    const folder = parts.slice(0, index + 1).join('/');
    const stats = lookAt(join(root, folder), lstatSync);
    if (stats === undefined) return;
    if (!stats.isDirectory()) throw new HostRefusal(`${join(root, folder)} is ${kindOf(stats)}, not a folder`);
  }
}

function readUnitFolder(root: string): readonly FoundFile[] {
  assertFolders(root, UNIT_FOLDER);
  const folder = join(root, UNIT_FOLDER);
  try {
    const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
    return entries.filter(({ name }) => /[.]slice([.]d)?$/.test(name)).flatMap((entry) => readSlice(folder, entry));
  } catch (error) {
    throw new HostFailure(`read ${folder}`, 'untouched', error);
  }
}

function readSlice(folder: string, entry: Dirent): readonly FoundFile[] {
  const dropIns = entry.isDirectory() && entry.name.endsWith('.d');
  return dropIns ? readDropIns(folder, entry.name) : readUnit(folder, entry.name);
}

function readDropIns(folder: string, name: string): readonly FoundFile[] {
  const files = unlessGone(() => readdirSync(join(folder, name))).filter((file) => !TEMPORARY.test(file));
  return files.flatMap((file) => readUnit(folder, `${name}/${file}`));
}

function readUnit(folder: string, path: string): readonly FoundFile[] {
  return unlessGone<FoundFile>(() => {
    const stats = lstatSync(join(folder, path));
    if (!stats.isFile()) return [{ kind: 'obstacle', path, what: kindOf(stats) }];
    return [{ kind: 'file', path, text: readFileSync(join(folder, path), 'utf8') }];
  });
}

// `plan` takes no lock: while it looks, `apply` may take files away.
function unlessGone<T>(look: () => readonly T[]): readonly T[] {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function kindOf(stats: { isSymbolicLink(): boolean; isDirectory(): boolean; isFile(): boolean }): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a folder';
  return stats.isFile() ? 'a file' : 'neither a file nor a folder';
}
