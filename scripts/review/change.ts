import type { CommitName } from '../follow/record.ts';
import type { Draft, PolicyFile } from '../policy/load.ts';
import type { Policy } from '../policy/policy.ts';
import type { Resolved } from '../policy/resolve.ts';

/** Policy on one side of a change. */
export interface PolicyState {
  readonly files: readonly PolicyFile[];
  /** What could be read, also of a policy with errors. */
  readonly draft: Draft;
  /** Absent if policy has errors. */
  readonly policy?: Policy;
  /** On the day of the review, the same for both sides: a grant that has ended since is no part of the change. */
  readonly resolved?: Resolved;
}

/** Who made a commit, as it says itself: text from anybody. */
export interface Person {
  readonly name: string;
  readonly mail: string;
}

/** Somebody says of one thing that it is meant: the trailer `Acknowledge: new-admin 100001@example.org` of a commit. */
export interface Acknowledgement {
  /** Id of the rule that asks for it. */
  readonly rule: string;
  /** What it is about, as the rule names it. */
  readonly object: string;
}

/** A commit of a change that is under review. */
export interface ReviewedCommit {
  readonly name: CommitName;
  /** As short as git makes it. */
  readonly short: string;
  readonly author: Person;
  /** The first line of its message. */
  readonly subject: string;
  readonly acknowledgements: readonly Acknowledgement[];
  readonly isMerge: boolean;
  /** Paths that it changed, relative to the top of the repository: below the policy folder, and elsewhere. */
  readonly policyFiles: readonly string[];
  readonly otherFiles: readonly string[];
}

/** A change of policy under review: what is, what would be, and how it came about. */
export interface Change {
  /** Absent where there was no policy before: the first commit of all. */
  readonly before?: PolicyState;
  readonly after: PolicyState;
  /** Oldest first; changes that are in no commit yet are in none of these. */
  readonly commits: readonly ReviewedCommit[];
  /** All paths that differ, relative to the top of the repository: below the policy folder, and elsewhere. */
  readonly policyFiles: readonly string[];
  readonly otherFiles: readonly string[];
  /** The policy folder, relative to the top, with a slash at its end: `policy/`. */
  readonly folder: string;
  /** Who proposes it, besides the authors of its commits: accounts, mail addresses or GitHub logins. */
  readonly authors: readonly string[];
}
