import type { CommitName, Instant, Refused, Standing, Stopped } from './record.ts';
import type { RunReport } from './run-report.ts';
import { pauseAt } from './standing.ts';

/** What a run does. */
export type Step =
  /** A commit that was not tried yet: whether it may be trusted, what it says, and then apply it. */
  | { readonly kind: 'try'; readonly commit: CommitName }
  /** The commit that is applied stays; what is not as it says is put right. */
  | { readonly kind: 'keep'; readonly waiting: Waiting };

/** Why a host does not follow the newest commit, or does not put right what is not as policy says. */
export type Waiting =
  | { readonly kind: 'nothing' }
  /** Nothing says which commit may be trusted. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'paused'; readonly until: Instant; readonly reason: string }
  | { readonly kind: 'refused'; readonly refused: Refused }
  /** The commit that is applied has left a host that comes back to what it should not be. */
  | { readonly kind: 'stopped'; readonly stopped: Stopped };

/** Says what a run has to do; `newest` is the newest commit that came, trusted or not. */
export function decide(standing: Standing, newest: CommitName | undefined, now: Date): Step {
  const pause = pauseAt(standing, now);
  if (pause) return keep({ kind: 'paused', until: pause.until, reason: pause.reason });
  if (!standing.anchor) return keep({ kind: 'closed' });
  const { applied, refused, stopped } = standing;
  if (newest !== undefined && newest === refused?.commit) return keep({ kind: 'refused', refused });
  if (newest !== undefined && newest !== applied?.commit) return { kind: 'try', commit: newest };
  return keep(stopped ? { kind: 'stopped', stopped } : { kind: 'nothing' });
}

function keep(waiting: Waiting): Step {
  return { kind: 'keep', waiting };
}

type Backoff = NonNullable<RunReport['backoff']>;

// Milliseconds.
const MINUTE = 60_000;
const LONGEST = 60 * MINUTE;

/** Whether the host failed, and it is too early to try again: a commit that came since does not have to wait. */
export function waitsForHost(
  last: RunReport | undefined,
  newest: CommitName | undefined,
  now: Date,
): Backoff | undefined {
  const { backoff } = last ?? {};
  const due = !backoff || last?.newest !== newest || now.getTime() >= Date.parse(backoff.until);
  // A clock that was set back must not make the host wait for longer than it ever would.
  return due || Date.parse(backoff.until) - now.getTime() > LONGEST ? undefined : backoff;
}

/** When to try again after the host has failed: in one minute, two, four, and so on up to an hour. */
export function backOff(last: RunReport | undefined, now: Date): Backoff {
  const failures = (last?.backoff?.failures ?? 0) + 1;
  const wait = Math.min(MINUTE * 2 ** (failures - 1), LONGEST);
  return { failures, until: new Date(now.getTime() + wait).toISOString() };
}
