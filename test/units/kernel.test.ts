import { describe, expect, it } from 'vitest';
import { devicesIn, type Enforcement, enforcementOf, limitInKernel, otherRates } from '../../scripts/units/kernel.ts';
import type { CgroupSlice, CgroupSurvey } from '../../scripts/units/live.ts';
import type { Measure } from '../../scripts/units/measures.ts';
import { cgroups } from '../support/live-survey.ts';

type Files = Readonly<Record<string, string>>;

function look(version: CgroupSurvey['version'], files: Files): readonly [CgroupSlice, CgroupSurvey] {
  const survey = cgroups({ 'a.slice': { files } }, { version });
  const [slice] = survey.slices;
  if (!slice) throw new Error('a slice');
  return [slice, survey];
}

function ask(version: CgroupSurvey['version'], key: string, wanted: Measure, files: Files): Enforcement {
  return enforcementOf(key, wanted, ...look(version, files));
}

const NONE = Number.POSITIVE_INFINITY;
const ENFORCED = { kind: 'enforced' };
const READ = 'IOReadBandwidthMax /dev/sda';
const WRITE = 'IOWriteBandwidthMax /dev/sda';
const IO_MAX = '259:0 rbps=1000 wbps=max riops=max wiops=max\n8:0 rbps=500000000 wbps=2000 riops=max wiops=7';

type Row = readonly [key: string, measure: Measure, files: Files];
type OtherRow = readonly [...Row, found: Measure];

const SAME_V2: readonly Row[] = [
  ['CPUQuota', 1600, { 'cpu.max': '1600000 100000' }],
  ['CPUQuota', 1600, { 'cpu.max': '160000 10000' }],
  // The kernel counts whole microseconds.
  ['CPUQuota', 33.33, { 'cpu.max': '33330 100000' }],
  ['CPUQuota', 33, { 'cpu.max': '3299 10000' }],
  ['CPUQuota', NONE, { 'cpu.max': 'max 100000' }],
  ['CPUWeight', 200, { 'cpu.weight': '200' }],
  ['MemoryHigh', 2 ** 30, { 'memory.high': '1073741824' }],
  ['MemoryMax', 2 ** 30, { 'memory.max': '1073741824' }],
  ['MemoryMax', NONE, { 'memory.max': 'max' }],
  // In whole pages of 4, 16 or 64 KiB.
  ['MemoryMax', 100_000, { 'memory.max': '98304' }],
  ['MemoryMax', 100_000, { 'memory.max': '65536' }],
  ['MemorySwapMax', 0, { 'memory.swap.max': '0' }],
  ['TasksMax', 65_536, { 'pids.max': '65536' }],
  ['TasksMax', NONE, { 'pids.max': 'max' }],
  ['IOWeight', 50, { 'io.weight': 'default 50' }],
  ['IOWeight', 50, { 'io.weight': 'default 50\n8:0 70' }],
  ['IOWeight', 50, { 'io.weight': '50' }],
  ['AllowedCPUs', new Set([0, 1, 2, 8]), { 'cpuset.cpus': '0-2,8' }],
  ['AllowedCPUs', 'all', { 'cpuset.cpus': '' }],
  [READ, 500e6, { 'io.max': IO_MAX }],
  [WRITE, 2000, { 'io.max': IO_MAX }],
  ['IOWriteBandwidthMax /dev/nvme0n1', NONE, { 'io.max': IO_MAX }],
  [READ, NONE, { 'io.max': '' }],
];

const SAME_V1: readonly Row[] = [
  ['CPUQuota', 1600, { 'cpu.cfs_quota_us': '1600000', 'cpu.cfs_period_us': '100000' }],
  ['CPUQuota', NONE, { 'cpu.cfs_quota_us': '-1', 'cpu.cfs_period_us': '100000' }],
  // Weights are shares: 100 is 1024.
  ['CPUWeight', 100, { 'cpu.shares': '1024' }],
  ['CPUWeight', 33, { 'cpu.shares': '337' }],
  ['CPUWeight', 10_000, { 'cpu.shares': '102400' }],
  ['MemoryMax', 2 ** 30, { 'memory.limit_in_bytes': '1073741824' }],
  ['MemoryMax', NONE, { 'memory.limit_in_bytes': '9223372036854771712' }],
  ['MemoryMax', NONE, { 'memory.limit_in_bytes': '9223372036854710272' }],
  ['TasksMax', 512, { 'pids.max': '512' }],
  ['TasksMax', NONE, { 'pids.max': 'max' }],
  [READ, 1000, { 'blkio.throttle.read_bps_device': '8:0 1000' }],
  [WRITE, 2000, { 'blkio.throttle.write_bps_device': '259:0 1\n8:0 2000' }],
  [READ, NONE, { 'blkio.throttle.read_bps_device': '259:0 1' }],
];

