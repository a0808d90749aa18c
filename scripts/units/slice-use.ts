import { limitInKernel } from './kernel.ts';
import type { CgroupSlice, CgroupSurvey } from './live.ts';
import { amount, counter } from './running.ts';

/** What the programs of one slice use, and what the kernel lets them; absent is what it does not say. */
export interface SliceUse {
  readonly slice: string;
  readonly tasks?: number;
  /** Bytes, with what the kernel could give back, such as cached files. */
  readonly memory?: number;
  readonly throttling?: Throttling;
  /** Percent of one CPU, bytes and tasks; `Infinity` is no limit. */
  readonly limits: { readonly cpuQuota?: number; readonly memoryMax?: number; readonly tasksMax?: number };
}

/** How often the CPU quota held programs up, since the slice began to run. */
export interface Throttling {
  /** Periods in which anything ran, and those of them in which it had to wait. */
  readonly periods: number;
  readonly throttled: number;
  /** For how long, added up over all CPUs. */
  readonly seconds: number;
}

/** Reads use and limits of all slices that run: Control Group v2, and admin-guide/cgroup-v1 of the kernel. */
export function sliceUses({ slices, version }: CgroupSurvey): readonly SliceUse[] {
  return slices.map((slice) => {
    return {
      slice: slice.name,
      ...present('tasks', amount(slice, 'pids.current')),
      ...present('memory', amount(slice, 'memory.current') ?? amount(slice, 'memory.usage_in_bytes')),
      ...present('throttling', throttlingOf(slice)),
      limits: {
        ...present('cpuQuota', limit('CPUQuota', slice, version)),
        ...present('memoryMax', limit('MemoryMax', slice, version)),
        ...present('tasksMax', limit('TasksMax', slice, version)),
      },
    };
  });
}

function limit(directive: string, slice: CgroupSlice, version: CgroupSurvey['version']): number | undefined {
  const found = limitInKernel(directive, slice, version);
  return typeof found === 'number' ? found : undefined;
}

// Counted in microseconds on cgroup v2, and in nanoseconds on v1.
function throttlingOf({ attributes }: CgroupSlice): Throttling | undefined {
  const stat = attributes.get('cpu.stat') ?? '';
  const [periods, throttled] = [counter(stat, 'nr_periods'), counter(stat, 'nr_throttled')];
  const [micro, nano] = [counter(stat, 'throttled_usec'), counter(stat, 'throttled_time')];
  const seconds = micro === undefined ? nano && nano / 1e9 : micro / 1e6;
  if (periods === undefined || throttled === undefined || seconds === undefined) return undefined;
  return { periods, throttled, seconds };
}

function present<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}
