import type { UsageFocus } from '../diagnosis/rank-usage.ts';
import type { Resolved } from '../policy/resolve.ts';
import { possibleAccount } from './find-account.ts';
import { UsageError } from './usage-error.ts';

const LONGEST = 60;

/** Seconds between two looks, from `--every`. Throws UsageError for what is no whole number of them from 1 to 60. */
export function readEvery(text: string): number {
  const seconds = /^[0-9]{1,2}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= LONGEST) return seconds;
  throw new UsageError(`--every "${text}" is not a whole number of seconds from 1 to ${LONGEST}`, 'top');
}

/**
 * The group or the account that a word names, in any spelling; a group before an account of the same name. Throws UsageError
 * for what can be neither.
 */
export function findUsageFocus(resolved: Resolved, word: string): UsageFocus {
  const group = resolved.groups.get(word.toLowerCase());
  if (group) return { kind: 'group', group };
  const entitlement = possibleAccount(resolved, word);
  if (entitlement) return { kind: 'account', entitlement };
  const groups = [...resolved.groups.keys()].sort().join(', ');
  const way = `write name@${resolved.site.accountDomain}, or one of ${groups}`;
  throw new UsageError(`"${word}" is neither a group nor an account of this site: ${way}`, 'top');
}
