import { mergeLimits, NO_LIMITS } from '../policy/limits.ts';
import type { Limits, Place } from '../policy/policy.ts';
import type { Resolved } from '../policy/resolve.ts';
import { givenLimits, type LimitChange, limitChanges, movedLimits } from './limit-changes.ts';

/** A group that gives its members something else than before. */
export interface GroupChange {
  /** `given`: nobody knows what it gave before. */
  readonly kind: 'added' | 'removed' | 'changes' | 'given';
  readonly group: string;
  /** How many listed accounts are in it on the day of the review, afterwards; of a group that is gone, before. */
  readonly accounts: number;
  /** Whether everybody who is not listed is in it, too. */
  readonly isDefault: boolean;
  readonly limits: readonly LimitChange[];
  /** The group file; absent if it is gone. */
  readonly place?: Place;
}

/** Everybody who is not listed, or has no grant that holds, gets another group. */
export interface DefaultChange {
  readonly before: string;
  readonly after: string;
  readonly limits: readonly LimitChange[];
  readonly place: Place;
}

/**
 * The groups that are not what they were, by name, whatever the reason: limits of the site are limits of each of them.
 * `before` is absent if nobody knows what there was; `isMeant` says which groups are asked about then.
 */
export function groupChanges(
  before: Resolved | undefined,
  after: Resolved,
  isMeant: (group: string) => boolean,
): readonly GroupChange[] {
  const counts = accountsByGroup(after);
  const here = [...after.groups.values()].flatMap(({ group: { name, place }, limits }): readonly GroupChange[] => {
    const isDefault = name === after.site.defaultGroup.value;
    const frame = { group: name, accounts: counts.get(name) ?? 0, isDefault, place };
    if (!before) return isMeant(name) ? [{ kind: 'given', ...frame, limits: givenLimits(limits) }] : [];
    const old = before.groups.get(name);
    if (!old) return [{ kind: 'added', ...frame, limits: givenLimits(limits) }];
    const changes = limitChanges(old.limits, limits);
    return changes.length === 0 ? [] : [{ kind: 'changes', ...frame, limits: changes }];
  });
  return [...here, ...(before ? removed(before, after) : [])].sort((a, b) => (a.group < b.group ? -1 : 1));
}

function removed(before: Resolved, after: Resolved): readonly GroupChange[] {
  const counts = accountsByGroup(before);
  const gone = [...before.groups.keys()].filter((name) => !after.groups.has(name));
  return gone.map((group) => {
    const isDefault = group === before.site.defaultGroup.value;
    return { kind: 'removed', group, accounts: counts.get(group) ?? 0, isDefault, limits: [] };
  });
}

/** What becomes of everybody who is not listed, if the default group is another one. */
export function defaultChange(before: Resolved, after: Resolved): DefaultChange | undefined {
  const [{ value: old }, { value: now, place }] = [before.site.defaultGroup, after.site.defaultGroup];
  if (old === now) return undefined;
  return { before: old, after: now, limits: movedLimits(defaultLimits(before), defaultLimits(after)), place };
}

// There is one such group in a policy without errors.
function defaultLimits({ groups, site }: Resolved): Limits {
  const defaults = [...groups.values()].filter(({ group }) => group.name === site.defaultGroup.value);
  return mergeLimits(NO_LIMITS, ...defaults.map(({ limits }) => limits));
}

function accountsByGroup({ accounts }: Resolved): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { group } of accounts.values()) counts.set(group.group.name, (counts.get(group.group.name) ?? 0) + 1);
  return counts;
}
