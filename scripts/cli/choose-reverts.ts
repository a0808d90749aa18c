import type { CommitName } from '../follow/record.ts';
import {
  isSameTree,
  type PolicyCommit,
  type Revert,
  revertChange,
  splitChanges,
  type Tree,
  type TreeEntry,
} from '../follow/revert.ts';
import { HostRefusal } from '../host/host-failure.ts';
import { mergeFile } from '../host/merge-file.ts';
import {
  describeCommits,
  findCommit,
  findRevertOf,
  type PolicyRepository,
  readAncestors,
  readChanges,
  readCommitsOfFile,
  readPolicyCommitsSince,
  readPolicyTree,
} from '../host/policy-commits.ts';
import { UsageError } from './usage-error.ts';

/** Which commits are to be taken back: these, or all since one. */
export interface RevertWish {
  readonly commits: readonly string[];
  readonly to?: string | undefined;
  /** Whether commits that changed other files, too, may be taken back in part. */
  readonly policyOnly: boolean;
}

/** What is taken back, and what the policy folder holds with and without it. */
export interface RevertChoice {
  /** Newest first. */
  readonly reverts: readonly Revert[];
  /** The commit whose policy comes back as a whole. */
  readonly target?: PolicyCommit;
  readonly before: Tree;
  readonly after: Tree;
}

/**
 * Finds the commits that are meant, and what the policy folder holds without them. Only reads. Throws UsageError for a
 * commit that does not exist, and HostRefusal for everything that cannot be taken back as it is asked for.
 */
export async function chooseReverts(repository: PolicyRepository, wish: RevertWish): Promise<RevertChoice> {
  const before = await readPolicyTree(repository, repository.head);
  const choice =
    wish.to === undefined
      ? await chooseNamed(repository, wish, before)
      : await chooseSince(repository, wish.to, wish.policyOnly, before);
  return { ...choice, before };
}

type Chosen = Omit<RevertChoice, 'before'>;

// Not one commit after the other: the state of then is known, and nothing can be in its way.
async function chooseSince(
  repository: PolicyRepository,
  name: string,
  policyOnly: boolean,
  before: Tree,
): Promise<Chosen> {
  const target = await known(repository, name);
  if (!(await readAncestors(repository, { mainLine: true })).includes(target)) await refuseTarget(repository, target);
  const names = await readPolicyCommitsSince(repository, target);
  const [commit] = await describeCommits(repository, [target]);
  const after = await readPolicyTree(repository, target);
  const reverts = isSameTree(before, after) ? [] : await readReverts(repository, names, policyOnly);
  return { reverts, after, ...(commit && { target: commit }) };
}

async function chooseNamed(
  repository: PolicyRepository,
  { commits, policyOnly }: RevertWish,
  before: Tree,
): Promise<Chosen> {
  const names = new Set<CommitName>();
  for (const name of commits) names.add(await known(repository, name));
  const ancestors = await readAncestors(repository);
  const strange = [...names].find((name) => !ancestors.includes(name));
  if (strange !== undefined) throw new HostRefusal(`${await titleOf(repository, strange)} is ${notHere(repository)}`);
  const reverts = await readReverts(
    repository,
    ancestors.filter((name) => names.has(name)),
    policyOnly,
  );
  let after = before;
  for (const revert of reverts) after = await takeBack(repository, revert, after, names);
  if (isSameTree(before, after)) throw new HostRefusal('these commits cancel each other out: policy stays as it is');
  return { reverts, after };
}

async function readReverts(
  repository: PolicyRepository,
  names: readonly CommitName[],
  policyOnly: boolean,
): Promise<readonly Revert[]> {
  const { folder } = repository;
  const reverts: Revert[] = [];
  for (const commit of await describeCommits(repository, names)) {
    reverts.push(splitChanges(commit, await readChanges(repository, commit), folder));
  }
  const empty = reverts.find(({ changes }) => changes.length === 0);
  if (empty) refuseEmpty(empty, folder);
  const mixed = reverts.filter(({ others }) => others.length > 0);
  if (mixed.length > 0 && !policyOnly) refuseMixed(mixed, folder);
  return reverts;
}

