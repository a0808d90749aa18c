import { describe, expect, it } from 'vitest';
import type { Measure } from '../../scripts/units/measures.ts';
import { readShown } from '../../scripts/units/shown-values.ts';

const LARGEST = '18446744073709551615';

function read(...lines: readonly string[]): Readonly<Record<string, Measure>> {
  const block = lines.map((line) => [line.replace(/=.*/, ''), line.replace(/^[^=]*=/, '')] as const);
  return Object.fromEntries(readShown(new Map(block)));
}

describe('what systemctl show prints of a limit', () => {
  it.each([
    ['CPUQuotaPerSecUSec=16s', { CPUQuota: 1600 }],
    ['CPUQuotaPerSecUSec=1.500000s', { CPUQuota: 150 }],
    ['CPUQuotaPerSecUSec=15ms', { CPUQuota: 1.5 }],
    ['CPUQuotaPerSecUSec=1.500ms', { CPUQuota: 0.15 }],
    ['CPUQuotaPerSecUSec=100us', { CPUQuota: 0.01 }],
    ['CPUQuotaPerSecUSec=2min 3.450000s', { CPUQuota: 12_345 }],
    ['CPUQuotaPerSecUSec=1d 3h 46min 39.990000s', { CPUQuota: 9_999_999 }],
    ['CPUQuotaPerSecUSec=1w', { CPUQuota: 60_480_000 }],
    ['CPUWeight=200', { CPUWeight: 200 }],
    ['IOWeight=50', { IOWeight: 50 }],
    ['MemoryHigh=1073741824', { MemoryHigh: 2 ** 30 }],
    ['MemoryMax=34359738368', { MemoryMax: 32 * 2 ** 30 }],
    ['MemorySwapMax=0', { MemorySwapMax: 0 }],
    ['TasksMax=65536', { TasksMax: 65_536 }],
    ['AllowedCPUs=0-2 8', { AllowedCPUs: new Set([0, 1, 2, 8]) }],
    ['IOReadBandwidthMax=/dev/sda 500000000', { 'IOReadBandwidthMax /dev/sda': 500e6 }],
    [
      'IOWriteBandwidthMax=/dev/sda 1500 /dev/nvme0n1 2000',
      { 'IOWriteBandwidthMax /dev/sda': 1500, 'IOWriteBandwidthMax /dev/nvme0n1': 2000 },
    ],
  ])('%s', (line, limits) => {
    expect(read(line)).toEqual(limits);
  });

  it('is no limit where it is the default, in the words of new and of old versions', () => {
    for (const none of ['infinity', LARGEST]) {
      const lines = ['CPUQuotaPerSecUSec', 'MemoryHigh', 'MemoryMax', 'MemorySwapMax', 'TasksMax'];
      expect(read(...lines.map((name) => `${name}=${none}`))).toEqual({});
    }
    for (const none of ['[not set]', LARGEST, '100']) expect(read(`CPUWeight=${none}`, `IOWeight=${none}`)).toEqual({});
    expect(read('AllowedCPUs=', 'IOReadBandwidthMax=', 'IOWriteBandwidthMax=')).toEqual({});
    // An old systemd does not know the property at all.
    expect(read()).toEqual({});
  });

  it('is something that equals nothing where it cannot be read', () => {
    for (const [line, key] of [
      ['CPUWeight=idle', 'CPUWeight'],
      ['MemoryMax=[no data]', 'MemoryMax'],
      ['TasksMax=', 'TasksMax'],
      ['CPUQuotaPerSecUSec=1 fortnight', 'CPUQuota'],
      ['CPUQuotaPerSecUSec=', 'CPUQuota'],
      ['AllowedCPUs=some', 'AllowedCPUs'],
    ] as const) {
      expect(read(line)).toEqual({ [key]: Number.NaN });
    }
  });
});
