import { fieldsOf, type Scope } from '../policy/fields.ts';
import { printValue, readValue } from '../policy/values.ts';
import type { LimitChange } from '../review/limit-changes.ts';
import { cores } from './limit-words.ts';

/** Whose limits are told: those of some accounts, or those of a whole group. */
export type Told = 'accounts' | 'group';

/**
 * What becomes of limits, each with whom it is shared: `CPU 16 → 128 cores shared with the group, tasks 65536 → 65536 shared
 * with the group; each container: 16 → 64 cores, 32G → 128G of memory`. Of a group: `all together: CPU 64 → 128 cores, tasks
 * 65536 → 131072; each account: memory not limited → 64G`.
 */
export function limitPhrases(limits: readonly LimitChange[], told: Told): string {
  const phrases = (scope: Scope) => limits.filter((limit) => limit.scope === scope).map(PHRASES[scope]);
  const [shared, own, contained] = [phrases('per_group'), phrases('per_member'), phrases('per_container')];
  const slices = {
    accounts: [[...shared.map(sharedWithGroup), ...own.map(forEach)].join(', ')],
    group: [
      ...(shared.length === 0 ? [] : [`all together: ${shared.join(', ')}`]),
      ...(own.length === 0 ? [] : [`each account: ${own.join(', ')}`]),
    ],
  }[told];
  const containers = contained.length === 0 ? '' : `each container: ${contained.join(', ')}`;
  return [...slices, containers].filter((part) => part !== '').join('; ');
}

/** `144 cores`, or `160G of memory`. */
export function amountPhrase(resource: 'cpus' | 'memory', amount: number): string {
  return resource === 'cpus' ? cores(amount * 100) : `${printValue('size', amount)} of memory`;
}

const PHRASES = { per_group: slicePhrase, per_member: slicePhrase, per_container: containerPhrase } as const;
const NAMES: Readonly<Record<string, string>> = { cpu_quota: 'CPU', memory_max: 'memory', tasks_max: 'tasks' };

function sharedWithGroup(phrase: string): string {
  return `${phrase} shared with the group`;
}

function forEach(phrase: string): string {
  return `${phrase} for each account`;
}

function slicePhrase(limit: LimitChange): string {
  return `${NAMES[limit.field] ?? limit.field} ${range(limit)}`;
}

// Where both sides are amounts, their unit says what of.
function containerPhrase(limit: LimitChange): string {
  const { field, before, after, effect } = limit;
  const isAmount = [before ?? (effect ? '' : after), after].every((value) => /^[0-9]/.test(value ?? ''));
  if (field === 'cpus') return isAmount ? range(limit) : `CPU ${range(limit)}`;
  if (field === 'memory') return isAmount ? `${range(limit)} of memory` : `memory ${range(limit)}`;
  return `${field} ${range(limit)}`;
}

// Where nobody knows what there was, only what there is can be told.
function range(limit: LimitChange): string {
  const { before, after, effect } = limit;
  const [from, to] = [coresIn(limit, before), coresIn(limit, after)];
  if (before === undefined && effect === undefined) return valueWord(limit, after, to);
  // The unit is said once.
  const start = from !== undefined && to !== undefined ? `${from}` : valueWord(limit, before, from);
  return `${start} → ${valueWord(limit, after, to)}`;
}

function valueWord({ scope, field }: LimitChange, value: string | undefined, number: number | undefined): string {
  if (number !== undefined) return cores(number * 100);
  if (value !== undefined) return value;
  // A share that nobody states is one of 100: systemd.resource-control(5), CPUWeight=.
  return fieldsOf(scope)[field] === 'weight' ? '100' : 'not limited';
}

/** How many cores a value is; nothing if it is no number of cores, or no number at all. */
function coresIn({ scope, field }: LimitChange, value: string | undefined): number | undefined {
  const kind = fieldsOf(scope)[field];
  if (value === undefined || (kind !== 'percent' && kind !== 'cores')) return undefined;
  const reading = readValue(kind, kind === 'cores' && value !== 'unlimited' ? Number(value) : value);
  if (!reading.ok || !Number.isFinite(reading.value)) return undefined;
  return kind === 'percent' ? reading.value / 100 : reading.value;
}
