import { join } from 'node:path';
import { type Clock, isDay } from '../policy/calendar.ts';
import type { Label } from '../report/findings.ts';
import { UsageError } from './usage-error.ts';

/** `--policy DIR`, the same for every verb that reads policy. */
export const POLICY_OPTION = { kind: 'text', value: 'DIR', default: 'policy', about: 'the policy folder' } as const;

/** `--on DATE`, for verbs that only look. */
export const ON_OPTION = {
  kind: 'text',
  value: 'DATE',
  about: 'ask about another day, YYYY-MM-DD, instead of today',
} as const;

/** `--root DIR`, the root directory of the host. */
export const ROOT_OPTION = {
  kind: 'text',
  value: 'DIR',
  about: 'the root directory of the host; units are in DIR/etc/systemd/system, state in DIR/var/lib/ds01-policy',
} as const;

/** Shows a file of the policy folder with the path that the user gave for the folder. */
export function labelFor(folder: string): Label {
  return (file) => (file === '.' ? folder : join(folder, file));
}

/** The clock of a run: now, or the day that `--on` names. Throws UsageError for a day that does not exist. */
export function clockFor(now: Date, on: string | undefined, verb: string): Clock {
  if (on === undefined) return { kind: 'instant', now };
  if (!isDay(on)) throw new UsageError(`--on "${on}" is not a day of the calendar, written YYYY-MM-DD`, verb);
  return { kind: 'day', day: on };
}

/** The root directory of the host, which has to be named. Throws UsageError. */
export function rootFrom(root: string | undefined, verb: string): string {
  if (root === undefined) throw new UsageError('--root DIR is missing: this version works on a directory', verb);
  return root;
}
