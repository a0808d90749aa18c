import type { CommitName } from './record.ts';

/** What became of a commit on one host, as GitHub's commit statuses have it; they are in docs.github.com, REST API. */
export interface CommitStatus {
  readonly commit: CommitName;
  /** `failure`: the commit is at fault; `error`: the host is; `pending`: it is not decided yet. */
  readonly state: 'success' | 'failure' | 'error' | 'pending';
  /** One sentence on one line. */
  readonly description: string;
}
