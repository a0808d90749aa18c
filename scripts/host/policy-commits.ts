import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { CommitName } from '../follow/record.ts';
import type { PolicyCommit, Tree, TreeChange, TreeEntry } from '../follow/revert.ts';
import { type Git, GitRefusal, gitIn } from './checkout.ts';
import { HostRefusal } from './host-failure.ts';

/** A checkout of the policy repository. */
export interface PolicyRepository {
  readonly git: Git;
  /** Its top folder, absolute. */
  readonly top: string;
  /** The policy folder, relative to the top, with a slash at its end: `policy/`. */
  readonly folder: string;
  readonly head: CommitName;
  /** The branch that is checked out; absent if it is only a commit. */
  readonly branch?: string;
}

/** Opens the checkout that a policy folder is in. Throws HostRefusal if it is none, or has only a part of its history. */
export async function openPolicyRepository(policy: string): Promise<PolicyRepository> {
  const path = resolve(policy);
  // A commit that is to be taken back may have removed the folder.
  const here = existsSync(path) ? path : dirname(path);
  const asked = ['rev-parse', '--is-shallow-repository', '--show-prefix', '--show-toplevel'];
  const said = await gitIn(here)
    .run(asked)
    .catch((error: Error) => {
      const [, top] = /dubious ownership in repository at '(.+)'/.exec(error.message) ?? [];
      if (top !== undefined) {
        const way = `be its owner, or git config --global --add safe.directory ${top}`;
        throw new HostRefusal(
          `the checkout of "${policy}" belongs to somebody else, and git does not trust it: ${way}`,
        );
      }
      throw new HostRefusal(`"${policy}" is not in a checkout of a git repository; ${error.message}`);
    });
  const [shallow, prefix = '', top = ''] = said.split('\n');
  if (shallow === 'true') {
    const wayOut = 'fetch the rest with git fetch --unshallow, in a workflow with fetch-depth: 0';
    throw new HostRefusal(`this checkout has only a part of its history; ${wayOut}`);
  }
  const git = gitIn(top);
  const folder = here === path ? prefix : `${prefix}${basename(path)}/`;
  if (folder === '') throw new HostRefusal(`"${policy}" is the top of the repository; policy has a folder of its own`);
  const branch = await ask(git, ['symbolic-ref', '--quiet', '--short', 'HEAD']);
  const head = await findCommit({ git }, 'HEAD');
  if (head === undefined) throw new HostRefusal('there is no commit here yet');
  return { git, top, folder, head, ...(branch !== undefined && { branch }) };
}

/** Files with changes that are in no commit, and files of the policy folder that git does not know; sorted. */
export async function findUncommitted({ git, folder }: PolicyRepository): Promise<readonly string[]> {
  const asked = ['status', '--porcelain', '-z', '--no-renames'];
  const [known, unknown] = await Promise.all([
    git.run([...asked, '--untracked-files=no']),
    git.run(['--literal-pathspecs', ...asked, '--untracked-files=all', '--', folder]),
  ]);
  const paths = [...known.split('\0'), ...unknown.split('\0')].map((entry) => entry.slice('XY '.length));
  return [...new Set(paths)].filter((path) => path !== '').sort();
}

