import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { CommitName } from '../follow/record.ts';
import type { TreeChange, TreeEntry } from '../follow/revert.ts';
import type { Person } from '../review/change.ts';
import { type Git, gitIn } from './checkout.ts';
import { HostFailure, HostRefusal, messageOf } from './host-failure.ts';
import { findUncommitted, type PolicyRepository } from './policy-commits.ts';

/** A commit on top of what is checked out. */
export interface NewCommit {
  /** Changes of what is checked out, all of them in the policy folder. */
  readonly changes: readonly TreeChange[];
  readonly message: string;
  /** Whether a commit that was made of this holds what it should. */
  isAsMeant(made: CommitName): Promise<boolean>;
}

/** The branches of a commit. */
export interface NewBranches {
  /** Holds the commit, and is checked out. */
  readonly branch: string;
  /** Keeps what was checked out before. */
  readonly backup?: string;
}

/** Milliseconds: whoever signs has to find a key first, and hooks may run tests. */
const COMMIT_PATIENCE = 600_000;

/**
 * Makes a commit with its branches, and checks it out. All the work is done in a work tree of its own (git-worktree(1))
 * that shares only objects with the checkout: whatever fails, or if this process is killed, the checkout is as it was, and
 * git is in the middle of nothing. Hooks, signing and identity are those of whoever runs this. Throws HostRefusal, and
 * HostFailure if the branch could be checked out only in part.
 */
export async function commitOnBranch(
  repository: PolicyRepository,
  commit: NewCommit,
  { branch, backup }: NewBranches,
): Promise<CommitName> {
  const { git, head } = repository;
  const made = await inWorkTree(repository, (tree) => commitIn(tree, repository, commit));
  const refs = [...(backup === undefined ? [] : [[backup, head] as const]), [branch, made] as const];
  // One transaction: all branches, or none.
  await updateRefs(
    git,
    refs.map(([name, target]) => `create refs/heads/${name} ${target}`),
  );
  try {
    await git.run(['switch', '--quiet', '--no-guess', branch]);
  } catch (error) {
    await updateRefs(
      git,
      refs.map(([name, target]) => `delete refs/heads/${name} ${target}`),
    );
    await assertUntouched(repository, error);
    throw error;
  }
  return made;
}

/** Keeps a text among the objects of the repository, byte for byte. Throws GitRefusal. */
export async function storeText(git: Git, text: string, mode = '100644'): Promise<TreeEntry> {
  const object = await git.run(['hash-object', '-w', '--no-filters', '--stdin'], { input: text });
  return { mode, object: object.trim() };
}

/** Who will be the author of a commit, as git knows them: git-var(1). Throws HostRefusal if it does not. */
export async function readAuthor({ git }: Pick<PolicyRepository, 'git'>): Promise<Person> {
  const said = await git.run(['var', 'GIT_AUTHOR_IDENT']).catch((error: unknown) => {
    const way = 'git config user.name NAME and git config user.email ADDRESS say who you are';
    throw new HostRefusal(`${messageOf(error)}; ${way}`);
  });
  const [, name = '', mail = ''] = /^(.*) <(.*)> [0-9]+ [-+][0-9]+$/.exec(said.trim()) ?? [];
  return { name, mail };
}

/** Names of all branches here and, without the name of the remote, of those known from elsewhere. */
export async function readBranches({ git }: Pick<PolicyRepository, 'git'>): Promise<ReadonlySet<string>> {
  const said = await git.run(['for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/remotes']);
  const names = said.split('\n').flatMap((ref) => /^refs\/(?:heads|remotes\/[^/]+)\/(.+)$/.exec(ref)?.[1] ?? []);
  return new Set(names);
}

async function inWorkTree<T>({ git, head }: PolicyRepository, work: (git: Git) => Promise<T>): Promise<T> {
  await removeLeftBehind(git);
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const path = join(folder, CHECKOUT);
  try {
    await git.run(['worktree', 'add', '--detach', '--no-checkout', path, head]);
    return await work(gitIn(path)).finally(() => removeWorkTree(git, path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const PREFIX = 'ds01-policy-commit-';
const LEFT_BEHIND = /^ds01-policy-commit-([0-9]+)-[^-]+$/;
const CHECKOUT = 'checkout';

// A run that was killed could not tidy up; its number is in the name of the folder.
async function removeLeftBehind(git: Git): Promise<void> {
  const said = await git.run(['worktree', 'list', '--porcelain']);
  for (const [, path = ''] of said.matchAll(/^worktree (.+)$/gm)) {
    const folder = dirname(path);
    const [, pid] = LEFT_BEHIND.exec(basename(folder)) ?? [];
    if (pid === undefined || basename(path) !== CHECKOUT || isRunning(Number(pid))) continue;
    await removeWorkTree(git, path);
    await rm(folder, { recursive: true, force: true });
  }
}

// Forced once for files that a hook has left, and once more for a tree that was not complete: git-worktree(1).
async function removeWorkTree(git: Git, path: string): Promise<void> {
  await git.run(['worktree', 'remove', '--force', '--force', path]);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // One of somebody else is running, too.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function commitIn(git: Git, repository: PolicyRepository, order: NewCommit): Promise<CommitName> {
  await git.run(['read-tree', repository.head]);
  const lines = order.changes.map(({ path, after }) => {
    return after ? `${after.mode} ${after.object}\t${path}\0` : `0 ${'0'.repeat(repository.head.length)}\t${path}\0`;
  });
  await git.run(['update-index', '-z', '--index-info'], { input: lines.join('') });
  // Hooks find the files that they look at.
  await git.run(['checkout-index', '--all', '--quiet']);
  const planned = await git.run(['write-tree']);
  await git.run(['commit', '--quiet', '--cleanup=verbatim', '--file=-'], {
    input: order.message,
    patience: COMMIT_PATIENCE,
  });
  const said = await git.run(['rev-parse', 'HEAD', 'HEAD^', 'HEAD^{tree}']);
  const [made = '', parent, tree] = said.split('\n');
  if (parent !== repository.head || tree !== planned.trim() || !(await order.isAsMeant(made))) {
    throw new HostRefusal('a hook of this repository has changed what was to be committed; commit without that hook');
  }
  return made;
}

async function updateRefs(git: Git, lines: readonly string[]): Promise<void> {
  const input = lines.map((line) => `${line}\n`).join('');
  await git.run(['update-ref', '--create-reflog', '-m', 'ds01-policy', '--stdin'], { input });
}

// git looks before it writes. A disk that is full can still stop it half-way.
async function assertUntouched(repository: PolicyRepository, cause: unknown): Promise<void> {
  const changed = await findUncommitted(repository);
  if (changed.length === 0) return;
  const hint = `git has left ${changed.join(', ')} changed; git restore --staged --worktree . puts them back`;
  throw new HostFailure('switch to the new branch', 'broken', messageOf(cause), hint);
}
