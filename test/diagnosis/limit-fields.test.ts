import { expect, it } from 'vitest';
import { containerFieldOf, sliceFieldOf } from '../../scripts/diagnosis/limit-fields.ts';

it('is what policy calls a limit', () => {
  const keys = ['CPUQuota', 'MemoryMax', 'TasksMax', 'IOReadBandwidthMax /dev/sda', 'AllowedCPUs', 'CPUShares'];
  expect(keys.map(sliceFieldOf)).toEqual([
    ...['cpu_quota', 'memory_max', 'tasks_max', 'io_read_bandwidth_max', 'allowed_cpus', undefined],
  ]);
  expect(keys.map(containerFieldOf)).toEqual(['cpus', 'memory', 'pids_limit', undefined, undefined, undefined]);
});
