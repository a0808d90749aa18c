import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ignoreMissing } from './host-failure.ts';
import { assertFolders, UNIT_FOLDER } from './unit-folder.ts';

/** One file to be put onto a host or taken off it. A plan's changes are such writes. */
export type UnitWrite = {
  /** Relative to the unit folder, or absolute below the root. */
  readonly path: string;
} & (
  | { readonly kind: 'create'; readonly after: string }
  /** `adopt` is an update of somebody else's file: a copy is kept. */
  | { readonly kind: 'update' | 'adopt'; readonly before: string; readonly after: string }
  /** `clear` removes somebody else's file: a copy is kept. */
  | { readonly kind: 'remove' | 'clear'; readonly before: string }
);

const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

/** Where a file is, relative to the root of the host. */
export function belowRoot(path: string): string {
  return path.startsWith('/') ? path.slice(1) : join(UNIT_FOLDER, path);
}

/** The bytes of a file, whatever they are; nothing if it is not there. */
export async function readBytes(root: string, path: string): Promise<Uint8Array | undefined> {
  return await readFile(join(root, belowRoot(path))).catch(ignoreMissing);
}

/** Makes a folder and its parents below the root, with the modes of system folders whatever the umask is. */
export async function makeFolder(root: string, path: string): Promise<void> {
  assertFolders(root, path);
  const made = await mkdir(join(root, path), { recursive: true, mode: FOLDER_MODE });
  if (made === undefined) return;
  for (let folder = join(root, path); ; folder = dirname(folder)) {
    const handle = await open(folder);
    await handle.chmod(FOLDER_MODE).finally(() => handle.close());
    await syncFolder(dirname(folder));
    if (folder === made) return;
  }
}

/** Writes a text beside its target and on disk; gives the name, which cannot be guessed. The folder must be there. */
export async function stage(target: string, text: string | Uint8Array): Promise<string> {
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.ds01-policy-tmp`);
  try {
    await writeWhole(temporary, text);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return temporary;
}

/** Puts a whole text in the place of a file, or leaves what is there. The folder must be there. */
export async function replaceWhole(target: string, text: string): Promise<void> {
  const temporary = await stage(target, text);
  try {
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Writes a new file and waits until it is on disk. Throws if there is one already. */
export async function writeWhole(path: string, text: string | Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', FILE_MODE);
  try {
    await handle.writeFile(text);
    // The umask does not decide who can read the limits.
    await handle.chmod(FILE_MODE);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a file hold what it held before, or be absent as it was. */
export async function putBack(root: string, path: string, bytes: Uint8Array | undefined): Promise<void> {
  if (bytes === undefined) return removeFile(root, path);
  const target = join(root, belowRoot(path));
  await makeFolder(root, dirname(belowRoot(path)));
  await rename(await stage(target, bytes), target);
}

/** Removes a file. A drop-in folder goes with its last file; one that holds something of somebody else's stays. */
export async function removeFile(root: string, path: string): Promise<void> {
  const target = join(root, belowRoot(path));
  await rm(target, { force: true });
  await removeEmpty(dirname(target));
}

/** Removes the folder of a slice's drop-ins if nothing is in it; any other folder stays. */
export async function removeEmpty(folder: string): Promise<void> {
  if (!folder.endsWith('.slice.d')) return;
  const rest = await readdir(folder).catch(ignoreMissing);
  if (rest?.length === 0) await rmdir(folder);
}

/** Waits until the folders of these files are on disk, with the names in them: a rename is when its folder is, fsync(2). */
export async function syncFolders(root: string, paths: readonly string[]): Promise<void> {
  const folders = paths.map((path) => join(root, dirname(belowRoot(path))));
  const parents = folders.filter((folder) => folder.endsWith('.d')).map((folder) => dirname(folder));
  for (const folder of new Set([...folders, ...parents])) await syncFolder(folder);
}

/** Waits until the names in a folder are on disk. A folder that is not there needs nothing. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path).catch(ignoreMissing);
  await handle?.sync().finally(() => handle.close());
}
