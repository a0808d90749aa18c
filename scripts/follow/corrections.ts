import type { HistoryRecord, Instant } from './record.ts';

/** Milliseconds that a correction counts: an hour. */
export const CORRECTIONS_COUNT = 3_600_000;

/** Something that was put right again and again. */
export interface TooOften {
  /** A file, or a limit of a slice and where it was changed. */
  readonly what: string;
  readonly times: number;
  readonly since: Instant;
}

/**
 * The first of these things that was put right at least `limit` times within the last hour: something else keeps writing
 * it, and one of the two has to stop. `recent` are the newest records of the history, oldest first. What was before
 * somebody said to go on, or another commit was applied, does not count.
 */
export function findTooOften(
  recent: readonly HistoryRecord[],
  things: readonly string[],
  limit: number,
  now: Date,
): TooOften | undefined {
  const resumed = recent.findLastIndex(beginsAnew);
  // What a clock that was ahead has recorded is not of this hour either.
  const isRecent = ({ at }: HistoryRecord) => Math.abs(now.getTime() - Date.parse(at)) < CORRECTIONS_COUNT;
  const corrections = recent.slice(resumed + 1).filter(isRecent);
  for (const what of things) {
    const times = corrections.filter((record) => isCorrection(record, what));
    if (times[0] && times.length >= limit) return { what, times: times.length, since: times[0].at };
  }
  return undefined;
}

function beginsAnew(record: HistoryRecord): boolean {
  const isNewCommit = record.kind === 'apply' && record.cause === 'commit' && record.result === 'applied';
  return record.kind === 'resume' || isNewCommit;
}

function isCorrection(record: HistoryRecord, what: string): boolean {
  if (record.kind !== 'apply' || record.cause !== 'drift' || record.result !== 'applied') return false;
  return record.changes.some(({ path }) => path === what) || record.drift?.includes(what) === true;
}
