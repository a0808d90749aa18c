import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Told } from '../diagnosis/told.ts';
import type { LiveSurvey } from '../units/live.ts';
import type { FoundFile } from '../units/plan.ts';
import { HostFailure, HostRefusal, messageOf } from './host-failure.ts';

/** What may look at a host. It has no way to change one: whoever is given a reader cannot write. */
export interface HostReader {
  /** For people: which host this is. */
  readonly name: string;
  /** The root directory. */
  readonly root: string;
  /** Every slice and slice drop-in of systemd's load path, ours or not. Throws HostRefusal or HostFailure. */
  readUnits(): readonly FoundFile[];
  /** Asks what runs; absent for a directory, where nothing does. */
  readonly live?: LiveReader;
}

/** What may look at systemd and the kernel. Throws HostFailure. */
export interface LiveReader {
  observe(question: LiveQuestion): Promise<LiveSurvey>;
  /** What Docker calls its containers, a line each, if it answers: `docker ps`. */
  askContainerNames(): Promise<Told<string>>;
}

/** What to look for: whoever asks knows what it means. */
export interface LiveQuestion {
  /** Prefix of the slices, as in `ds01`. */
  readonly site: string;
  /** Names of units to ask for, besides those that run. */
  readonly units: readonly string[];
  readonly properties: readonly string[];
  /** Files below a cgroup, by version; for v1 by controller. */
  readonly cgroupFiles: { readonly v2: readonly string[]; readonly v1: Readonly<Record<string, readonly string[]>> };
  /** Paths of block devices. */
  readonly devices: readonly string[];
}

/** Where administrators' units are: systemd.unit(5), unit load path. */
export const UNIT_FOLDER = 'etc/systemd/system';

/** Where this tool keeps its state: the lock and the history. */
export const STATE_FOLDER = 'var/lib/ds01-policy';

/** Temporary files beside their targets; systemd reads neither this ending nor names that begin with a dot. */
export const TEMPORARY = /^[.].*[.]ds01-policy-tmp$/;

/**
 * A reader of a directory that stands in for the root of a host. `loadPath` are the other folders that systemd reads units
 * from, absolute below the root. Throws HostRefusal if there is no such directory.
 */
export function directoryReader(root: string, loadPath: readonly string[] = []): HostReader {
  const stats = lookAt(root, statSync);
  if (!stats?.isDirectory()) throw new HostRefusal(`${root} is ${stats ? 'not a folder' : 'missing: no such folder'}`);
  const others = loadPath.filter((folder) => folder !== `/${UNIT_FOLDER}`);
  return {
    name: root,
    root,
    readUnits: () => [...readUnitFolder(root), ...others.flatMap((folder) => readOtherFolder(root, folder))],
  };
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
  return readSlices(join(root, UNIT_FOLDER));
}

// `slice.d` holds drop-ins for all slices: systemd.unit(5).
function readSlices(folder: string): readonly FoundFile[] {
  try {
    const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
    return entries
      .filter(({ name }) => /[.]slice([.]d)?$|^slice[.]d$/.test(name))
      .flatMap((entry) => readSlice(folder, entry));
  } catch (error) {
    throw new HostFailure(`read ${folder}`, 'untouched', error);
  }
}

/** Whether a folder is there, and no link on the way to it. */
export function isRealFolder(root: string, path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.every((_, index) => {
    return lookAt(join(root, ...parts.slice(0, index + 1)), lstatSync)?.isDirectory() === true;
  });
}

// Not ours, and on some hosts a link to another one of them: /lib/systemd/system is /usr/lib/systemd/system on most.
function readOtherFolder(root: string, folder: string): readonly FoundFile[] {
  if (!isRealFolder(root, folder)) return [];
  const below = (found: FoundFile): FoundFile => ({ ...found, path: `${folder}/${found.path}` });
  return readSlices(join(root, folder)).map(below);
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
    return [{ kind: 'file', path, text: readFileSync(join(folder, path), 'utf8'), modified: stats.mtimeMs }];
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
