import type { CommitName } from '../follow/record.ts';
import type { Acknowledgement, ReviewedCommit } from '../review/change.ts';
import { splitPaths } from './changed-files.ts';
import { HostRefusal } from './host-failure.ts';
import type { PolicyRepository } from './policy-commits.ts';

/**
 * The commits that lead to one, oldest first: those that are not in `base`, or all of them without one. However many there
 * are, git is asked twice.
 */
export async function readReviewedCommits(
  { git, folder }: PolicyRepository,
  base: CommitName | undefined,
  head: CommitName,
): Promise<readonly ReviewedCommit[]> {
  const without = base === undefined ? [] : [`^${base}`];
  const names = await git.run(['rev-list', '--topo-order', '--reverse', head, ...without]);
  if (names === '') return [];
  const said = await git.run([...DIFF, `--format=${FIELDS.join('%x00')}`], { input: names });
  const commits = readLog(said.split('\0'), folder);
  // What is not known of a commit could be who wrote it.
  if (commits.map(({ name }) => `${name}\n`).join('') !== names)
    throw new HostRefusal('git says something else of these commits than which they are');
  return commits.flatMap(({ parents, ...commit }) => (isGitHubsMerge(parents, commit, base, head) ? [] : [commit]));
}

// Of a merge, only what is in none of its parents: `-c`.
const DIFF = ['diff-tree', '--stdin', '-r', '-c', '--root', '--abbrev', '-z', '--no-renames', '--always'];

// What git takes for a trailer, folded lines made one: git-interpret-trailers(1).
const TRAILERS = '%(trailers:key=Acknowledge,valueonly,unfold,separator=%x0A)';
const FIELDS = ['%H', '%h', '%P', '%an', '%ae', '%s', TRAILERS];

interface LoggedCommit extends ReviewedCommit {
  readonly parents: readonly CommitName[];
}

// The fields of a commit, then two for each of its files: `:<modes> <objects> <letters>` and the path. No name of a commit
// begins with a colon, and no field can have the byte that divides them.
function readLog(fields: readonly string[], folder: string): readonly LoggedCommit[] {
  const commits: LoggedCommit[] = [];
  for (let at = 0; at + FIELDS.length <= fields.length; ) {
    const own = fields.slice(at, at + FIELDS.length);
    at += FIELDS.length;
    // git divides a merge from its files by one more.
    if (fields[at] === '') at++;
    const paths: string[] = [];
    for (; /^\n?:/.test(fields[at] ?? ''); at += 2) paths.push(fields[at + 1] ?? '');
    commits.push(readCommit(own, paths, folder));
  }
  return commits;
}

function readCommit(fields: readonly string[], paths: readonly string[], folder: string): LoggedCommit {
  const [name = '', short = '', parentNames = '', author = '', mail = '', subject = '', trailers = ''] = fields;
  const parents = parentNames.split(' ').filter((parent) => parent !== '');
  return {
    ...{ name, short, subject, parents },
    author: { name: author, mail },
    acknowledgements: trailers.split('\n').flatMap(readAcknowledgement),
    isMerge: parents.length > 1,
    ...splitPaths(paths, folder),
  };
}

function readAcknowledgement(text: string): readonly Acknowledgement[] {
  const [rule = '', ...words] = text.split(/\s+/).filter((word) => word !== '');
  return rule === '' ? [] : [{ rule, object: words.join(' ') }];
}

// The commit that GitHub makes to try what merging a pull request would give: nobody wrote it, and it says nothing.
function isGitHubsMerge(
  parents: readonly CommitName[],
  { name, isMerge, acknowledgements, policyFiles, otherFiles }: ReviewedCommit,
  base: CommitName | undefined,
  head: CommitName,
): boolean {
  if (name !== head || !isMerge || parents[0] !== base) return false;
  return [acknowledgements, policyFiles, otherFiles].every((list) => list.length === 0);
}
