import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Kind, KindValues } from '../../scripts/policy/kinds.ts';
import { SCHEMAS } from '../../scripts/policy/schema.ts';
import { printRate } from '../../scripts/policy/value-grammars.ts';
import { expandCpuList, printValue, readValue } from '../../scripts/policy/values.ts';
import { FIELDS, KINDS, raws } from '../support/arbitrary-values.ts';

const ajv = new Ajv2020({ schemas: [SCHEMAS.limits], strictTypes: false, strictRequired: false });

function schemaAccepts(field: string, raw: unknown): boolean {
  return ajv.validate(`limits.schema.json#/$defs/${field}`, raw);
}

function readAs<K extends Kind>(kind: K, raw: unknown): KindValues[K] {
  const reading = readValue(kind, raw);
  if (!reading.ok) throw new Error(reading.message);
  return reading.value;
}

describe('reading', () => {
  it.each(Object.entries(FIELDS))(
    '%s accepts exactly what its schema accepts, and what no pattern can say',
    (field, kind) => {
      const check = (raw: unknown) => {
        const accepted = readValue(kind, raw).ok;
        expect(accepted, JSON.stringify(raw)).toBe(schemaAccepts(field, raw) && saysNoPattern(kind, raw));
      };
      fc.assert(fc.property(raws, check), { numRuns: 500 });
      for (const bound of [
        -1, 0, 0.009, 0.01, 0.011, 1, 1.5, 9999, 10_000, 10_001, 99_999, 100_000, 100_001, 4_194_304, 4_194_305,
      ])
        check(bound);
      for (const text of [
        '0%',
        '1%',
        '9999999%',
        '10000000%',
        '0K',
        '1K',
        '999999.75T',
        '1000000T',
        '0s',
        '1s',
        '999999d',
        '1000000d',
        '0',
        '9999',
        '10000',
        'unlimited',
      ])
        check(text);
    },
  );

  // The order of CPUs, and decimals: floating point makes a trap of "multipleOf".
  function saysNoPattern(kind: Kind, raw: unknown): boolean {
    if (kind === 'cores' && typeof raw === 'number') return /^[0-9]+([.][0-9]{1,2})?$/.test(String(raw));
    if (kind !== 'cpu_list' || raw === 'unlimited') return true;
    const numbers = String(raw)
      .split(',')
      .map((part) => part.split('-').map(Number));
    const flat = numbers.flatMap(([first = 0, last = first]) => [first, last + 0.5]);
    return flat.every((number, index) => index === 0 || number > flat[index - 1]!);
  }

  it.each(KINDS.filter((kind) => kind !== 'device_rates'))(
    'what is printed of a %s reads as the same value',
    (kind) => {
      fc.assert(
        fc.property(raws, (raw) => {
          const reading = readValue(kind, raw);
          if (!reading.ok) return;
          const printed = printValue(kind, reading.value as never);
          const again = readValue(
            kind,
            typeof reading.value === 'number' && /^[0-9.]+$/.test(printed) ? Number(printed) : printed,
          );
          expect(again).toEqual(reading);
        }),
        { numRuns: 500 },
      );
    },
  );

  it('of sizes and rates that is tested on good ones, from the smallest to the largest', () => {
    const good = fc
      .tuple(
        fc.integer({ min: 1, max: 999_999 }),
        fc.constantFrom('', '.5', '.25', '.75'),
        fc.constantFrom('K', 'M', 'G', 'T'),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(good, (text) => {
        const value = readAs('size', text);
        expect(readAs('size', printValue('size', value))).toBe(value);
        const rates = readAs('device_rates', { '/dev/sda': text });
        expect(readAs('device_rates', { '/dev/sda': printRate(rates.get('/dev/sda')!) })).toEqual(rates);
      }),
    );
  });

  it('knows what the units are worth', () => {
    expect(readAs('size', '1K')).toBe(1024);
    expect(readAs('size', '1.25K')).toBe(1280);
    expect(readAs('size', '32G')).toBe(34_359_738_368);
    expect(readAs('size', '1.5T')).toBe(1.5 * 2 ** 40);
    expect(readAs('percent', '1600%')).toBe(1600);
    expect(readAs('duration', '48h')).toBe(172_800);
    expect([readAs('duration', '90s'), readAs('duration', '2min'), readAs('duration', '7d')]).toEqual([
      90, 120, 604_800,
    ]);
    expect(readAs('device_rates', { '/dev/sda': '500M', '/dev/sdb': '1.5K' })).toEqual(
      new Map([
        ['/dev/sda', 5e8],
        ['/dev/sdb', 1500],
      ]),
    );
    expect(readAs('device_rates', 'unlimited')).toEqual(new Map());
    expect(readAs('tasks', 'unlimited')).toBe(Number.POSITIVE_INFINITY);
    expect(readAs('cpu_list', '0-31,064')).toBe('0-31,64');
    expect(readAs('cores', 0.07)).toBe(0.07);
  });
});

describe('printing', () => {
  it.each([
    ['size', 2 ** 30, '1G'],
    ['size', 1536 * 2 ** 20, '1.5G'],
    ['size', 1000 * 2 ** 20, '1000M'],
    ['size', 1280, '1.25K'],
    ['size', 1000, '1000'],
    ['size', 1_024_000_000, '1024000000'],
    ['size', Number.POSITIVE_INFINITY, 'unlimited'],
    ['percent', 1600, '1600%'],
    ['percent', Number.POSITIVE_INFINITY, 'unlimited'],
    ['duration', 172_800, '2d'],
    ['duration', 5400, '90min'],
    ['duration', 90, '90s'],
    ['cores', 0.5, '0.5'],
    ['weight', 100, '100'],
    ['count', 0, '0'],
    ['cpu_list', '0-3', '0-3'],
    ['device_rates', new Map(), 'unlimited'],
    [
      'device_rates',
      new Map([
        ['/dev/sda', 5e8],
        ['/dev/sdb', 1500],
      ]),
      '/dev/sda 500M, /dev/sdb 1.5K',
    ],
  ] as const)('%s %s is %s', (kind, value, text) => {
    expect(printValue(kind, value as never)).toBe(text);
  });

  it('gives equal values one spelling', () => {
    expect(printValue('size', readAs('size', '1024M'))).toBe(printValue('size', readAs('size', '1G')));
    expect(printValue('duration', readAs('duration', '48h'))).toBe(printValue('duration', readAs('duration', '2d')));
  });
});

describe('expandCpuList', () => {
  it('gives the single CPUs', () => {
    expect(expandCpuList('0-2,8,10-10')).toEqual([0, 1, 2, 8, 10]);
  });

  it('gives as many as a set of them has, in rising order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(300), { minLength: 1 }), (cpus) => {
        const sorted = [...cpus].sort((a, b) => a - b);
        expect(expandCpuList(readAs('cpu_list', sorted.join(',')))).toEqual(sorted);
      }),
    );
  });
});
