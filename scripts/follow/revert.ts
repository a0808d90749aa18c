import type { CommitName } from './record.ts';

/** A commit of the policy repository, as a record names it. */
export interface PolicyCommit {
  readonly name: CommitName;
  /** As short as git makes it. */
  readonly short: string;
  /** None for the first commit of all, more than one for a merge. */
  readonly parents: readonly CommitName[];
  /** The day it was committed, where that was. */
  readonly date: string;
  /** Its first line: text from anybody. */
  readonly subject: string;
}

/** A file of a tree: its mode as git writes it (`100644`), and the name of what is in it. */
export interface TreeEntry {
  readonly mode: string;
  readonly object: string;
}

/** Files of a tree by path. */
export type Tree = ReadonlyMap<string, TreeEntry>;

/** What a commit did to one file; absent is not there. */
export interface TreeChange {
  readonly path: string;
  readonly before?: TreeEntry;
  readonly after?: TreeEntry;
}

/** A commit that is taken back. */
export interface Revert {
  readonly commit: PolicyCommit;
  /** What it did in the policy folder. */
  readonly changes: readonly TreeChange[];
  /** Paths of what it did elsewhere: that stays as it is. */
  readonly others: readonly string[];
}

/** What a commit did, in the policy folder and elsewhere. */
export function splitChanges(commit: PolicyCommit, changes: readonly TreeChange[], folder: string): Revert {
  const isPolicy = ({ path }: TreeChange) => path.startsWith(folder);
  const others = changes.filter((change) => !isPolicy(change)).map(({ path }) => path);
  return { commit, changes: changes.filter(isPolicy), others };
}

/** What has to be done to a file so that it is as if a commit had not changed it. */
export type Step =
  /** The file is as it was before the commit. */
  | { readonly kind: 'none' }
  /** Absent `entry`: the file goes. */
  | { readonly kind: 'put'; readonly entry?: TreeEntry }
  /** Both changed the text since: `theirs` without what leads from `theirs` to `base`, in `ours`. */
  | { readonly kind: 'merge'; readonly ours: TreeEntry; readonly base: TreeEntry; readonly theirs: TreeEntry }
  /** There is no way to take the one change and to leave the other. */
  | { readonly kind: 'conflict' };

/**
 * How a change of one file is taken back from the file as it is now. Files are known by their names alone, and never taken
 * for renamed: the name of a member file says whose it is.
 */
export function revertChange(now: TreeEntry | undefined, { before, after }: TreeChange): Step {
  if (isSame(now, before)) return { kind: 'none' };
  if (isSame(now, after)) return { kind: 'put', ...(before && { entry: before }) };
  if (!now || !after || !before) return { kind: 'conflict' };
  const modes = new Set([now.mode, after.mode, before.mode]);
  // Links and submodules have no lines that could be merged.
  if (modes.size > 1 || !now.mode.startsWith(REGULAR)) return { kind: 'conflict' };
  return { kind: 'merge', ours: now, base: after, theirs: before };
}

const REGULAR = '100';

/** Whether two trees hold the same files. */
export function isSameTree(a: Tree, b: Tree): boolean {
  return a.size === b.size && [...a].every(([path, entry]) => isSame(entry, b.get(path)));
}

/** A tree with changes taken back, whatever it holds now. */
export function withoutChanges(tree: Tree, changes: readonly TreeChange[]): Tree {
  const earlier = new Map(tree);
  for (const { path, before } of changes) {
    if (before) earlier.set(path, before);
    else earlier.delete(path);
  }
  return earlier;
}

/** The changes that lead from one tree to another, sorted by path. */
export function treeChanges(from: Tree, to: Tree): readonly TreeChange[] {
  const paths = [...new Set([...from.keys(), ...to.keys()])].sort();
  return paths.flatMap((path) => {
    const [before, after] = [from.get(path), to.get(path)];
    return isSame(before, after) ? [] : [{ path, ...(before && { before }), ...(after && { after }) }];
  });
}

function isSame(a: TreeEntry | undefined, b: TreeEntry | undefined): boolean {
  return a?.mode === b?.mode && a?.object === b?.object;
}
