import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HostFailure, ignoreMissing, messageOf } from './host-failure.ts';
import { assertFolders, STATE_FOLDER, UNIT_FOLDER } from './unit-folder.ts';

/** One file to be put into the unit folder or taken out of it. A plan's changes are such writes. */
export type UnitWrite = { readonly path: string } & (
  | { readonly kind: 'create'; readonly after: string }
  | { readonly kind: 'update'; readonly before: string; readonly after: string }
  | { readonly kind: 'remove'; readonly before: string }
);

/** What has to work after the files are in place, or they are taken back: `step` completes "failed at: …". */
export interface FinalStep {
  readonly step: string;
  run(): Promise<void>;
}

/** What may change a host. Only `apply` is given one. */
export interface HostWriter {
  /**
   * Makes all changes, in order, or none: every text is on disk beside its target before the first file is replaced, and
   * if a later step fails, the earlier bytes are put back. Throws HostFailure, which says at which step and whether the
   * way back worked.
   */
  write(changes: readonly UnitWrite[], finalSteps: readonly FinalStep[]): Promise<void>;
}

const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

/** A writer into a directory that stands in for the root of a host. */
export function directoryWriter(root: string): HostWriter {
  const folder = join(root, UNIT_FOLDER);
  return {
    async write(changes, finalSteps) {
      const staged = await stageAll(root, folder, changes);
      await commitAll(folder, changes, staged, finalSteps);
    },
  };
}

/** Makes the folder that holds this tool's state. Throws HostRefusal or HostFailure. */
export async function makeStateFolder(root: string): Promise<void> {
  assertFolders(root, STATE_FOLDER);
  try {
    await makeFolder(root, STATE_FOLDER);
  } catch (error) {
    throw new HostFailure(`make ${join(root, STATE_FOLDER)}`, 'untouched', error);
  }
}

// A folder and its parents below the root, with the modes of system folders whatever the umask is.
async function makeFolder(root: string, path: string): Promise<void> {
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

/** What was made ready before the first change, by the path of the unit. */
interface Staged {
  /** The temporary file that holds the new text. */
  readonly temporaries: Map<string, string>;
  /** What the file holds now, byte by byte, whatever that is; absent if there is no file. */
  readonly earlier: Map<string, Uint8Array>;
}

async function stageAll(root: string, folder: string, changes: readonly UnitWrite[]): Promise<Staged> {
  const staged: Staged = { temporaries: new Map(), earlier: new Map() };
  try {
    for (const change of changes) {
      const bytes = await readEarlier(folder, change);
      if (bytes) staged.earlier.set(change.path, bytes);
    }
    const writes = changes.flatMap((change) => (change.kind === 'remove' ? [] : [change]));
    for (const path of new Set(writes.map((write) => dirname(write.path))))
      await makeFolder(root, join(UNIT_FOLDER, path));
    for (const { path, after } of writes) staged.temporaries.set(path, await stage(join(folder, path), after));
    return staged;
  } catch (error) {
    const paths = changes.map(({ path }) => path);
    await discard(folder, paths, staged);
    throw new HostFailure('write the new files beside the old ones', 'untouched', error);
  }
}

// Whoever wrote here after the plan was made would lose it.
async function readEarlier(folder: string, change: UnitWrite): Promise<Uint8Array | undefined> {
  const bytes = await readFile(join(folder, change.path)).catch(ignoreMissing);
  const planned = change.kind === 'create' ? undefined : change.before;
  if (bytes?.toString() !== planned) throw new Error(`${change.path} is not as it was when the plan was made`);
  return bytes;
}

async function commitAll(
  folder: string,
  changes: readonly UnitWrite[],
  staged: Staged,
  finalSteps: readonly FinalStep[],
): Promise<void> {
  const begun: UnitWrite[] = [];
  let step = '';
  try {
    for (const change of changes) {
      step = `${change.kind} ${change.path}`;
      // Noted before it is done: taking back what was not done yet does no harm.
      begun.push(change);
      await commit(folder, change, staged);
    }
    step = 'write the folders to disk';
    await syncFolders(folder, changes);
    for (const final of finalSteps) {
      step = final.step;
      await final.run();
    }
  } catch (error) {
    await takeBack(folder, begun.reverse(), staged, step, error);
  }
}

/** Puts the earlier bytes back. Always throws: the step failed, whether the way back works or not. */
async function takeBack(
  folder: string,
  begun: readonly UnitWrite[],
  staged: Staged,
  step: string,
  cause: unknown,
): Promise<never> {
  const failures: unknown[] = [];
  const note = (error: unknown) => failures.push(error);
  for (const { path } of begun) await putBack(folder, path, staged.earlier.get(path)).catch(note);
  await syncFolders(folder, begun).catch(note);
  await discard(folder, staged.temporaries.keys(), staged);
  if (failures.length === 0) throw new HostFailure(step, 'restored', cause);
  const hint = `the earlier files could not be put back either: ${messageOf(failures[0])}; look at ${folder}, then run apply again`;
  throw new HostFailure(step, 'broken', cause, hint);
}

async function putBack(folder: string, path: string, bytes: Uint8Array | undefined): Promise<void> {
  const target = join(folder, path);
  if (bytes === undefined) return remove(target, folder);
  await makeFolder(folder, dirname(path));
  await rename(await stage(target, bytes), target);
}

async function commit(folder: string, change: UnitWrite, staged: Staged): Promise<void> {
  const target = join(folder, change.path);
  const temporary = staged.temporaries.get(change.path);
  if (temporary === undefined) return remove(target, folder);
  await rename(temporary, target);
  staged.temporaries.delete(change.path);
}

// A drop-in folder of ours goes with its last file; one that holds something of somebody else's stays.
async function remove(target: string, folder: string): Promise<void> {
  await rm(target, { force: true });
  await removeEmpty(dirname(target), folder);
}

async function removeEmpty(parent: string, folder: string): Promise<void> {
  if (parent === folder || !parent.endsWith('.slice.d')) return;
  const rest = await readdir(parent).catch(ignoreMissing);
  if (rest?.length === 0) await rmdir(parent);
}

/** Writes a text beside its target and on disk. The name cannot be guessed and must not exist. */
async function stage(target: string, text: string | Uint8Array): Promise<string> {
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.ds01-policy-tmp`);
  const handle = await open(temporary, 'wx', FILE_MODE);
  try {
    await handle.writeFile(text);
    // The umask does not decide who can read the limits.
    await handle.chmod(FILE_MODE);
    await handle.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return temporary;
}

// Failing at this is no reason to call the host broken: systemd reads none of it, and the next run removes it.
async function discard(folder: string, paths: Iterable<string>, staged: Staged): Promise<void> {
  for (const temporary of staged.temporaries.values()) await rm(temporary, { force: true }).catch(() => undefined);
  for (const path of paths) await removeEmpty(dirname(join(folder, path)), folder).catch(() => undefined);
}

async function syncFolders(folder: string, changes: readonly UnitWrite[]): Promise<void> {
  const folders = new Set(changes.flatMap(({ path }) => [join(folder, dirname(path)), folder]));
  for (const path of folders) await syncFolder(path);
}

// A rename is on disk when its folder is: fsync(2).
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path).catch(ignoreMissing);
  await handle?.sync().finally(() => handle.close());
}
