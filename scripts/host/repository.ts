import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CommitName, Instant } from '../follow/record.ts';
import { type CommitObject, instantOf, readCommitObject } from './commit-object.ts';
import { GitError, git, gitBytes, gitStep } from './git.ts';
import { HostRefusal } from './host-failure.ts';
import { STATE_FOLDER } from './unit-folder.ts';

/** The branch of root's repository that is at the newest commit that came, trusted or not. */
export const NEWEST = 'newest';

/** References below this one keep the commits that are in use: what else no branch leads to is removed in time. */
const KEPT = 'refs/kept';
const COMMIT = /^[0-9a-f]{40}$/;
/** Bytes. Nobody says more about a change to policy. */
const LARGEST_COMMIT = 1024 * 1024;
const LARGEST_COMMITS = 64 * LARGEST_COMMIT;
const MOST_COMMITS = 10_000;
/** Says of each name that it is given whether there is such an object, of which kind, and how large. */
const CHECK = ['cat-file', '--batch-check'];
const DAMAGED = 'if it is damaged, remove it: the next fetched commit brings it back';

/** Root's own repository, which nobody else can write. */
export function repositoryOf(root: string): string {
  return join(root, STATE_FOLDER, 'repository.git');
}

/** Whether a commit is in root's repository. One that cannot be read is not: it is to be brought again. Throws HostFailure. */
export async function hasCommit(root: string, commit: CommitName): Promise<boolean> {
  if (!existsSync(repositoryOf(root))) return false;
  try {
    const text = await git(repositoryOf(root), CHECK, { input: `${nameOf(commit)}\n` });
    return text.startsWith(`${commit} commit `);
  } catch (error) {
    if (error instanceof GitError && !error.ofHost) return false;
    return await gitStep('look for a commit', () => Promise.reject(error));
  }
}

/**
 * The full name of a commit that somebody wrote, maybe the beginning of it only. Throws HostRefusal if it is none of root's
 * repository, and HostFailure.
 */
