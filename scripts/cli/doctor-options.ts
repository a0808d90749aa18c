import { UsageError } from './usage-error.ts';

const LONGEST = 600;

/** Seconds to look, from `--watch`. Throws UsageError for what is no whole number of them from 1 to 600. */
export function readWindow(text: string): number {
  const seconds = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= LONGEST) return seconds;
  throw new UsageError(`--watch "${text}" is not a whole number of seconds from 1 to ${LONGEST}`, 'doctor');
}
