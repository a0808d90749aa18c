import { amount, type Throttling, throttlingOf, usedMemory } from './counters.ts';
import { limitInKernel } from './kernel.ts';
import type { CgroupSlice, CgroupSurvey } from './live.ts';

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

/** Reads use and limits of all slices that run: Control Group v2, and admin-guide/cgroup-v1 of the kernel. */
export function sliceUses({ slices, version }: CgroupSurvey): readonly SliceUse[] {
  return slices.map((slice) => {
    return {
      slice: slice.name,
      ...present('tasks', amount(slice.attributes, 'pids.current')),
      ...present('memory', usedMemory(slice.attributes)),
      ...present('throttling', throttlingOf(slice.attributes)),
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

function present<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}
