import type { Case } from './case.ts';
import { wayUp } from './cgroups-around.ts';
import type { SharedKey } from './limit-hit.ts';
import { limitValue } from './limit-value.ts';
import type { Meter } from './meter.ts';
import { wayOut } from './way-out.ts';

/** What the cgroups around one leave of a higher limit of its own. */
export interface LimitsAround {
  /** Those that have no more than it has by now: alone, a higher limit inside of them changes nothing. */
  readonly tight: readonly Meter[];
  /** What the others let through, in the unit of the key. */
  readonly room: number;
}

/** Looks at the limits of all cgroups around one that has `own` of it. */
export function limitsAround(meter: Meter, key: SharedKey, own: number, { all }: Pick<Case, 'all'>): LimitsAround {
  const limits = wayUp(meter.path, all).flatMap((around) => {
    const limit = limitValue(around, key);
    return around.path !== meter.path && typeof limit === 'number' ? [{ around, limit }] : [];
  });
  return {
    tight: limits.filter(({ limit }) => limit <= own).map(({ around }) => around),
    room: Math.min(Number.POSITIVE_INFINITY, ...limits.flatMap(({ limit }) => (limit > own ? [limit] : []))),
  };
}

/** What to do about a limit, after what has to be done about those around it; `wanted` as policy spells it for slices. */
export function afterAround(
  { tight }: LimitsAround,
  key: SharedKey,
  wanted: string,
  last: string,
  found: Case,
): string {
  return [...tight.map((around) => wayOut(found.sourceOf(around, key), wanted)), last].join('; then ');
}
