import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Kind } from '../../scripts/policy/kinds.ts';
import { readValue } from '../../scripts/policy/values.ts';
import { KINDS, raws } from '../support/arbitrary-values.ts';

function fixOf(kind: Kind, raw: unknown): string | undefined {
  const reading = readValue(kind, raw);
  if (reading.ok) throw new Error(`${raw} is a ${kind}`);
  return reading.fix;
}

describe('the way out', () => {
  it.each([
    ['size', '32g', '32G'],
    ['size', '28 GiB', '28G'],
    ['size', '512mb', '512M'],
    ['size', '032G', '32G'],
    ['size', '1.50T', '1.5T'],
    ['size', '0.5G', '512M'],
    ['size', '1.3G', '1.25G: of fractions, only quarters are exact'],
    ['size', 16, '16G if gigabytes are meant: without a unit it is bytes'],
    ['size', 'infinity', 'unlimited'],
    ['percent', '1600', '1600%'],
    ['percent', 1600, '1600%'],
    ['percent', '1600 %', '1600%'],
    ['percent', 100, '100%'],
    ['percent', 99, '9900% if 99 cores are meant'],
    ['percent', '16 cores', '1600% if 16 cores are meant'],
    ['tasks', 'unlimted', 'unlimited'],
    ['tasks', '65536', '65536'],
    ['tasks', '65_536', '65536'],
    ['tasks', '65.536', '65536'],
    ['tasks', -1, 'unlimited'],
    ['count', '0', '0'],
    ['tasks', '4194304', '4194304'],
    ['count', '100000', '100000'],
    ['weight', '100', '100'],
    ['weight', '10000', '10000'],
    ['cores', '16 cores', '16'],
    ['cores', '0.50', '0.5'],
    ['duration', '48', '48h if hours are meant: a bare number says nothing'],
    ['duration', 48, '48h if hours are meant: a bare number says nothing'],
    ['duration', '48 hours', '48h'],
    ['duration', '30M', '30min'],
    ['duration', '7 days', '7d'],
    ['duration', '90sec', '90s'],
    ['cpu_list', 5, '"5"'],
    ['cpu_list', '0-3, 8', '"0-3,8"'],
    ['cpu_list', 'none', 'unlimited'],
    ['device_rates', 'max', 'unlimited'],
  ] as const)('%s %s: write %s', (kind, raw, fix) => {
    expect(fixOf(kind, raw)).toBe(`write ${fix}`);
  });

  it.each([
    ['size', 0],
    ['size', '32X'],
    ['size', '0.001K'],
    ['size', '0G'],
    ['percent', '0'],
    ['percent', 'half'],
    ['tasks', 0],
    ['tasks', '4194305'],
    ['count', 1.5],
    ['count', '100001'],
    ['weight', 'unlimited'],
    ['weight', 'max'],
    ['weight', 10_001],
    ['cores', '0.001'],
    ['cores', '1.2.3'],
    ['duration', '3 months'],
    ['duration', '2 weeks'],
    ['duration', '0h'],
    ['cpu_list', '8,0'],
    ['device_rates', { '/dev/sda': '500m' }],
    ['size', ['32G']],
  ] as const)('%s %s: there is no telling', (kind, raw) => {
    expect(fixOf(kind, raw)).toBeUndefined();
  });

  it('is a value, whenever one is offered', () => {
    for (const kind of KINDS) {
      fc.assert(
        fc.property(
          raws.filter((raw) => raw !== null),
          (raw) => {
            const reading = readValue(kind, raw);
            if (reading.ok || reading.fix === undefined) return;
            const [, text = ''] = /^write (\S+?)(?:: .*| if .*)?$/.exec(reading.fix) ?? [];
            expect(readValue(kind, parse(text)), `${kind} ${JSON.stringify(raw)}: ${reading.fix}`).toMatchObject({
              ok: true,
            });
          },
        ),
        { numRuns: 300 },
      );
    }
  });

  it('of nothing at all is a word, where there is one', () => {
    expect(readValue('tasks', null)).toEqual({
      ok: false,
      message: 'no value',
      fix: 'write a value, or unlimited if no limit is meant',
    });
    expect(readValue('weight', null)).toEqual({
      ok: false,
      message: 'no value',
      fix: 'write a value, or remove the line',
    });
  });

  it('quotes text, but not what is no text, and not all of a novel', () => {
    expect(readValue('weight', 'x')).toMatchObject({ message: '"x" is not a weight: a whole number from 1 to 10000' });
    expect(readValue('weight', true)).toMatchObject({ message: expect.stringMatching(/^true is not/) });
    expect(readValue('weight', { a: [1, null] })).toMatchObject({
      message: expect.stringMatching(/^\{ a: \[1, null\] \} is not/),
    });
    expect(readValue('weight', 'x'.repeat(61))).toMatchObject({ message: expect.stringMatching(/^"x{59}…" is not/) });
    expect(readValue('weight', 'x'.repeat(60))).toMatchObject({ message: expect.stringMatching(/^"x{60}" is not/) });
  });
});
