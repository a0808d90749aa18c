import { backOff, waitsForHost } from '../follow/decide.ts';
import type { CommitName } from '../follow/record.ts';
import type { RunReport } from '../follow/run-report.ts';
import { readFetched } from '../host/fetched.ts';
import { readRecentLines } from '../host/history.ts';
import { assertMachine } from '../host/host-config.ts';
import { HostFailure, messageOf } from '../host/host-failure.ts';
import { readRunReport } from '../host/run-report-file.ts';
import { backoffWords } from '../report/run-words.ts';
import { announce } from './announce.ts';
import { EXIT } from './exit-code.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { type Followed, followBranch, readStanding } from './follow-branch.ts';
import type { FollowedHost } from './followed-host.ts';

/** Whoever runs it: the timer, which waits after a failure of the host, or somebody who does not want to wait. */
export type Patience = 'waits' | 'does not wait';

/**
 * Runs once on a host that follows a branch, and tells everybody how it went: those who ask for the status, the journal,
 * and the metrics. Only for the holder of the lock. Throws what went wrong, when that has been told.
 */
export async function runFollowing(host: Omit<FollowedHost, 'standing'>, patience: Patience): Promise<Followed> {
  const { root } = host.reader;
  const begun = performance.now();
  const last = await readRunReport(root);
  const newest = (await readFetched(root))?.commit;
  // A history that cannot be read is what the attempt fails with.
  const before = (await readRecentLines(root).catch(() => [])).at(-1);
  const backoff = patience === 'waits' ? waitsForHost(last, newest, host.now) : undefined;
  const run: Attempt = backoff ? waiting(backoff) : await attempt(host, newest);
  const report: RunReport = {
    ...{ version: 1, at: host.now.toISOString(), exitCode: run.exitCode, outcome: run.outcome.join('; ') },
    seconds: Math.round(performance.now() - begun) / 1000,
    ...(newest !== undefined && { newest }),
    ...momentOf('succeededAt', run.exitCode === EXIT.done, host.now, last),
    ...momentOf('verifiedAt', run.verified, host.now, last),
    ...(backoff && { backoff }),
    ...(run.hostFailed && { backoff: backoffFor(last?.newest === newest ? last : undefined, run, host.now) }),
  };
  const notes = await announce(host, report, before, run.carried);
  if (run.error !== undefined) throw run.error;
  return { ...run, outcome: [...run.outcome, ...notes] };
}

/** A run, or the error that ended it. */
interface Attempt extends Followed {
  readonly error?: unknown;
  /** The host failed, and not the commit on it. */
  readonly hostFailed?: boolean;
}

function waiting(backoff: NonNullable<RunReport['backoff']>): Attempt {
  return { exitCode: EXIT.restored, outcome: [backoffWords(backoff)], verified: false };
}

async function attempt(host: Omit<FollowedHost, 'standing'>, newest: CommitName | undefined): Promise<Attempt> {
  const { root } = host.reader;
  try {
    assertMachine(root, host.config);
    return await followBranch({ ...host, standing: await readStanding(root) });
  } catch (error) {
    const failed = { exitCode: exitCodeOf(error), outcome: [messageOf(error)], verified: false, error } as const;
    if (!(error instanceof HostFailure)) return failed;
    // A history that cannot be read is a failure of the host, too.
    const standing = await readStanding(root).catch(() => undefined);
    return { ...failed, hostFailed: newest === undefined || standing?.refused?.commit !== newest };
  }
}

function backoffFor(last: RunReport | undefined, { outcome }: Followed, now: Date): NonNullable<RunReport['backoff']> {
  return { ...backOff(last, now), why: outcome.join('; ') };
}

function momentOf<K extends 'succeededAt' | 'verifiedAt'>(
  key: K,
  now: boolean,
  at: Date,
  last: RunReport | undefined,
): Partial<Pick<RunReport, K>> {
  const moment = now ? at.toISOString() : last?.[key];
  return moment === undefined ? {} : ({ [key]: moment } as Pick<RunReport, K>);
}
