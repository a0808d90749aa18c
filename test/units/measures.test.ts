import { describe, expect, it } from 'vitest';
import { defaultOf, isSame, type Measure, measureText, readCpuSet } from '../../scripts/units/measures.ts';

const NONE = Number.POSITIVE_INFINITY;

describe('what holds where no file says anything', () => {
  it.each([
    ['CPUWeight', 100],
    ['IOWeight', 100],
    ['AllowedCPUs', 'all'],
    ['MemoryMax', NONE],
    ['IOReadBandwidthMax /dev/sda', NONE],
  ] as const)('of %s: %s', (key, measure) => {
    expect(defaultOf(key)).toBe(measure);
  });
});

describe('two measures', () => {
  const same: readonly (readonly [Measure, Measure])[] = [
    [1, 1],
    [NONE, NONE],
    ['all', 'all'],
    [new Set([1, 2]), new Set([2, 1])],
  ];
  it.each(same)('are the same: %o and %o', (a, b) => {
    expect(isSame(a, b)).toBe(true);
  });

  const others: readonly (readonly [Measure, Measure])[] = [
    [1, 2],
    [1, NONE],
    ['all', new Set([1])],
    [new Set([1]), new Set([2])],
    [new Set([1]), new Set([1, 2])],
    [new Set([1, 2]), new Set([1])],
    [new Set([1]), 1],
    // Nobody knows what they amount to.
    ['incomparable', 'incomparable'],
    [Number.NaN, Number.NaN],
  ];
  it.each(others)('are not known to be the same: %o and %o', (a, b) => {
    expect(isSame(a, b)).toBe(false);
    expect(isSame(b, a)).toBe(false);
  });
});

describe('a set of CPUs', () => {
  // Held against systemd 252.
  const read: readonly (readonly [string, Measure])[] = [
    ['0-3 8', new Set([0, 1, 2, 3, 8])],
    ['0-3,8', new Set([0, 1, 2, 3, 8])],
    ['1 0', new Set([0, 1])],
    ['0,,1', new Set([0, 1])],
    ['5,1-2', new Set([1, 2, 5])],
    [' 7 ', new Set([7])],
    ['8191', new Set([8191])],
    ['', 'all'],
    [' ', 'all'],
    // A range that falls is passed over.
    ['0,5-1', new Set([0])],
    ['5-1', Number.NaN],
    ['8192', Number.NaN],
    ['0 9000', Number.NaN],
    ['99999', Number.NaN],
    ['0-', Number.NaN],
    ['-1', Number.NaN],
    ['all', Number.NaN],
    ['0-1-2', Number.NaN],
  ];
  it.each(read)('%j is %o', (text, measure) => {
    expect(readCpuSet(text)).toEqual(measure);
  });
});

describe('a measure as a unit file would say it', () => {
  const texts: readonly (readonly [string, Measure, string])[] = [
    ['CPUQuota', 1600, '1600%'],
    ['CPUQuota', 150.5, '150.5%'],
    ['CPUQuota', NONE, 'infinity'],
    ['CPUWeight', 200, '200'],
    ['MemoryMax', 32 * 2 ** 30, '32G'],
    ['MemoryHigh', 1.5 * 2 ** 40, '1.5T'],
    ['MemorySwapMax', 0, '0'],
    ['MemoryMax', 1000, '1000'],
    ['TasksMax', 65_536, '65536'],
    ['IOWeight', 50, '50'],
    ['IOReadBandwidthMax /dev/sda', 500e6, '500M'],
    ['IOReadBandwidthMax /dev/sda', 2e9, '2G'],
    ['IOWriteBandwidthMax /dev/sda', 3e12, '3T'],
    ['IOWriteBandwidthMax /dev/sda', 1500, '1500'],
    ['IOWriteBandwidthMax /dev/sda', 4000, '4K'],
    ['IOWriteBandwidthMax /dev/sda', NONE, 'infinity'],
    ['AllowedCPUs', 'all', 'infinity'],
    ['AllowedCPUs', new Set([8, 2, 1, 0, 10]), '0-2 8 10'],
    ['AllowedCPUs', new Set([5]), '5'],
    ['MemoryMax', 'incomparable', 'incomparable'],
  ];
  it.each(texts)('%s %o: %s', (key, measure, text) => {
    expect(measureText(key, measure)).toBe(text);
  });
});