/** The commit that a person means by a name, a short one, or `HEAD~2`; nothing if there is no such, or more than one. */
export async function findCommit(
  { git }: Pick<PolicyRepository, 'git'>,
  name: string,
): Promise<CommitName | undefined> {
  const said = await ask(git, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
  // `^main` is a name for all commits but those.
  return said !== undefined && /^[0-9a-f]+$/.test(said) ? said : undefined;
}

/** The newest commits that two are built on; none if they have nothing in common, several where branches cross. */
export async function findMergeBases(
  { git }: Pick<PolicyRepository, 'git'>,
  a: CommitName,
  b: CommitName,
): Promise<readonly CommitName[]> {
  return namesIn((await ask(git, ['merge-base', '--all', a, b])) ?? '');
}

/**
 * The commits that the checked-out one is built on, itself included, none before those that are built on it. With
 * `mainLine`, only those that were the newest of this branch: of a merge, what it was merged into.
 */
export async function readAncestors(
  { git, head }: PolicyRepository,
  { mainLine = false } = {},
): Promise<readonly CommitName[]> {
  return namesIn(await git.run(['rev-list', mainLine ? '--first-parent' : '--topo-order', head]));
}

/** The commits of the main line that changed the policy folder since a commit of it, newest first. */
export async function readPolicyCommitsSince(
  { git, head, folder }: PolicyRepository,
  since: CommitName,
): Promise<readonly CommitName[]> {
  const asked = ['--literal-pathspecs', 'rev-list', '--first-parent', `${since}..${head}`, '--', folder];
  return namesIn(await git.run(asked));
}

/** The commits since a commit that changed a file, newest first. */
export async function readCommitsOfFile(
  { git, head }: PolicyRepository,
  since: CommitName,
  path: string,
): Promise<readonly CommitName[]> {
  return namesIn(await git.run(['--literal-pathspecs', 'rev-list', '--topo-order', `${since}..${head}`, '--', path]));
}

/** The newest commit that says that it takes back another one, as git-revert(1) and this program write it. */
export async function findRevertOf(
  { git, head }: PolicyRepository,
  commit: CommitName,
): Promise<CommitName | undefined> {
  const words = `^(This reverts commit|Reverts:) ${commit}`;
  const asked = ['rev-list', '--max-count=1', '--extended-regexp', `--grep=${words}`, head, `^${commit}`];
  return namesIn(await git.run(asked))[0];
}

/** What a record says of commits, in the same order. */
export async function describeCommits(
  { git }: PolicyRepository,
  names: readonly CommitName[],
): Promise<readonly PolicyCommit[]> {
  if (names.length === 0) return [];
  const format = ['%H', '%h', '%P', '%cs', '%s'].join('%x00');
  const said = await git.run(['rev-list', '--no-walk=unsorted', `--format=${format}`, ...names]);
  const lines = said.split('\n').filter((line) => line.includes('\0'));
  return lines.map((line) => {
    const [name = '', short = '', parents = '', date = '', subject = ''] = line.split('\0');
    return { name, short, parents: parents.split(' ').filter((parent) => parent !== ''), date, subject };
  });
}

/** What a commit changed, of a merge what it brought into its first parent; paths relative to the top. */
export async function readChanges({ git }: PolicyRepository, commit: PolicyCommit): Promise<readonly TreeChange[]> {
  // The first commit of all is a change of nothing.
  const before = commit.parents[0] ?? (await git.run(['hash-object', '-t', 'tree', '/dev/null'])).trim();
  const said = await git.run(['diff-tree', '-r', '-z', '--no-renames', before, commit.name]);
  const fields = said.split('\0');
  return fields.flatMap((field, index) => {
    const path = fields[index + 1];
    const change = index % 2 === 0 && path !== undefined ? readRawChange(field, path) : undefined;
    return change ? [change] : [];
  });
}

/** What git-diff-tree(1) says of one file, `:<modes> <objects> <letter>`, and its path; nothing if it is something else. */
export function readRawChange(text: string, path: string): TreeChange | undefined {
  const [, ...parts] = /^:([0-7]+) ([0-7]+) ([0-9a-f]+) ([0-9a-f]+) [A-Z]$/.exec(text) ?? [];
  if (parts.length === 0) return undefined;
  const [oldMode = '', newMode = '', oldObject = '', newObject = ''] = parts;
  const [old, now] = [entryOf(oldMode, oldObject), entryOf(newMode, newObject)];
  return { path, ...(old && { before: old }), ...(now && { after: now }) };
}

/** The files of the policy folder at a commit; paths relative to the top. */
export async function readPolicyTree({ git, folder }: PolicyRepository, commit: CommitName): Promise<Tree> {
  const said = await git.run(['ls-tree', '-r', '-z', '--full-tree', commit, folder]);
  const entries = said.split('\0').flatMap((line) => {
    const [, mode, object, path] = /^([0-7]+) [a-z]+ ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    return mode === undefined || object === undefined || path === undefined ? [] : [[path, { mode, object }] as const];
  });
  return new Map(entries);
}

function entryOf(mode: string, object: string): TreeEntry | undefined {
  return /^0+$/.test(mode) ? undefined : { mode, object };
}

async function ask(git: Git, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await git.run(args)).trimEnd();
  } catch (error) {
    // With --quiet, git exits 1 for what is not there, and otherwise for what is wrong.
    if (error instanceof GitRefusal && error.exitCode === 1) return undefined;
    throw error;
  }
}

function namesIn(text: string): readonly CommitName[] {
  return text.split('\n').filter((line) => line !== '');
}
