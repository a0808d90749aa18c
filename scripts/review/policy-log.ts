import type { CommitName } from '../follow/record.ts';
import type { PolicyFile } from '../policy/load.ts';
import type { Person } from './change.ts';

/** A commit of the policy repository, as it says itself. */
export interface LoggedCommit {
  readonly name: CommitName;
  /** As short as git makes it. */
  readonly short: string;
  /** None for the first commit of all, more than one for a merge. */
  readonly parents: readonly CommitName[];
  /** When it was committed, ISO 8601, in the time zone of that place. */
  readonly at: string;
  readonly author: Person;
  readonly committer: Person;
  /** The first line of its message, and the rest: text from anybody. */
  readonly subject: string;
  readonly body: string;
}

/** What a commit of the main line did to the files of policy; paths relative to the policy folder. */
export interface LoggedChange {
  readonly commit: CommitName;
  /** Files that are new or other than before. */
  readonly written: readonly PolicyFile[];
  /** Paths of files that are gone. */
  readonly removed: readonly string[];
}

/** The life of a policy repository, from git alone. */
export interface PolicyLog {
  /** All commits that HEAD is built on, none before those that are built on it. */
  readonly commits: readonly LoggedCommit[];
  /** Of the commits that were the newest of this branch and changed policy, oldest first. */
  readonly changes: readonly LoggedChange[];
}
