import type { CommitName } from '../follow/record.ts';
import { readChangedFiles } from '../host/changed-files.ts';
import { HostRefusal } from '../host/host-failure.ts';
import {
  findCommit,
  findMergeBases,
  openPolicyRepository,
  type PolicyRepository,
  readPolicyTree,
} from '../host/policy-commits.ts';
import { readPolicyFolder } from '../host/policy-folder.ts';
import { readReviewedCommits } from '../host/reviewed-commits.ts';
import { assertReadable, readTreePolicies } from '../host/tree-policy.ts';
import type { Clock } from '../policy/calendar.ts';
import { check } from '../policy/check.ts';
import type { Finding } from '../policy/finding.ts';
import type { PolicyFile } from '../policy/load.ts';
import { resolve } from '../policy/resolve.ts';
import type { Change, PolicyState } from '../review/change.ts';
import { UsageError } from './usage-error.ts';

/** What is to be compared with what. */
export interface ChangeWish {
  /** The policy folder. */
  readonly policy: string;
  /** The branch that the change is for, or any commit; all zeros for nothing, as GitHub says it of a new branch. */
  readonly base: string;
  /** The commit whose policy is read, out of git's objects; absent is the work tree. */
  readonly head?: string | undefined;
  /** Who proposes it: accounts, mail addresses or GitHub logins. */
  readonly authors?: readonly string[];
}

/** A change, and what there is to say of policy after it, whatever it was before. */
export interface ReadChange extends Change {
  /** Sorted. */
  readonly findings: readonly Finding[];
}

/**
 * Reads a change out of a checkout: from where its branch left the base, so that what is newer there is no part of it.
 * Throws UsageError for a commit that is not here, and HostRefusal.
 */
export async function readChange(wish: ChangeWish, clock: Clock): Promise<ReadChange> {
  const repository = await openPolicyRepository(wish.policy);
  const head = wish.head === undefined ? repository.head : await known(repository, wish.head, '--head');
  const base = await findBase(repository, wish.base, head);
  const given = wish.head === undefined ? undefined : head;
  const [commits, changed, files] = await Promise.all([
    readReviewedCommits(repository, base, head),
    readChangedFiles(repository, base, given),
    readSides(repository, wish.policy, base, given),
  ]);
  const { findings, ...after } = stateOf(files.after, clock);
  // Both on the same day: what has ended since the base is no part of the change.
  const day: Clock = after.resolved ? { kind: 'day', day: after.resolved.today } : clock;
  const before = files.before && withoutFindings(stateOf(files.before, day));
  const { folder } = repository;
  return { ...(before && { before }), after, commits, ...changed, folder, authors: wish.authors ?? [], findings };
}

interface CheckedState extends PolicyState {
  readonly findings: readonly Finding[];
}

function stateOf(files: readonly PolicyFile[], clock: Clock): CheckedState {
  const { draft, findings, policy } = check(files, clock);
  return { files, draft, findings, ...(policy && { policy, resolved: resolve(policy, clock) }) };
}

// What is wrong with policy before a change is over, or said of it after.
function withoutFindings({ findings: _, ...state }: CheckedState): PolicyState {
  return state;
}

async function findBase(repository: PolicyRepository, name: string, head: CommitName): Promise<CommitName | undefined> {
  if (/^(?:0{40}|0{64})$/.test(name)) return undefined;
  const base = await known(repository, name, '--base');
  const [common, ...others] = await findMergeBases(repository, base, head);
  if (common !== undefined && others.length === 0) return common;
  // git merges with all of them. Compared with one alone, a change could show nothing of what it does, and have the
  // acknowledgements of commits that were merged before.
  if (common !== undefined) {
    const why = `the branch of "${name}" and this one have crossed, and there are several commits to compare with`;
    throw new HostRefusal(`${why}: merge "${name}" into this branch as it is now`);
  }
  throw new HostRefusal(`"${name}" and this change have no commit in common: it is another history`);
}

async function known(repository: PolicyRepository, name: string, option: string): Promise<CommitName> {
  const commit = await findCommit(repository, name);
  if (commit !== undefined) return commit;
  // What somebody means by origin/main is brought by asking origin for main.
  const [, remote, branch] = /^(?:refs\/remotes\/)?([A-Za-z0-9_]+)\/([A-Za-z0-9_./-]+)$/.exec(name) ?? [];
  const bring = remote === undefined ? 'git fetch origin main' : `git fetch ${remote} ${branch}`;
  throw new UsageError(`${option} "${name}" is not the name of one commit here; ${bring} may bring it`);
}

async function readSides(
  repository: PolicyRepository,
  policy: string,
  base: CommitName | undefined,
  head: CommitName | undefined,
): Promise<{ readonly before?: readonly PolicyFile[]; readonly after: readonly PolicyFile[] }> {
  const trees = await Promise.all(
    [base, head].map((commit) => (commit === undefined ? new Map() : readPolicyTree(repository, commit))),
  );
  const [, proposed = new Map()] = trees;
  await assertReadable(repository.git, proposed);
  const [before = [], after = []] = await readTreePolicies(repository, trees);
  return {
    ...(trees[0]?.size !== 0 && { before }),
    after: head === undefined ? readPolicyFolder(policy) : after,
  };
}
