import { fieldsOf, SCOPES, type Scope } from '../policy/fields.ts';
import type { Kind, KindValues } from '../policy/kinds.ts';
import type { Limits, Sourced } from '../policy/policy.ts';
import { UNLIMITED } from '../policy/unlimited.ts';
import { expandCpuList, printValue } from '../policy/values.ts';
import type { LimitEffect } from './events.ts';

/** A limit that is not what it was. */
export interface LimitDifference {
  readonly scope: Scope;
  readonly field: string;
  /** Absent: nothing was said. Values are spelled as policy does, after where they come from. */
  readonly before?: Sourced<string>;
  readonly after?: Sourced<string>;
  readonly effect: LimitEffect;
}

/** The limits that differ, by what they come to: one that is absent and one that is `unlimited` are the same. */
export function compareLimits(before: Limits, after: Limits): readonly LimitDifference[] {
  return SCOPES.flatMap((scope) => {
    return Object.entries(fieldsOf(scope)).flatMap(([field, kind]) => {
      const [old, now] = [limitOf(before, scope, field), limitOf(after, scope, field)];
      const effect = limitEffect(kind, old?.value, now?.value);
      if (effect === undefined) return [];
      const [from, to] = [spelled(kind, old), spelled(kind, now)];
      return [{ scope, field, ...(from && { before: from }), ...(to && { after: to }), effect }];
    });
  });
}

/** Whether a difference may let somebody have more than before: what is neither more nor less may. */
export function isRaise({ effect }: Pick<LimitDifference, 'effect'>): boolean {
  return effect === 'rises' || effect === 'removed' || effect === 'changes';
}

/** What it means that a limit of a kind has another value; `undefined` if it means nothing. Absent is not limited. */
export function limitEffect<K extends Kind>(
  kind: K,
  before: KindValues[K] | undefined,
  after: KindValues[K] | undefined,
): LimitEffect | undefined {
  if (kind === 'cpu_list') return compareCpus(before as string | undefined, after as string | undefined);
  if (kind === 'device_rates') return compareRates((before ?? NO_RATES) as Rates, (after ?? NO_RATES) as Rates);
  // A share has a weight of 100 where nobody says another: systemd.resource-control(5), CPUWeight=.
  const absent = kind === 'weight' ? 100 : Number.POSITIVE_INFINITY;
  return compareAmounts((before ?? absent) as number, (after ?? absent) as number);
}

type Rates = KindValues['device_rates'];

const NO_RATES: Rates = new Map();

function compareAmounts(before: number, after: number): LimitEffect | undefined {
  if (before === after) return undefined;
  if (after === Number.POSITIVE_INFINITY) return 'removed';
  if (before === Number.POSITIVE_INFINITY) return 'imposed';
  return after > before ? 'rises' : 'falls';
}

function compareCpus(before = UNLIMITED, after = UNLIMITED): LimitEffect | undefined {
  if (before === after) return undefined;
  if (after === UNLIMITED) return 'removed';
  if (before === UNLIMITED) return 'imposed';
  const [old, now] = [new Set(expandCpuList(before)), new Set(expandCpuList(after))];
  const [more, fewer] = [[...now].some((cpu) => !old.has(cpu)), [...old].some((cpu) => !now.has(cpu))];
  // `0,1` and `0-1` are the same.
  if (more) return fewer ? 'changes' : 'rises';
  return fewer ? 'falls' : undefined;
}

// Each device has a limit of its own; what one gets more is not made up for by what another gets less.
function compareRates(before: Rates, after: Rates): LimitEffect | undefined {
  const devices = new Set([...before.keys(), ...after.keys()]);
  const effects = [...devices].map((device) => {
    const [old, now] = [before, after].map((rates) => rates.get(device) ?? Number.POSITIVE_INFINITY);
    return compareAmounts(Number(old), Number(now));
  });
  const [first, ...others] = new Set(effects.filter((effect) => effect !== undefined));
  if (first === undefined || others.length === 0) return first;
  const less = [first, ...others].filter((effect) => effect === 'falls' || effect === 'imposed').length;
  // More of one and no limit at all of another is no mere rise: that a limit vanishes is always told.
  return less > others.length ? 'falls' : 'changes';
}

function limitOf(limits: Limits, scope: Scope, field: string): Sourced<never> | undefined {
  return (limits[scope] as Readonly<Record<string, Sourced<never> | undefined>>)[field];
}

function spelled(kind: Kind, limit: Sourced<never> | undefined): Sourced<string> | undefined {
  return limit && { value: printValue(kind, limit.value), place: limit.place };
}
