import { fieldsOf, SCOPES, type Scope } from '../policy/fields.ts';
import type { Kind } from '../policy/kinds.ts';
import { NO_LIMITS } from '../policy/limits.ts';
import type { Limits, Sourced } from '../policy/policy.ts';
import { printValue } from '../policy/values.ts';
import { limitEffect } from './compare-limits.ts';
import type { LimitOwner, PolicyEvent } from './events.ts';

/** The limits of somebody: as the file writes them, and as they come out over those of the group and the site. */
export interface OwnLimits {
  readonly written: Limits;
  readonly effective: Limits;
}

/** Nobody's limits. */
export const NO_OWN_LIMITS: OwnLimits = { written: NO_LIMITS, effective: NO_LIMITS };

/** The limits that are written differently; what that does is told by how they come out. */
export function limitEvents(owner: LimitOwner, before: OwnLimits, after: OwnLimits): readonly PolicyEvent[] {
  return everyField((scope, field, kind) => {
    const [was, is] = [spelledIn(before.written, scope, field, kind), spelledIn(after.written, scope, field, kind)];
    if (was?.value === is?.value) return [];
    const [from, to] = [limitIn(before.effective, scope, field), limitIn(after.effective, scope, field)];
    // Also what comes out as before is told: that it is written here now, or is not any more.
    const effect = limitEffect(kind, from?.value, to?.value) ?? 'changes';
    const event = { kind: 'limit', owner, scope, field, effect } as const;
    return [{ ...event, ...(was && { before: was.value }), ...(is && { after: is.value, place: is.place }) }];
  });
}

/** All limits of a file of which nobody knows what it said before: whether they rise or fall is not known either. */
export function statedLimits(owner: LimitOwner, limits: Limits): readonly PolicyEvent[] {
  return everyField((scope, field, kind) => {
    const is = spelledIn(limits, scope, field, kind);
    return is ? [{ kind: 'limit', owner, scope, field, effect: 'changes', after: is.value, place: is.place }] : [];
  });
}

function everyField(find: (scope: Scope, field: string, kind: Kind) => readonly PolicyEvent[]): readonly PolicyEvent[] {
  return SCOPES.flatMap((scope) =>
    Object.entries(fieldsOf(scope)).flatMap(([field, kind]) => find(scope, field, kind)),
  );
}

// As policy spells it, whatever the order of devices is.
function spelledIn(limits: Limits, scope: Scope, field: string, kind: Kind): Sourced<string> | undefined {
  const limit = limitIn(limits, scope, field);
  if (!limit) return undefined;
  const { value, place } = limit as Sourced<unknown>;
  const ordered = value instanceof Map ? new Map([...value].sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  return { value: printValue(kind, ordered as never), place };
}

// Which type the value has is for its kind to say.
function limitIn(limits: Limits, scope: Scope, field: string): Sourced<never> | undefined {
  return (limits[scope] as Readonly<Record<string, Sourced<never> | undefined>>)[field];
}
