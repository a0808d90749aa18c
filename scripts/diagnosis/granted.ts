import type { Limits } from '../policy/policy.ts';
import type { SharedKey } from './limit-hit.ts';

/** What one account may use at most by policy, of its own or with all of its group, in the unit of the key; `Infinity` for all there is. */
export function grantedTo({ per_group, per_member }: Limits, key: SharedKey): number {
  return Math.min(...[per_group, per_member].map((limits) => limits[FIELDS[key]]?.value ?? Number.POSITIVE_INFINITY));
}

const FIELDS = { CPUQuota: 'cpu_quota', MemoryMax: 'memory_max', TasksMax: 'tasks_max' } as const;