const OTHER_V2: readonly OtherRow[] = [
  ['CPUQuota', 1600, { 'cpu.max': 'max 100000' }, NONE],
  ['CPUQuota', 1600, { 'cpu.max': '1599000 100000' }, 1599],
  ['CPUQuota', NONE, { 'cpu.max': '100000 100000' }, 100],
  ['CPUQuota', 1600, { 'cpu.max': 'max' }, Number.NaN],
  ['CPUWeight', 200, { 'cpu.weight': '100' }, 100],
  ['MemoryMax', 2 ** 30, { 'memory.max': '536870912' }, 2 ** 29],
  ['MemoryMax', 2 ** 30, { 'memory.max': 'max' }, NONE],
  ['MemoryMax', NONE, { 'memory.max': '1073741824' }, 2 ** 30],
  ['TasksMax', 65_536, { 'pids.max': '512' }, 512],
  ['TasksMax', 65_536, { 'pids.max': 'rubbish' }, Number.NaN],
  ['IOWeight', 50, { 'io.weight': 'default 100\n8:0 50' }, 100],
  ['AllowedCPUs', new Set([0, 1]), { 'cpuset.cpus': '0' }, new Set([0])],
  ['AllowedCPUs', new Set([0, 1]), { 'cpuset.cpus': '' }, 'all'],
  ['AllowedCPUs', 'all', { 'cpuset.cpus': '0' }, new Set([0])],
  [READ, 500e6, { 'io.max': '8:0 rbps=max wbps=500000000 riops=max wiops=max' }, NONE],
  // The number of another device begins alike.
  [READ, 500e6, { 'io.max': '8:01 rbps=500000000 wbps=max riops=max wiops=max' }, NONE],
];

const OTHER_V1: readonly OtherRow[] = [
  ['CPUQuota', 1600, { 'cpu.cfs_quota_us': '-1', 'cpu.cfs_period_us': '100000' }, NONE],
  ['CPUQuota', 1600, { 'cpu.cfs_quota_us': '1600000' }, Number.NaN],
  ['CPUWeight', 200, { 'cpu.shares': '200' }, 200],
  ['MemoryMax', 2 ** 30, { 'memory.limit_in_bytes': '9223372036854771712' }, NONE],
  ['TasksMax', 512, { 'pids.max': '513' }, 513],
  [WRITE, 2000, { 'blkio.throttle.write_bps_device': '8:0 3000' }, 3000],
];

describe('the kernel enforces a limit', () => {
  it.each(SAME_V2)('%s %o where (v2) there is %j', (key, wanted, files) => {
    expect(ask('v2', key, wanted, files)).toEqual(ENFORCED);
  });

  it.each(SAME_V1)('%s %o where (v1) there is %j', (key, wanted, files) => {
    expect(ask('v1', key, wanted, files)).toEqual(ENFORCED);
  });

  it.each(OTHER_V2)('not %s %o where (v2) there is %j', (key, wanted, files, found) => {
    const [file] = Object.keys(files);
    expect(ask('v2', key, wanted, files)).toEqual({ kind: 'other', found, file });
  });

  it.each(OTHER_V1)('not %s %o where (v1) there is %j', (key, wanted, files, found) => {
    const [file] = Object.keys(files);
    expect(ask('v1', key, wanted, files)).toEqual({ kind: 'other', found, file });
  });
});

