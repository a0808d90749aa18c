import type { Clock } from '../policy/calendar.ts';
import type { Finding } from '../policy/finding.ts';
import type { Acknowledged } from '../review/acknowledgements.ts';
import { examineChange } from '../review/check-change.ts';
import { readChange } from './read-change.ts';
import { UsageError } from './usage-error.ts';

/** Options of a verb that is about a change, as they are given. */
export interface ChangeOptions {
  readonly policy: string;
  readonly base: string;
  readonly head: string | undefined;
  /** Names with commas between them. */
  readonly author: string | undefined;
}

/** What there is to say of a change. */
export interface ValidatedChange {
  /** Of policy after it, then of the change itself. */
  readonly findings: readonly Finding[];
  readonly acknowledged: readonly Acknowledged[];
}

/** Reads and checks a change. Throws UsageError and HostRefusal. */
export async function validateChange(options: ChangeOptions, clock: Clock): Promise<ValidatedChange> {
  const { policy, base, head, author } = options;
  const change = await readChange({ policy, base, head, authors: readAuthors(author) }, clock);
  const { findings, acknowledged } = examineChange(change);
  return { findings: [...change.findings, ...findings], acknowledged };
}

/** Reads the names of those who propose a change. Throws UsageError for one that is empty. */
export function readAuthors(given: string | undefined): readonly string[] {
  const names = given === undefined ? [] : given.split(',').map((name) => name.trim());
  if (!names.includes('')) return names;
  throw new UsageError(`--author "${given}" has an empty name: write names with commas between them`, 'validate');
}
