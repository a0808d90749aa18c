import type { Day } from '../policy/calendar.ts';
import { readDay } from '../policy/read-day.ts';
import { findHiddenCharacter } from '../policy/source-text.ts';
import { UsageError } from './usage-error.ts';

/** A change of policy before it is made. */
export interface Proposal {
  /** The new text of each file, relative to the policy folder; absent is taken out. None: there is nothing to do. */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** The branch for it. */
  readonly branch: string;
  /** The first line of the commit, or why there is none; absent where what happens says enough. */
  readonly subject?: string;
  /** Why, where no file says so. */
  readonly reason?: string;
}

/** How an end is given: a day, or how long from another one on. */
export const UNTIL_OPTION = {
  kind: 'text',
  value: 'DATE',
  about: 'the last day: YYYY-MM-DD, +10d, +2w, +6m, +1y, or never',
} as const;

/** Reads the last day of a grant, counted from another day on if it is given so. Throws UsageError for one that is over. */
export function readUntil(text: string, from: Day, today: Day, verb: string): Day | 'never' {
  if (text === 'never') return text;
  const day = readGivenDay('--until', text, from, verb, ', or never');
  if (day < today) throw new UsageError(`--until "${text}" is over: today is ${today}`, verb);
  return day;
}

/** Reads a day that was given for an option. Throws UsageError. */
export function readGivenDay(option: string, text: string, from: Day, verb: string, or = ''): Day {
  const reading = readDay(text, from);
  if (reading.ok) return reading.value;
  throw new UsageError(`${option} ${reading.message}: ${reading.fix}${or}`, verb);
}

/** Reads a reason: one line, as a policy file may have it. Throws UsageError. */
export function readReason(text: string, verb: string): string {
  const reason = text.trim();
  const hidden = findHiddenCharacter(reason);
  if (reason === '') throw new UsageError('--reason is empty: say why, for those who will ask', verb);
  if (reason.includes('\n')) throw new UsageError('--reason has more than one line: write one', verb);
  if (hidden !== undefined) throw new UsageError(`--reason has the character ${hidden}, which cannot be seen`, verb);
  if (reason.length <= LONGEST_REASON) return reason;
  throw new UsageError(`--reason has ${reason.length} characters: write ${LONGEST_REASON} at most`, verb);
}

const LONGEST_REASON = 300;
