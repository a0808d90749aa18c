import type { Day } from '../policy/calendar.ts';
import type { AccountChange, ChangedAccount } from './account-changes.ts';
import type { DefaultChange, GroupChange } from './group-changes.ts';
import { fallsAmong, type LimitChange } from './limit-changes.ts';

/** For whom a limit holds: all of a group, some accounts, or everybody who is not listed. */
export type Bearer =
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'accounts'; readonly accounts: readonly ChangedAccount[] }
  | { readonly kind: 'unlisted' };

/** Limits that fall, vanish, are new, or cannot be compared, for one bearer. */
export interface Fall {
  readonly bearer: Bearer;
  /** The day on which that happens; absent: as soon as a host has it. */
  readonly day?: Day;
  readonly limits: readonly LimitChange[];
}

/** All who get less of something, or run without a limit that they had, whatever else they gain. */
export function findFalls(
  groups: readonly GroupChange[],
  unlisted: DefaultChange | undefined,
  accounts: readonly AccountChange[],
): readonly Fall[] {
  const all = [
    ...groups.map(({ group, limits }): Fall => ({ bearer: { kind: 'group', group }, limits })),
    ...(unlisted ? [{ bearer: { kind: 'unlisted' }, limits: unlisted.limits } as const] : []),
    ...accounts.flatMap(({ accounts, limits, later }): readonly Fall[] => {
      const bearer = { kind: 'accounts', accounts } as const;
      return [{ bearer, limits }, ...(later ? [{ bearer, day: later.day, limits: later.limits }] : [])];
    }),
  ];
  return all.flatMap((fall) => {
    const limits = fallsAmong(fall.limits);
    return limits.length === 0 ? [] : [{ ...fall, limits }];
  });
}
