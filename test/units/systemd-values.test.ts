import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import type { Measure } from '../../scripts/units/measures.ts';
import { readDirective } from '../../scripts/units/systemd-values.ts';
import { HAS_SYSTEMD } from '../support/systemd.ts';

const NONE = Number.POSITIVE_INFINITY;
const M = 2 ** 20;
const G = 2 ** 30;

// What systemd 252 held of each when it was asked.
const READ: readonly (readonly [directive: string, value: string, measure: Measure])[] = [
  ['CPUQuota', '1600%', 1600],
  ['CPUQuota', '150.5%', 150.5],
  ['CPUQuota', '0.1%', 0.1],
  ['CPUQuota', '12.34%', 12.34],
  ['CPUQuota', '', NONE],
  ['CPUWeight', '200', 200],
  ['CPUWeight', '1', 1],
  ['CPUWeight', '10000', 10_000],
  ['CPUWeight', '0x10', 16],
  ['CPUWeight', '', 100],
  ['CPUWeight', 'idle', 'incomparable'],
  ['IOWeight', '500', 500],
  ['IOWeight', '', 100],
  ['MemoryMax', '32G', 32 * G],
  ['MemoryMax', '32 G', 32 * G],
  ['MemoryMax', '1.5G', 1.5 * G],
  ['MemoryMax', '1G512M', G + 512 * M],
  ['MemoryMax', '1G 512M', G + 512 * M],
  ['MemoryMax', '1024B', 1024],
  ['MemoryMax', '1024', 1024],
  ['MemoryMax', '1.999K', 2046],
  ['MemoryMax', '0.5K', 512],
  ['MemoryMax', '1P', 2 ** 50],
  ['MemoryMax', '8E', 2 ** 63],
  ['MemoryMax', 'infinity', NONE],
  ['MemoryMax', '', NONE],
  ['MemoryMax', '50%', 'incomparable'],
  ['MemoryHigh', '512M', 512 * M],
  ['MemoryHigh', '100%', 'incomparable'],
  ['MemorySwapMax', '0', 0],
  ['MemorySwapMax', '8G', 8 * G],
  ['TasksMax', '65536', 65_536],
  ['TasksMax', '+5', 5],
  ['TasksMax', '0x10', 16],
  ['TasksMax', '0X1f', 31],
  ['TasksMax', '010', 8],
  ['TasksMax', 'infinity', NONE],
  ['TasksMax', '10%', 'incomparable'],
  ['TasksMax', '', 'incomparable'],
  ['AllowedCPUs', '0-3 8', new Set([0, 1, 2, 3, 8])],
  ['AllowedCPUs', '1 0', new Set([0, 1])],
  ['AllowedCPUs', '0,,1', new Set([0, 1])],
  ['AllowedCPUs', '5,1-2', new Set([1, 2, 5])],
  ['AllowedCPUs', '', 'all'],
];

// Of a rate, what stands behind the device.
const RATES: readonly (readonly [value: string, measure: number])[] = [
  ['500M', 500e6],
  ['1.5K', 1500],
  ['1G 500M', 1.5e9],
  ['17E', 17e18],
  ['infinity', NONE],
];

const IGNORED: readonly (readonly [directive: string, value: string])[] = [
  ...['1600', '12.345%', '0%', '-5%', 'infinity', '1600 %'].map((value) => ['CPUQuota', value] as const),
  ...['0', '10001', 'x', '1.5', '-1'].map((value) => ['CPUWeight', value] as const),
  ...['0', '10001', 'idle'].map((value) => ['IOWeight', value] as const),
  ...['32g', '0', '512M1G', '1K1K', '17E', '0x10', '1e3', '32GB', '150%', 'unlimited', '-1', '.5G'].map((value) => {
    return ['MemoryMax', value] as const;
  }),
  ...['0', '32g'].map((value) => ['MemoryHigh', value] as const),
  ...['32g', '16E'].map((value) => ['MemorySwapMax', value] as const),
  ...['0', '-1', 'unlimited', '1.5', '09', '019', '0x', '150%', '1K'].map((value) => ['TasksMax', value] as const),
  ...['9000', '8192', 'a', '0-', '1-x', '5-1'].map((value) => ['AllowedCPUs', value] as const),
];
const IGNORED_RATES = ['0', '1e3', '500m', 'unlimited', '19E', 'x'];
const RATE_DIRECTIVES = ['IOReadBandwidthMax', 'IOWriteBandwidthMax'];

describe('a value in a unit file', () => {
  it.each(READ)('%s=%s is understood as systemd does: %o', (directive, value, measure) => {
    expect(readDirective(directive, value)).toEqual(measure);
  });

  it.each(RATES)('rate %s is %d bytes per second', (value, measure) => {
    for (const directive of RATE_DIRECTIVES) expect(readDirective(directive, value)).toBe(measure);
  });

  it.each(IGNORED)('%s=%s is one that systemd ignores', (directive, value) => {
    expect(readDirective(directive, value)).toBeNaN();
  });

  it.each(IGNORED_RATES)('rate %s is one that systemd ignores', (value) => {
    for (const directive of RATE_DIRECTIVES) expect(readDirective(directive, value)).toBeNaN();
  });

  it('says nothing if its directive limits nothing, whatever that is called', () => {
    for (const directive of ['CPUAccounting', 'Description', 'memorymax', 'constructor', '__proto__', '']) {
      expect(readDirective(directive, '1')).toBeUndefined();
      expect(readDirective(directive, '')).toBeUndefined();
    }
  });
});

describe.skipIf(!HAS_SYSTEMD)('systemd-analyze', () => {
  it('complains about exactly the values that are taken for ignored', () => {
    const rate = (value: string) => ['IOReadBandwidthMax', `/dev/null ${value}`] as const;
    const lines = [
      ...READ.map(([directive, value]) => ({ line: `${directive}=${value}`, ignored: false })),
      ...RATES.map(([value]) => ({ line: rate(value).join('='), ignored: false })),
      ...IGNORED.map(([directive, value]) => ({ line: `${directive}=${value}`, ignored: true })),
      ...IGNORED_RATES.map((value) => ({ line: rate(value).join('='), ignored: true })),
    ];
    const folder = mkdtempSync(join(tmpdir(), 'ds01-policy-test-'));
    try {
      const text = ['[Slice]', ...lines.map(({ line }) => line)].join('\n');
      writeFileSync(join(folder, 'x.slice'), text);
      const { stderr } = execaSync('systemd-analyze', ['verify', join(folder, 'x.slice')], { reject: false });
      const said = new Set([...stderr.matchAll(/x[.]slice:([0-9]+): /g)].map(([, number]) => Number(number)));
      expect(lines.flatMap(({ line }, index) => (said.has(index + 2) ? [line] : []))).toEqual(
        lines.flatMap(({ line, ignored }) => (ignored ? [line] : [])),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
