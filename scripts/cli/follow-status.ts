import { findLags } from '../follow/lag.ts';
import type { HistoryRecord } from '../follow/record.ts';
import { pauseAt } from '../follow/standing.ts';
import { readFetched } from '../host/fetched.ts';
import { readRecentRecords } from '../host/history.ts';
import { readRunReport } from '../host/run-report-file.ts';
import { type FollowStatus, followJson, followLines } from '../report/follow-status.ts';
import type { Paint } from '../report/paint.ts';
import { printable } from '../report/printable.ts';
import { readSeconds } from './choose-pause.ts';
import type { Answer } from './command.ts';
import { EXIT } from './exit-code.ts';
import { readConfig } from './read-config.ts';

/** What is known of a host that follows a repository; reads only what everybody may read. Throws HostRefusal, HostFailure. */
export async function readFollowStatus(root: string, now: Date): Promise<FollowStatus> {
  const config = readConfig(root);
  const recent = await readRecentRecords(root);
  const [run, fetched] = await Promise.all([readRunReport(root), readFetched(root)]);
  const standing = recent.at(-1)?.standing ?? {};
  const state = { now, interval: config.interval, standing, run, fetched };
  return {
    ...state,
    config,
    lags: findLags(state),
    lastFailure: recent.flatMap(failureOf).at(-1),
  };
}

function failureOf(record: HistoryRecord): readonly { readonly at: string; readonly why: string }[] {
  const { at } = record;
  if (record.kind === 'refuse') return [{ at, why: `refused: ${record.why}` }];
  if (record.kind === 'stop') return [{ at, why: record.what }];
  return record.kind === 'apply' && record.failure !== undefined ? [{ at, why: record.failure }] : [];
}

/**
 * The answer that needs no look at the host: whether a run has verified it within a time, and of a host that has nothing
 * applied that this is so. Throws UsageError for a time that is none.
 */
export function shortAnswer(
  status: FollowStatus,
  {
    format,
    'verified-within': within,
  }: { readonly format: 'text' | 'json'; readonly 'verified-within': string | undefined },
  paint: Paint,
): Answer | undefined {
  if (within !== undefined) return withinAnswer(status, readSeconds(within, '--verified-within', 'status'));
  if (status.standing.applied) return undefined;
  const json = format === 'json' && JSON.stringify({ version: 1, follow: followJson(status) }, null, 2);
  return { exitCode: EXIT.differs, stdout: `${json || followLines(status, paint).join('\n')}\n` };
}

// A pause is somebody's word, and ends by itself: it is no reason to wake anybody.
function withinAnswer({ run, standing, now }: FollowStatus, seconds: number): Answer {
  const verified = run?.verifiedAt === undefined ? undefined : Date.parse(run.verifiedAt);
  if (pauseAt(standing, now)) return { exitCode: EXIT.done, stdout: 'paused\n' };
  // A clock that was ahead says nothing of now.
  if (verified !== undefined && Math.abs(now.getTime() - verified) <= seconds * 1000) return { exitCode: EXIT.done };
  const since = run?.verifiedAt === undefined ? 'since the machine was started' : `since ${run.verifiedAt}`;
  const last = run
    ? `; the last run, at ${run.at}: ${run.outcome}`
    : '; no run was seen: systemctl status ds01-policy.timer';
  return {
    exitCode: EXIT.differs,
    stderr: printable(`the newest commit was not found in force ${since}${last}`).concat('\n'),
  };
}
