import type { CommitName } from '../follow/record.ts';
import type { Person } from './change.ts';
import type { LoggedCommit } from './policy-log.ts';

/** Whose a change is, and who let it in: as commits say it themselves. */
export interface Attribution {
  /** The authors of its commits, oldest first; of a merge, of those that it brought in. */
  readonly authors: readonly Person[];
  /** Who put it onto the branch; absent where that is its author, or nobody says so. */
  readonly merger?: Person;
  /** `#12` on GitHub, `!12` on GitLab. */
  readonly pullRequest?: string;
}

/** A commit of the main line, and whose it is. */
export interface Attributed {
  readonly commit: LoggedCommit;
  readonly attribution: Attribution;
}

/** Whose the commits of the main line are; `commits` are all commits, none before those that are built on it. */
export function attribute(commits: readonly LoggedCommit[]): ReadonlyMap<CommitName, Attributed> {
  const known = new Map(commits.map((commit, index) => [commit.name, { commit, index }]));
  const line: LoggedCommit[] = [];
  for (let at = commits[0]; at; at = known.get(at.parents[0] ?? '')?.commit) line.push(at);
  const seen = new Set(line.map(({ name }) => name));
  const attributed = line.reverse().map((commit) => {
    const brought = takeNew(commit.parents.slice(1), known, seen).sort((a, b) => b.index - a.index);
    const attribution = attributionOf(commit, brought);
    return [commit.name, { commit, attribution }] as const;
  });
  return new Map(attributed);
}

interface Numbered {
  readonly commit: LoggedCommit;
  readonly index: number;
}

/** What is built into these commits and was not on the branch before; it is since. */
function takeNew(
  names: readonly CommitName[],
  known: ReadonlyMap<CommitName, Numbered>,
  seen: Set<CommitName>,
): Numbered[] {
  const ahead = [...names];
  const taken: Numbered[] = [];
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    const numbered = seen.has(name) ? undefined : known.get(name);
    if (!numbered) continue;
    seen.add(name);
    taken.push(numbered);
    ahead.push(...numbered.commit.parents);
  }
  return taken;
}

function attributionOf(commit: LoggedCommit, brought: readonly Numbered[]): Attribution {
  const { author, committer, parents } = commit;
  // A merge inside of a branch only brings the branch up to date.
  const written = brought.flatMap((one) => (one.commit.parents.length < 2 ? [one.commit.author] : []));
  const isMerge = parents.length > 1;
  const authors = isMerge && written.length > 0 ? distinct(written) : [author];
  const merger = isMerge ? author : mergerOf(author, committer);
  const pullRequest = pullRequestOf(commit);
  return { authors, ...(merger && { merger }), ...(pullRequest !== undefined && { pullRequest }) };
}

/** The committer of what somebody does on the pages of GitHub. */
const GITHUB = 'noreply@github.com';

function mergerOf(author: Person, committer: Person): Person | undefined {
  return committer.mail === GITHUB || keyOf(committer) === keyOf(author) ? undefined : committer;
}

// As GitHub and GitLab write it: of a merge, and behind the subject of one commit made of many.
function pullRequestOf({ subject, body }: LoggedCommit): string | undefined {
  const [, merged, squashed] = /^Merge pull request #([0-9]{1,9}) from | \(#([0-9]{1,9})\)$/.exec(subject) ?? [];
  const number = merged ?? squashed;
  if (number !== undefined) return `#${number}`;
  const [, request] = /^See merge request \S*!([0-9]{1,9})$/m.exec(body) ?? [];
  return request === undefined ? undefined : `!${request}`;
}

function distinct(people: readonly Person[]): readonly Person[] {
  const first = new Map<string, Person>();
  for (const person of people) if (!first.has(keyOf(person))) first.set(keyOf(person), person);
  return [...first.values()];
}

function keyOf({ name, mail }: Person): string {
  return mail === '' ? name : mail.toLowerCase();
}