async function takeBack(
  repository: PolicyRepository,
  revert: Revert,
  tree: Tree,
  names: ReadonlySet<CommitName>,
): Promise<Tree> {
  const after = new Map(tree);
  const conflicts: string[] = [];
  let steps = 0;
  for (const change of revert.changes) {
    const step = revertChange(after.get(change.path), change);
    if (step.kind !== 'none') steps++;
    const merged: TreeEntry | undefined = step.kind === 'merge' ? await mergeFile(repository.git, step) : undefined;
    const entry = step.kind === 'put' ? step.entry : merged;
    if (step.kind === 'conflict' || (step.kind === 'merge' && !merged)) conflicts.push(change.path);
    else if (entry) after.set(change.path, entry);
    else if (step.kind === 'put') after.delete(change.path);
  }
  if (conflicts.length > 0) await refuseConflicts(repository, revert, conflicts, names);
  if (steps === 0) await refuseReverted(repository, revert);
  return after;
}

async function known(repository: PolicyRepository, name: string): Promise<CommitName> {
  const commit = await findCommit(repository, name);
  if (commit !== undefined) return commit;
  throw new UsageError(
    `"${name}" is not the name of one commit: git log --oneline shows what they are called`,
    'rollback',
  );
}

async function refuseTarget(repository: PolicyRepository, target: CommitName): Promise<never> {
  const name = await titleOf(repository, target);
  if (!(await readAncestors(repository)).includes(target)) throw new HostRefusal(`${name} is ${notHere(repository)}`);
  const list = 'git log --oneline --first-parent lists the commits that were';
  throw new HostRefusal(`${name} came in by a merge and was never the newest commit of this branch; ${list}`);
}

function refuseEmpty({ commit }: Revert, folder: string): never {
  const list = `git log --oneline -- ${folder} lists the commits that do`;
  throw new HostRefusal(`${title(commit)} changes nothing below ${folder}; ${list}`);
}

function refuseMixed(mixed: readonly Revert[], folder: string): never {
  const list = mixed.map(({ commit, others }) => `${title(commit)} changes ${listOf(others)} as well`);
  throw new HostRefusal(`${list.join('; ')}; --policy-only takes back what is below ${folder}, and leaves the rest`);
}

async function refuseReverted(repository: PolicyRepository, { commit }: Revert): Promise<never> {
  const by = await findRevertOf(repository, commit.name);
  const how =
    by === undefined ? `${repository.folder} has nothing of it any more` : `by ${await titleOf(repository, by)}`;
  throw new HostRefusal(`${title(commit)} is taken back already: ${how}`);
}

async function refuseConflicts(
  repository: PolicyRepository,
  { commit }: Revert,
  paths: readonly string[],
  names: ReadonlySet<CommitName>,
): Promise<never> {
  const later: string[] = [];
  for (const path of paths) {
    const commits = (await readCommitsOfFile(repository, commit.name, path)).filter((name) => !names.has(name));
    const titles = (await describeCommits(repository, commits)).map(title);
    later.push(titles.length === 0 ? `${path} is not as it left it` : `${path} was changed later by ${listOf(titles)}`);
  }
  const [parent] = await describeCommits(repository, commit.parents.slice(0, 1));
  const all = parent ? `, or take back everything since then with --to ${parent.short}` : '';
  throw new HostRefusal(
    `${title(commit)} cannot be taken back alone: ${later.join('; ')}; name what came later, too${all}`,
  );
}

async function titleOf(repository: PolicyRepository, name: CommitName): Promise<string> {
  const [commit] = await describeCommits(repository, [name]);
  return commit ? title(commit) : name;
}

function title({ short, subject }: PolicyCommit): string {
  return `${short} "${subject}"`;
}

function notHere({ branch }: PolicyRepository): string {
  const where = branch === undefined ? 'the commit that is checked out' : `branch ${branch}`;
  return `not in the history of ${where}; switch to a branch that has it`;
}

const SHOWN = 5;

function listOf(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
