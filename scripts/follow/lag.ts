import { decide, type Waiting } from './decide.ts';
import type { CommitName, Instant, Standing } from './record.ts';
import type { RunReport } from './run-report.ts';

/** What is known of a host that follows a branch, at a moment. */
export interface FollowState {
  readonly now: Date;
  /** Seconds between two runs. */
  readonly interval: number;
  readonly standing: Standing;
  readonly run?: RunReport | undefined;
  /** What the unprivileged step said last; with `failure`, since when the remote cannot be fetched from. */
  readonly fetched?: FetchState | undefined;
}

/** What the unprivileged step says of itself: since when it is so, and when it asked the remote last. */
export interface FetchState {
  readonly at: Instant;
  readonly asked: Instant;
  readonly commit?: CommitName;
  readonly failure?: string;
}

/** Why nobody can say that the newest trusted commit is in force. */
export type Lag =
  | { readonly kind: 'waiting'; readonly waiting: Exclude<Waiting, { readonly kind: 'nothing' }> }
  /** A commit has come, and was not tried yet. */
  | { readonly kind: 'pending'; readonly commit: CommitName }
  | { readonly kind: 'backoff'; readonly backoff: NonNullable<RunReport['backoff']> }
  /** The newest run did not end well. */
  | { readonly kind: 'failed'; readonly run: RunReport }
  /** No run has said for so long that the newest commit is in force. */
  | { readonly kind: 'unverified'; readonly since: Instant | undefined }
  /** The unprivileged step does not run any more. */
  | { readonly kind: 'not-asked'; readonly since: Instant }
  | { readonly kind: 'unreachable'; readonly since: Instant; readonly failure: string };

/** A host that nothing was heard of for so many intervals, or so many seconds if that is longer, is late. */
export const LATE = { intervals: 5, seconds: 300 } as const;

/** All reasons, those that explain the others first. Empty: the newest trusted commit is in force, and was verified. */
export function findLags(state: FollowState): readonly Lag[] {
  const { now, standing, run, fetched } = state;
  const step = decide(standing, fetched?.commit, now);
  const late = (since: Instant) => isLate(state, since);
  return [
    ...(step.kind === 'try' ? [{ kind: 'pending', commit: step.commit } as const] : []),
    ...(step.kind === 'keep' && step.waiting.kind !== 'nothing'
      ? [{ kind: 'waiting', waiting: step.waiting } as const]
      : []),
    ...(run?.backoff ? [{ kind: 'backoff', backoff: run.backoff } as const] : []),
    ...(run && run.exitCode !== 0 ? [{ kind: 'failed', run } as const] : []),
    ...(run?.verifiedAt === undefined || late(run.verifiedAt)
      ? [{ kind: 'unverified', since: run?.verifiedAt } as const]
      : []),
    ...(fetched && late(fetched.asked) ? [{ kind: 'not-asked', since: fetched.asked } as const] : []),
    // A remote that does not answer once is no news.
    ...(fetched?.failure !== undefined && late(fetched.at)
      ? [{ kind: 'unreachable', since: fetched.at, failure: fetched.failure } as const]
      : []),
  ];
}

// What a clock that was ahead has recorded says nothing of now.
function isLate({ now, interval }: FollowState, since: Instant): boolean {
  return Math.abs(now.getTime() - Date.parse(since)) > 1000 * Math.max(LATE.intervals * interval, LATE.seconds);
}
