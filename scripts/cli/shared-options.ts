import { join } from 'node:path';
import { type Clock, isDay } from '../policy/calendar.ts';
import type { Label } from '../report/findings.ts';
import { UsageError } from './usage-error.ts';

/** `--policy DIR` of verbs that are about a checkout. */
export const POLICY_OPTION = { kind: 'text', value: 'DIR', default: 'policy', about: 'the policy folder' } as const;

/** `--policy DIR` of verbs that are about a host. */
export const HOST_POLICY_OPTION = {
  kind: 'text',
  value: 'DIR',
  about: 'the policy folder; without it, what this host has applied from git, or policy',
} as const;

/** `--on DATE`, for verbs that only look. */
export const ON_OPTION = {
  kind: 'text',
  value: 'DATE',
  about: 'ask about another day, YYYY-MM-DD, instead of today',
} as const;

/** `--root DIR`, the root directory of a host that does not run; without it, this machine. */
export const ROOT_OPTION = {
  kind: 'text',
  value: 'DIR',
  about:
    'a directory in the place of this machine; units are in DIR/etc/systemd/system, state in DIR/var/lib/ds01-policy',
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
