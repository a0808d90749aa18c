import type { Case } from './case.ts';
import { hasMemory, limitHoldingUp } from './memory-limits.ts';
import type { Meter } from './meter.ts';
import { hasTasksLimit, isFull, refusalsByLimit } from './refusals.ts';
import { isThrottled } from './throttling.ts';

/** Limits that a slice has as a container has them, by setting key. */
export const SHARED_KEYS = ['CPUQuota', 'MemoryMax', 'TasksMax'] as const;

/** One of them. */
export type SharedKey = (typeof SHARED_KEYS)[number];

/** The files of a cgroup that say them. */
export const LIMIT_FILES: Readonly<Record<SharedKey, Readonly<Record<'v1' | 'v2', string>>>> = {
  CPUQuota: { v1: 'cpu.cfs_quota_us', v2: 'cpu.max' },
  MemoryMax: { v1: 'memory.limit_in_bytes', v2: 'memory.max' },
  TasksMax: { v1: 'pids.max', v2: 'pids.max' },
};

/** Whether a limit of a cgroup's own holds its programs up, or lets them fail, in the window. */
export function isHit(meter: Meter, key: SharedKey, found: Pick<Case, 'all' | 'facts'>): boolean {
  switch (key) {
    case 'CPUQuota':
      return isThrottled(meter);
    case 'TasksMax':
      return hasTasksLimit(meter) && (isFull(meter) || isRefusing(meter, found));
    case 'MemoryMax':
      return hasMemory(meter) && limitHoldingUp(meter, found.all)?.key === 'MemoryMax';
  }
}

function isRefusing({ path }: Meter, found: Pick<Case, 'all' | 'facts'>): boolean {
  return (refusalsByLimit(found).get(path) ?? []).some(({ happened }) => happened.kind === 'watched');
}
