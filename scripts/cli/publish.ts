import type { CommitName } from '../follow/record.ts';
import { isSameTree, type Tree, type TreeChange, treeChanges } from '../follow/revert.ts';
import { pullRequestPage, webPageOf } from '../follow/web-page.ts';
import { commitOnBranch, readAuthor, readBranches, storeText } from '../host/commit-writer.ts';
import { HostRefusal, messageOf } from '../host/host-failure.ts';
import {
  describeCommits,
  openPolicyRepository,
  type PolicyRepository,
  readPolicyTree,
} from '../host/policy-commits.ts';
import { openPullRequest } from '../host/pull-request.ts';
import { findUpstream, hasBranch, pushBranch, type Upstream } from '../host/upstream.ts';
import type { Progress } from '../report/proposed.ts';
import type { Person } from '../review/change.ts';
import { assertClean } from './assert-clean.ts';
import type { Proposal } from './proposal.ts';

/** Where a change is committed, and where it goes from there. */
export interface Checkout {
  readonly repository: PolicyRepository;
  /** The policy folder as the repository knows it: `policy/`. */
  readonly folder: string;
  /** Whoever makes the change. */
  readonly author: Person;
  /** Absent if there is no remote. */
  readonly upstream?: Upstream;
}

/** How far a change came; `failure` says what did not work after the commit. */
export interface Published {
  readonly progress: Progress;
  readonly failure?: string;
}

/** Opens the checkout of a policy folder for a change. Throws HostRefusal if there is anything that a change must not build on. */
export async function openCheckout(policy: string): Promise<Checkout> {
  const repository = await openPolicyRepository(policy);
  assertNoProposal(repository);
  await assertClean(repository);
  const upstream = await findUpstream(repository);
  const author = await readAuthor(repository);
  return { repository, folder: repository.folder, author, ...(upstream && { upstream }) };
}

// Its pull request would bring the other change along, or go to a branch that no host follows.
function assertNoProposal({ branch = '' }: PolicyRepository): void {
  if (!/^(?:grant|extend|revoke|limit|expiry|rollback)[/]/.test(branch)) return;
  const way = 'git switch to the branch that hosts follow, or add to this one with --no-commit';
  throw new HostRefusal(`${branch}, which is checked out, is the branch of another change: ${way}`);
}

/** Refuses a branch that exists here or, if it is to be pushed, on the remote. Throws HostRefusal. */
export async function assertFree({ repository, upstream }: Checkout, branch: string, isPushed: boolean): Promise<void> {
  const open = `look at it with git switch ${branch}; it may have a pull request that is open`;
  const way = `${open}; if that is over, git branch -D ${branch} and git fetch --prune`;
  if ((await readBranches(repository)).has(branch)) throw new HostRefusal(`branch ${branch} exists already: ${way}`);
  if (!isPushed || !upstream || !(await hasBranch(repository, upstream, branch))) return;
  throw new HostRefusal(`branch ${branch} exists already on ${upstream.remote}: git fetch, then ${way}`);
}

/** Commits a change on its branch, and checks that out. Throws HostRefusal, and HostFailure; nothing is changed then. */
export async function commitProposal(
  { repository, upstream }: Checkout,
  { files, branch }: Proposal,
  message: string,
): Promise<Progress> {
  const before = await readPolicyTree(repository, repository.head);
  const after = await treeWith(repository, before, files);
  const changes: readonly TreeChange[] = treeChanges(before, after);
  const isAsMeant = async (made: CommitName) => isSameTree(await readPolicyTree(repository, made), after);
  const name = await commitOnBranch(repository, { changes, message, isAsMeant }, { branch });
  const [commit] = await describeCommits(repository, [name]);
  return {
    branch,
    made: commit?.short ?? name,
    isPushed: false,
    ...(repository.branch !== undefined && { from: repository.branch }),
    ...(upstream && { remote: upstream.remote }),
  };
}

async function treeWith(repository: PolicyRepository, before: Tree, files: Proposal['files']): Promise<Tree> {
  const after = new Map(before);
  for (const [file, text] of files) {
    const path = `${repository.folder}${file}`;
    if (text === undefined) after.delete(path);
    else after.set(path, await storeText(repository.git, text, before.get(path)?.mode));
  }
  return after;
}

/** Pushes the branch of a change and opens its pull request, as far as that goes. Never throws for what the server says. */
export async function publishProposal(
  { repository, upstream }: Checkout,
  progress: Progress,
  { title, body }: { readonly title: string; readonly body: string },
): Promise<Published> {
  if (!upstream) return { progress };
  const { branch } = progress;
  const { remote, base } = upstream;
  try {
    await pushBranch(repository, upstream, branch);
  } catch (error) {
    const again = `git push --set-upstream ${remote} ${branch} tries again`;
    return { progress, failure: `the commit is made and not pushed: ${messageOf(error)}; ${again}` };
  }
  const site = webPageOf(upstream.url);
  const page = site && pullRequestPage(site, branch, base);
  const pushed: Progress = { ...progress, isPushed: true, ...(page !== undefined && { page }) };
  if (site?.kind !== 'github') return { progress: pushed };
  try {
    const where = { repository: `${site.host}/${site.path}`, head: branch, ...(base !== undefined && { base }) };
    const pullRequest = await openPullRequest({ ...where, title, body });
    return { progress: { ...pushed, ...(pullRequest !== undefined && { pullRequest }) } };
  } catch (error) {
    return { progress: pushed, failure: `the branch is pushed, and there is no pull request: ${messageOf(error)}` };
  }
}
