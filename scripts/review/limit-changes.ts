import { fieldsOf, SCOPES, type Scope } from '../policy/fields.ts';
import type { Kind } from '../policy/kinds.ts';
import { NO_LIMITS } from '../policy/limits.ts';
import type { Limits, Sourced } from '../policy/policy.ts';
import type { Entitlement } from '../policy/resolve.ts';
import { printValue } from '../policy/values.ts';
import { limitEffect } from './compare-limits.ts';
import type { LimitEffect } from './events.ts';

/** What becomes of one limit for those whom it holds for. */
export interface LimitChange {
  readonly scope: Scope;
  readonly field: string;
  /** As policy spells it; absent where nothing is said. */
  readonly before?: string;
  readonly after?: string;
  /** Absent if it stays what it is: said of whoever has it from somebody else now, such as another group. */
  readonly effect?: LimitEffect;
}

/** The limits that come to something else, in the order of the fields. */
export function limitChanges(before: Limits, after: Limits): readonly LimitChange[] {
  return everyField((scope, field, kind) => {
    const change = changeOf(before, after, scope, field, kind);
    return change.effect === undefined ? [] : [change];
  });
}

/** All limits that are said, where nobody knows what there was before: what becomes of them is not known either. */
export function givenLimits(limits: Limits): readonly LimitChange[] {
  return everyField((scope, field, kind) => {
    const { after } = changeOf(NO_LIMITS, limits, scope, field, kind);
    return after === undefined ? [] : [{ scope, field, after }];
  });
}

/** The limits that differ for whoever gets the limits of another group: the main ones are said, too, where both groups have the same. */
export function movedLimits(before: Limits, after: Limits): readonly LimitChange[] {
  return everyField((scope, field, kind) => {
    const change = changeOf(before, after, scope, field, kind);
    const isMain = scope === 'per_group' && MAIN.includes(field);
    return change.effect !== undefined || isMain ? [change] : [];
  });
}

/** The limits that differ where the group stays: of the limits that a grant states by itself and that hold, before or after. */
export function ownLimitChanges(before: Whose, after: Whose): readonly LimitChange[] {
  const stated = [before, after].map(({ state, member }) => (state === 'active' && member?.limits) || NO_LIMITS);
  return limitChanges(before.limits, after.limits).filter(({ scope, field }) => {
    return stated.some((limits) => field in limits[scope]);
  });
}

/** Somebody's limits, and the member file that states some of them while its grant holds. */
export type Whose = Pick<Entitlement, 'limits' | 'state' | 'member'>;

/** Those of some changes that may stop work or let it run away: what falls, vanishes, is new, or cannot be compared. */
export function fallsAmong(changes: readonly LimitChange[]): readonly LimitChange[] {
  return changes.filter(({ effect }) => effect !== undefined && effect !== 'rises');
}

/** What every group has to state. */
const MAIN: readonly string[] = ['cpu_quota', 'memory_max', 'tasks_max'];

function everyField(find: (scope: Scope, field: string, kind: Kind) => readonly LimitChange[]): readonly LimitChange[] {
  return SCOPES.flatMap((scope) => {
    return Object.entries(fieldsOf(scope)).flatMap(([field, kind]) => find(scope, field, kind));
  });
}

function changeOf(before: Limits, after: Limits, scope: Scope, field: string, kind: Kind): LimitChange {
  const [old, now] = [limitIn(before, scope, field), limitIn(after, scope, field)];
  const effect = limitEffect(kind, old?.value, now?.value);
  return {
    ...{ scope, field },
    ...(old && { before: printValue(kind, old.value) }),
    ...(now && { after: printValue(kind, now.value) }),
    ...(effect && { effect }),
  };
}

// Which type the value has is for its kind to say.
function limitIn(limits: Limits, scope: Scope, field: string): Sourced<never> | undefined {
  return (limits[scope] as Readonly<Record<string, Sourced<never> | undefined>>)[field];
}