describe('the kernel has no place for a limit', () => {
  it.each([
    ['v1', 'MemoryHigh', 2 ** 30, 'nothing in cgroup v1 says that it is enforced'],
    ['v1', 'MemorySwapMax', 0, 'nothing in cgroup v1 says that it is enforced'],
    ['v1', 'IOWeight', 50, 'nothing in cgroup v1 says that it is enforced'],
    ['v1', 'AllowedCPUs', new Set([1]), 'nothing in cgroup v1 says that it is enforced'],
    ['v2', 'IOWeight', 50, 'the kernel has no io.weight here'],
    ['v2', 'MemorySwapMax', 0, 'the kernel has no memory.swap.max here'],
    ['v2', 'IOReadBandwidthMax /dev/sdz', 1000, 'there is no block device /dev/sdz'],
    ['v1', 'IOWriteBandwidthMax /dev/sdz', 1000, 'there is no block device /dev/sdz'],
  ] as const)('%s, %s: it says why', (version, key, wanted, why) => {
    expect(ask(version, key, wanted, {})).toEqual({ kind: 'absent', why });
  });

  it('and nothing is missing where nothing is to be limited', () => {
    const defaults = [
      ...[['CPUWeight', 100] as const, ['AllowedCPUs', 'all'] as const, ['MemoryMax', NONE] as const],
      ...[['MemoryHigh', NONE] as const, ['IOReadBandwidthMax /dev/sdz', NONE] as const],
    ];
    for (const version of ['v1', 'v2'] as const) {
      for (const [key, measure] of defaults) expect(ask(version, key, measure, {})).toEqual(ENFORCED);
    }
  });
});

describe('rates that the kernel has and no file names', () => {
  it('are found by the number of their device, each direction for itself', () => {
    const [slice, survey] = look('v2', { 'io.max': IO_MAX });
    expect(otherRates([], slice, survey)).toEqual([
      'IOReadBandwidthMax 259:0',
      'IOReadBandwidthMax 8:0',
      'IOWriteBandwidthMax 8:0',
    ]);
    expect(otherRates([READ, WRITE, 'TasksMax'], slice, survey)).toEqual(['IOReadBandwidthMax 259:0']);
    expect(otherRates([READ], slice, survey)).toContain('IOWriteBandwidthMax 8:0');
  });

  it('are found on cgroup v1, too', () => {
    const [slice, survey] = look('v1', { 'blkio.throttle.read_bps_device': '8:0 1000\n259:0 5' });
    expect(otherRates([READ], slice, survey)).toEqual(['IOReadBandwidthMax 259:0']);
  });

  it('are none where the kernel limits only operations, or nothing', () => {
    const [operations, survey] = look('v2', { 'io.max': '8:0 rbps=max wbps=max riops=10 wiops=max' });
    expect(otherRates([], operations, survey)).toEqual([]);
    expect(otherRates([], ...look('v2', {}))).toEqual([]);
    expect(otherRates([], ...look('v1', { 'blkio.throttle.read_bps_device': '' }))).toEqual([]);
  });
});

it('the devices that files speak of are each named once, sorted', () => {
  const texts = [
    '[Slice]\nIOReadBandwidthMax=/dev/sdb 1M\n IOWriteBandwidthMax = /dev/sda 1M\n',
    'IOReadBandwidthMax=/dev/sdb 2M\n# IOReadBandwidthMax=/dev/sdc 1M\nIOWeight=5\n',
    // An empty one does not hide the next line.
    'IOReadBandwidthMax=\nIOWriteBandwidthMax=/dev/sdd 1M\n',
  ];
  expect(devicesIn(texts)).toEqual(['/dev/sda', '/dev/sdb', '/dev/sdd']);
});

describe('a limit as the kernel has it', () => {
  it('is in the unit of its key', () => {
    const [v2] = look('v2', { 'cpu.max': '150000 100000', 'pids.max': 'max', 'cpuset.cpus': '0-1' });
    expect(limitInKernel('CPUQuota', v2, 'v2')).toBe(150);
    expect(limitInKernel('TasksMax', v2, 'v2')).toBe(NONE);
    expect(limitInKernel('AllowedCPUs', v2, 'v2')).toEqual(new Set([0, 1]));
  });

  it('is nothing where the kernel has no place for it, no file, or something else in it', () => {
    const [slice] = look('v1', { 'pids.max': 'many' });
    for (const directive of ['MemoryHigh', 'MemoryMax', 'TasksMax'])
      expect(limitInKernel(directive, slice, 'v1')).toBeUndefined();
  });
});
