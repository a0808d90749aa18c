import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HostFailure, messageOf } from './host-failure.ts';
import {
  belowRoot,
  makeFolder,
  putBack,
  readBytes,
  removeEmpty,
  removeFile,
  stage,
  syncFolders,
  type UnitWrite,
} from './unit-files.ts';
import { assertFolders, STATE_FOLDER, UNIT_FOLDER } from './unit-folder.ts';

/** What files held before a change, by path and byte by byte; absent if there was no file. */
export type Earlier = ReadonlyMap<string, Uint8Array>;

/** Something that has to work, or the files are taken back: `step` completes "failed at: …". */
export interface Step {
  readonly step: string;
  run(): Promise<void>;
}

/** What is done around the files. */
export interface Surrounding {
  /** Before the first write, with what the files hold. */
  prepare?(earlier: Earlier): Promise<void>;
  /** When all files are in place. */
  readonly finalSteps: readonly Step[];
  /** When they have been put back; if it fails, the host is not as it was before. */
  restored?(): Promise<void>;
}

/** What may change a host. Only `apply` is given one. */
export interface HostWriter {
  /**
   * Makes all changes, in order, or none: every text is on disk beside its target before the first file is replaced, and
   * if a later step fails, the earlier bytes are put back. Throws HostFailure, which says at which step and whether the
   * way back worked.
   */
  write(changes: readonly UnitWrite[], surrounding: Surrounding): Promise<void>;
  /** Runs the final steps for files that are in place already, with the same way back. */
  finish(changes: readonly UnitWrite[], earlier: Earlier, surrounding: Surrounding): Promise<void>;
}

/** A writer into the root directory of a host, which for a live host is `/`. */
export function directoryWriter(root: string): HostWriter {
  return {
    async write(changes, surrounding) {
      const staged = await stageAll(root, changes, surrounding);
      await commitAll(root, changes, staged, surrounding);
    },
    async finish(changes, earlier, surrounding) {
      await complete(root, changes, { temporaries: new Map(), earlier }, surrounding);
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

/** What was made ready before the first change, by the path of the unit. */
interface Staged {
  /** The temporary file that holds the new text. */
  readonly temporaries: Map<string, string>;
  readonly earlier: Earlier;
}

async function stageAll(root: string, changes: readonly UnitWrite[], { prepare }: Surrounding): Promise<Staged> {
  const earlier = new Map<string, Uint8Array>();
  const staged: Staged = { temporaries: new Map(), earlier };
  try {
    for (const change of changes) {
      const bytes = await readEarlier(root, change);
      if (bytes) earlier.set(change.path, bytes);
    }
    await prepare?.(earlier);
    const writes = changes.flatMap((change) => ('after' in change ? [change] : []));
    for (const folder of new Set(writes.map(({ path }) => dirname(belowRoot(path))))) await makeFolder(root, folder);
    for (const { path, after } of writes) {
      staged.temporaries.set(path, await stage(join(root, belowRoot(path)), after));
    }
    return staged;
  } catch (error) {
    await discard(
      root,
      changes.map(({ path }) => path),
      staged,
    );
    throw new HostFailure('write the new files beside the old ones', 'untouched', error);
  }
}

// Whoever wrote here after the plan was made would lose it.
async function readEarlier(root: string, change: UnitWrite): Promise<Uint8Array | undefined> {
  assertFolders(root, dirname(belowRoot(change.path)));
  const bytes = await readBytes(root, change.path);
  const planned = 'before' in change ? change.before : undefined;
  if (bytes?.toString() !== planned) throw new Error(`${change.path} is not as it was when the plan was made`);
  return bytes;
}

async function commitAll(
  root: string,
  changes: readonly UnitWrite[],
  staged: Staged,
  surrounding: Surrounding,
): Promise<void> {
  const begun: UnitWrite[] = [];
  for (const change of changes) {
    // Noted before it is done: taking back what was not done yet does no harm.
    begun.push(change);
    await commit(root, change, staged).catch((error) => {
      return takeBack(root, begun, staged, surrounding, `${change.kind} ${change.path}`, error);
    });
  }
  const onDisk = {
    step: 'write the folders to disk',
    run: () =>
      syncFolders(
        root,
        changes.map(({ path }) => path),
      ),
  };
  await complete(root, changes, staged, { ...surrounding, finalSteps: [onDisk, ...surrounding.finalSteps] });
}

async function complete(
  root: string,
  changes: readonly UnitWrite[],
  staged: Staged,
  surrounding: Surrounding,
): Promise<void> {
  for (const { step, run } of surrounding.finalSteps) {
    await run().catch((error) => takeBack(root, changes, staged, surrounding, step, error));
  }
}

/** Puts the earlier bytes back, last change first. Always throws: the step failed, whether the way back works or not. */
async function takeBack(
  root: string,
  begun: readonly UnitWrite[],
  { earlier, temporaries }: Staged,
  { restored }: Surrounding,
  step: string,
  cause: unknown,
): Promise<never> {
  const failures: unknown[] = [];
  const note = (error: unknown) => failures.push(error);
  const paths = begun.map(({ path }) => path).reverse();
  for (const path of paths) await putBack(root, path, earlier.get(path)).catch(note);
  await syncFolders(root, paths).catch(note);
  // Also the folders that were made for files that were not put into them.
  await discard(root, [...paths, ...temporaries.keys()], { earlier, temporaries });
  const files = failures.length;
  await restored?.().catch(note);
  if (failures.length === 0) throw new HostFailure(step, 'restored', cause);
  const what =
    files > 0 ? 'the earlier files could not be put back either' : 'the earlier files are back, but not in force';
  const hint = `${what}: ${messageOf(failures[0])}; look at ${join(root, UNIT_FOLDER)}, then run apply again`;
  throw new HostFailure(step, 'broken', cause, hint);
}

async function commit(root: string, change: UnitWrite, staged: Staged): Promise<void> {
  const temporary = staged.temporaries.get(change.path);
  if (temporary === undefined) return removeFile(root, change.path);
  await rename(temporary, join(root, belowRoot(change.path)));
  staged.temporaries.delete(change.path);
}

// Failing at this is no reason to call the host broken: systemd reads none of it, and the next run removes it.
async function discard(root: string, paths: readonly string[], staged: Staged): Promise<void> {
  for (const temporary of staged.temporaries.values()) await rm(temporary, { force: true }).catch(() => undefined);
  for (const path of paths) await removeEmpty(dirname(join(root, belowRoot(path)))).catch(() => undefined);
}
