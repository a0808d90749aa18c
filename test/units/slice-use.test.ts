import { expect, it } from 'vitest';
import { sliceUses } from '../../scripts/units/slice-use.ts';
import { cgroups } from '../support/live-survey.ts';
import { filesV1, filesV2 } from '../support/printed-limits.ts';

const LIMITS = { cpu_quota: 1600, memory_max: 2 ** 35, tasks_max: 65_536 };
const NONE = Number.POSITIVE_INFINITY;
const SLICE = 'ds01-student.slice';

it('is what a slice uses and may use, on cgroup v2', () => {
  const files = {
    ...filesV2(LIMITS),
    'pids.current': '512',
    'memory.current': '1073741824',
    'cpu.stat': 'usage_usec 9\nnr_periods 1000\nnr_throttled 250\nthrottled_usec 1500000',
  };
  expect(sliceUses(cgroups({ [SLICE]: { files } }))).toEqual([
    {
      slice: SLICE,
      tasks: 512,
      memory: 2 ** 30,
      throttling: { periods: 1000, throttled: 250, seconds: 1.5 },
      limits: { cpuQuota: 1600, memoryMax: 2 ** 35, tasksMax: 65_536 },
    },
  ]);
});

it('is the same on cgroup v1', () => {
  const files = {
    ...filesV1(LIMITS),
    'pids.current': '512',
    'memory.usage_in_bytes': '1073741824',
    'cpu.stat': 'nr_periods 1000\nnr_throttled 250\nthrottled_time 1500000000',
  };
  expect(sliceUses(cgroups({ [SLICE]: { files } }, { version: 'v1' }))).toEqual([
    {
      slice: SLICE,
      tasks: 512,
      memory: 2 ** 30,
      throttling: { periods: 1000, throttled: 250, seconds: 1.5 },
      limits: { cpuQuota: 1600, memoryMax: 2 ** 35, tasksMax: 65_536 },
    },
  ]);
});

it('knows what is not limited', () => {
  for (const [version, files] of [
    ['v2', filesV2({})],
    ['v1', filesV1({})],
  ] as const) {
    const [use] = sliceUses(cgroups({ [SLICE]: { files } }, { version }));
    expect(use?.limits).toEqual({ cpuQuota: NONE, memoryMax: NONE, tasksMax: NONE });
  }
});

it('leaves out what the kernel does not say, or not so that it can be read', () => {
  expect(sliceUses(cgroups({ [SLICE]: {} }))).toEqual([{ slice: SLICE, limits: {} }]);
  const files = { 'cpu.max': '', 'memory.max': 'lots', 'pids.max': '-', 'memory.current': 'x', 'pids.current': '' };
  expect(sliceUses(cgroups({ [SLICE]: { files } }))).toEqual([{ slice: SLICE, limits: {} }]);
  // No quota has ever been set: nothing says how long anybody waited.
  for (const stat of ['usage_usec 9', 'nr_periods 1', 'nr_periods 1\nnr_throttled 1'])
    expect(sliceUses(cgroups({ [SLICE]: { files: { 'cpu.stat': stat } } }))).toEqual([{ slice: SLICE, limits: {} }]);
});