export async function resolveCommit(root: string, name: string): Promise<CommitName> {
  if (!/^[0-9a-f]{7,40}$/.test(name)) {
    throw new HostRefusal(`"${name}" is not a commit: write at least 7 of its 40 digits, 0-9 and a-f`);
  }
  if (!existsSync(repositoryOf(root))) throw new HostRefusal(`"${name}" cannot be looked up: nothing was fetched yet`);
  return await ask(root, async (repository) => {
    try {
      return (await git(repository, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`])).trim();
    } catch (error) {
      if (!(error instanceof GitError) || error.ofHost) throw error;
      throw new HostRefusal(`"${name}" is not one commit of this host's repository`);
    }
  });
}

/** Whether one commit is the other or descends from it. A commit that is not there is nobody's ancestor. Throws HostFailure. */
export async function isAncestor(root: string, ancestor: CommitName, commit: CommitName): Promise<boolean> {
  if (!(await hasCommit(root, ancestor))) return false;
  return await ask(root, async (repository) => {
    try {
      await git(repository, ['merge-base', '--is-ancestor', nameOf(ancestor), nameOf(commit)]);
      return true;
    } catch (error) {
      if (error instanceof GitError && error.exitCode === 1) return false;
      throw error;
    }
  });
}

/** What a commit says of itself, for people. The texts are as somebody wrote them. */
export interface Description {
  /** Who wrote it and who put it onto the branch: `name <address>`. */
  readonly author: string;
  readonly committer: string;
  readonly authored: Instant;
  readonly subject: string;
}

/** Describes a commit of root's repository. Throws HostRefusal if it cannot be one of policy, and HostFailure. */
export async function describeCommit(root: string, commit: CommitName): Promise<Description> {
  const [object] = await readCommits(root, [commit]);
  if (!object) throw missing(commit);
  const { author, committer, subject } = object;
  return { author: author.who, committer: committer.who, authored: instantOf(author), subject };
}

function missing(commit: string): HostRefusal {
  return new HostRefusal(`${commit} is not a commit that this host has`);
}

/**
 * The commits on the first-parent line of a commit that nothing leads to from another one, oldest first; without that one,
 * only the commit itself. Throws HostRefusal if they are too many to look at, and HostFailure.
 */
export async function commitsSince(
  root: string,
  since: CommitName | undefined,
  commit: CommitName,
): Promise<readonly CommitObject[]> {
  if (since === undefined) return await readCommits(root, [commit]);
  const range = ['rev-list', '--first-parent', '--reverse', `--max-count=${MOST_COMMITS + 1}`];
  const args = [...range, nameOf(commit), `^${nameOf(since)}`];
  const names = await ask(root, async (repository) => (await git(repository, args)).split('\n').filter(isSomething));
  if (names.length > MOST_COMMITS) throw new HostRefusal(`more than ${MOST_COMMITS} commits came at once`);
  return names.length === 0 ? [] : await readCommits(root, names);
}

async function readCommits(root: string, names: readonly CommitName[]): Promise<readonly CommitObject[]> {
  const input = names.map((name) => `${nameOf(name)}\n`).join('');
  const sizes = await ask(root, (repository) => git(repository, CHECK, { input }));
  let all = 0;
  for (const line of sizes.split('\n').filter(isSomething)) {
    const [name, kind, size] = line.split(' ');
    if (kind !== 'commit') throw missing(name ?? '');
    if (Number(size) > LARGEST_COMMIT) throw new HostRefusal(`commit ${name} is larger than 1 MiB without any file`);
    all += Number(size);
  }
  if (all > LARGEST_COMMITS)
    throw new HostRefusal('the commits that came at once are larger than 64 MiB without any file');
  return await ask(root, async (repository) => {
    const objects = await readObjects(repository, names, all);
    return names.map((name, index) => {
      const commit = readCommitObject(name, objects[index] ?? new Uint8Array());
      if (!commit) throw new HostRefusal(`commit ${name} does not say who made it, and when`);
      return commit;
    });
  });
}

/** The bytes of objects, in the same order. At most `largest` bytes of contents. Throws GitError. */
export async function readObjects(
  repository: string,
  names: readonly string[],
  largest: number,
): Promise<readonly Uint8Array[]> {
  const input = names.map((name) => `${nameOf(name)}\n`).join('');
  const bytes = Buffer.from(
    await gitBytes(repository, ['cat-file', '--batch'], { input, largest: largest + 100 * names.length }),
  );
  const objects: Uint8Array[] = [];
  // `<name> <kind> <size>`, a newline, the bytes, a newline: git-cat-file(1), "BATCH OUTPUT".
  for (let at = 0; at < bytes.length; ) {
    const start = bytes.indexOf('\n', at) + 1;
    const [, , size] = bytes.toString('latin1', at, start - 1).split(' ');
    if (size === undefined)
      throw new GitError(`git cat-file says ${bytes.toString('latin1', at, start - 1)}`, 'exit', 0);
    objects.push(Uint8Array.from(bytes.subarray(start, start + Number(size))));
    at = start + Number(size) + 1;
  }
  return objects;
}

/**
 * Keeps these commits in root's repository, whatever becomes of the branch, and no others. One that is not there cannot be
 * kept. Throws HostFailure.
 */
export async function keepCommits(root: string, commits: readonly CommitName[]): Promise<void> {
  if (!existsSync(repositoryOf(root))) return;
  await ask(root, async (repository) => {
    const kept = (await git(repository, ['for-each-ref', '--format=%(refname)', KEPT])).split('\n').filter(isSomething);
    const wanted = commits.map((commit) => `${KEPT}/${nameOf(commit)}`);
    const absent = wanted.filter((ref) => !kept.includes(ref)).map((ref) => `${ref.slice(-40)}\n`);
    const answer = absent.length === 0 ? '' : await git(repository, CHECK, { input: absent.join('') });
    const there = answer.split('\n').flatMap((line) => (/ commit /.test(line) ? [line.slice(0, 40)] : []));
    const added = [...new Set(there)].map((commit) => `create ${KEPT}/${commit} ${commit}\n`);
    const gone = kept.filter((ref) => !wanted.includes(ref)).map((ref) => `delete ${ref}\n`);
    const input = [...added, ...gone].join('');
    if (input !== '') await git(repository, ['update-ref', '--stdin'], { input });
  });
}

/** Asks root's repository something. Throws HostFailure where git fails. */
export async function ask<T>(root: string, question: (repository: string) => Promise<T>): Promise<T> {
  const repository = repositoryOf(root);
  return await gitStep(`read ${repository}`, () => question(repository), DAMAGED);
}

// An option, a range or a path is no name of a commit, whoever asks.
function nameOf(commit: CommitName): CommitName {
  if (!COMMIT.test(commit)) throw new HostRefusal(`"${commit}" is not a commit: a commit is 40 digits, 0-9 and a-f`);
  return commit;
}

function isSomething(line: string): boolean {
  return line !== '';
}
