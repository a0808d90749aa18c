import { CONTAINER_FIELD_NAMES, fieldsOf, type Scope, SLICE_FIELD_NAMES } from '../policy/fields.ts';
import type { Kind, KindValues } from '../policy/kinds.ts';
import type { Limits, Place, Sourced } from '../policy/policy.ts';
import { printValue } from '../policy/values.ts';

/** One limit ready to be shown. */
export interface LimitRow {
  readonly scope: Scope;
  readonly field: string;
  /** As policy spells it. */
  readonly value: string;
  /** What it means, where the spelling alone does not say it: `16 cores`. */
  readonly meaning: string;
  readonly place: Place;
}

/** The limits of one scope, in the order of the fields. */
export function limitRows(limits: Limits, scope: Scope): readonly LimitRow[] {
  const kinds = fieldsOf(scope);
  const names: readonly string[] = scope === 'per_container' ? CONTAINER_FIELD_NAMES : SLICE_FIELD_NAMES;
  const stated = limits[scope] as Readonly<Record<string, Sourced<KindValues[Kind]> | undefined>>;
  return names.flatMap((field) => {
    const [limit, kind] = [stated[field], kinds[field]];
    if (!limit || !kind) return [];
    const meaning = kind === 'percent' ? cores(limit.value as number) : '';
    return [{ scope, field, value: printValue(kind, limit.value as never), meaning, place: limit.place }];
  });
}

/** A CPU quota in cores: `1600%` is `16 cores`. */
export function cores(percent: number): string {
  if (percent === Number.POSITIVE_INFINITY) return '';
  const number = percent / 100;
  return `${number} ${number === 1 ? 'core' : 'cores'}`;
}
