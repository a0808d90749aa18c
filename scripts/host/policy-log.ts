import type { CommitName } from '../follow/record.ts';
import type { Tree, TreeChange, TreeEntry } from '../follow/revert.ts';
import type { LoggedCommit, PolicyLog } from '../review/policy-log.ts';
import { type PolicyRepository, readRawChange } from './policy-commits.ts';
import { readTreePolicies } from './tree-policy.ts';

/**
 * Reads all commits that HEAD is built on, and of those of the main line the files of policy that they wrote: with a few
 * processes of git, however many commits there are. What is in no commit is not looked at. Throws HostRefusal.
 */
export async function readPolicyLog(repository: PolicyRepository): Promise<PolicyLog> {
  const commits = await readCommits(repository);
  const changed = await readMainLine(repository, mainLineOf(repository.head, commits));
  const trees = changed.map(({ changes }) => writtenIn(changes));
  // Where nothing was written, there is nothing to read, either.
  const files = await readTreePolicies(repository, trees);
  return {
    commits,
    changes: changed.map(({ commit, changes }, index) => ({
      commit,
      written: trees[index]?.size === 0 ? [] : (files[index] ?? []),
      removed: changes.flatMap(({ path, after }) => (after ? [] : [entryOf(path.slice(repository.folder.length))])),
    })),
  };
}

const FIELDS = ['%H', '%h', '%P', '%cI', '%an', '%ae', '%cn', '%ce', '%s', '%b'];

async function readCommits({ git, head }: PolicyRepository): Promise<readonly LoggedCommit[]> {
  const format = FIELDS.map((field) => `${field}%x00`).join('');
  const said = await git.run(['rev-list', '--topo-order', `--format=${format}`, head]);
  const fields = said.split('\0');
  // Behind the last field of each commit stands only the line that begins the next one.
  return Array.from({ length: Math.floor(fields.length / FIELDS.length) }, (_, index) => {
    return commitOf(fields.slice(index * FIELDS.length, (index + 1) * FIELDS.length));
  });
}

function commitOf(fields: readonly string[]): LoggedCommit {
  const [first = '', short = '', parents = '', at = '', author = '', authorMail = '', ...others] = fields;
  const [committer = '', committerMail = '', subject = '', body = ''] = others;
  return {
    // `commit <name>` stands in the line before: git-rev-list(1), --format.
    name: first.slice(first.lastIndexOf('\n') + 1),
    short,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    at,
    author: { name: author, mail: authorMail },
    committer: { name: committer, mail: committerMail },
    subject,
    body,
  };
}

/** The commits that were the newest of this branch, oldest first. */
function mainLineOf(head: CommitName, commits: readonly LoggedCommit[]): readonly LoggedCommit[] {
  const byName = new Map(commits.map((commit) => [commit.name, commit]));
  const line: LoggedCommit[] = [];
  for (let at = byName.get(head); at; at = byName.get(at.parents[0] ?? '')) line.push(at);
  return line.reverse();
}

interface Changed {
  readonly commit: CommitName;
  readonly changes: readonly TreeChange[];
}

// Each commit against its first parent alone: of a merge, that is what it brought in.
async function readMainLine(
  { git, folder }: PolicyRepository,
  line: readonly LoggedCommit[],
): Promise<readonly Changed[]> {
  const input = line.map(({ name, parents }) => `${[name, ...parents.slice(0, 1)].join(' ')}\n`).join('');
  const asked = ['diff-tree', '--stdin', '-r', '--root', '-z', '--no-renames', '--', folder];
  const fields = (await git.run(['--literal-pathspecs', ...asked], { input })).split('\0');
  const changed: { commit: CommitName; changes: TreeChange[] }[] = [];
  for (let at = 0; at < fields.length; at++) {
    const [field = '', path = ''] = [fields[at], fields[at + 1]];
    const change = readRawChange(field, path);
    // What stands behind a change is its path, whatever it looks like.
    if (change) at++;
    if (change) changed.at(-1)?.changes.push(change);
    else if (field !== '') changed.push({ commit: field, changes: [] });
  }
  return changed;
}

// A file in a folder that stands where a file belongs goes with that: `members/a.yaml/b`.
function entryOf(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}

function writtenIn(changes: readonly TreeChange[]): Tree {
  return new Map(changes.flatMap(({ path, after }): readonly [string, TreeEntry][] => (after ? [[path, after]] : [])));
}
