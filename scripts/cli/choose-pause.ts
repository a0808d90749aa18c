import type { Config } from '../follow/config.ts';
import type { Pause } from '../follow/record.ts';
import { printValue, readValue } from '../policy/values.ts';
import { UsageError } from './usage-error.ts';

/** What is said about a pause on the command line. */
export interface PauseOptions {
  readonly for: string | undefined;
  readonly reason: string | undefined;
}

/** The pause that was asked for. Throws UsageError for one without a reason, without an end, or longer than it may be. */
export function choosePause(
  { for: duration, reason }: PauseOptions,
  { pause }: Config,
  grants: Pause['grants'],
  now: Date,
  verb: string,
): Pause {
  if (reason === undefined) throw new UsageError('--reason TEXT is missing: why, for those who will ask', verb);
  const seconds = duration === undefined ? pause.default : readSeconds(duration, '--for', verb);
  if (seconds > pause.longest) {
    const longest = printValue('duration', pause.longest);
    throw new UsageError(`--for ${duration} is longer than ${longest}, the longest pause of this host`, verb);
  }
  return { since: now.toISOString(), until: new Date(now.getTime() + seconds * 1000).toISOString(), reason, grants };
}

/** Seconds of a time on the command line, as in 30min. Throws UsageError for what is no duration. */
export function readSeconds(text: string, option: string, verb: string): number {
  const reading = readValue('duration', text);
  if (reading.ok && Number.isFinite(reading.value)) return reading.value;
  throw new UsageError(
    `${option} "${text}" is not a duration: write a whole number with s, min, h or d, as in 4h`,
    verb,
  );
}
