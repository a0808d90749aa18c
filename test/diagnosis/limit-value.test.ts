import { expect, it } from 'vitest';
import { limitValue, percentOf } from '../../scripts/diagnosis/limit-value.ts';
import { aMeter, GROUP } from '../support/case-fixture.ts';

const NONE = Number.POSITIVE_INFINITY;
const limited = aMeter(GROUP, {
  cpu: { cores: 1, quota: 0.07 },
  memory: { current: 1, held: 2, max: 3, high: 4, swapMax: 5 },
  tasks: { current: 6, max: 7, peak: 8 },
  disks: [
    { device: '8:0', read: 1, write: 2, readMax: 9, writeMax: 10 },
    { device: '8:16', read: 3, write: 4 },
  ],
});

it.each([
  ['CPUQuota', 7],
  ['MemoryMax', 3],
  ['MemoryHigh', 4],
  ['MemorySwapMax', 5],
  ['TasksMax', 7],
])('%s is %s', (key, value) => {
  expect(limitValue(limited, key)).toBe(value);
});

it('is that of one device', () => {
  expect(limitValue(limited, 'IOReadBandwidthMax /dev/sda', '8:0')).toBe(9);
  expect(limitValue(limited, 'IOWriteBandwidthMax /dev/sda', '8:0')).toBe(10);
  expect(limitValue(limited, 'IOReadBandwidthMax /dev/sdb', '8:16')).toBe(NONE);
  expect(limitValue(limited, 'IOWriteBandwidthMax /dev/sdb', '8:16')).toBe(NONE);
  expect(limitValue(limited, 'IOReadBandwidthMax /dev/sdc', '8:32')).toBeUndefined();
});

it('is infinite where nothing is limited, and absent where the meter does not say', () => {
  const free = aMeter(GROUP, { cpu: { cores: 1 }, memory: { current: 1, held: 1 }, tasks: { current: 1 } });
  const keys = ['CPUQuota', 'MemoryMax', 'MemoryHigh', 'MemorySwapMax', 'TasksMax'];
  expect(keys.map((key) => limitValue(free, key))).toEqual([NONE, NONE, NONE, NONE, NONE]);
  expect([...keys, 'CPUWeight', 'IOReadBandwidthMax /dev/sda'].map((key) => limitValue(aMeter(GROUP), key))).toEqual(
    Array.from({ length: 7 }),
  );
});

it('counts CPUs in percent, without what floating point makes of it', () => {
  expect([0.07, 16, 0.125, NONE].map(percentOf)).toEqual([7, 1600, 12.5, NONE]);
});
