import { describe, expect, it } from 'vitest';
import { expositionText } from '../../scripts/report/exposition.ts';

const base = { type: 'gauge', help: 'A number.' } as const;

describe('the text format of Prometheus', () => {
  it('is sorted, whatever the order was', () => {
    const samples = [
      { labels: { slice: 'b', kind: 'x' }, value: 1 },
      { labels: { kind: 'x', slice: 'a' }, value: 2 },
    ];
    const metrics = [
      { ...base, name: 'b', samples },
      { ...base, name: 'a', type: 'counter', samples: [{ value: 3 }] } as const,
    ];
    const text = `\
# HELP a A number.
# TYPE a counter
a 3
# HELP b A number.
# TYPE b gauge
b{kind="x",slice="a"} 2
b{kind="x",slice="b"} 1
`;
    expect(expositionText(metrics)).toBe(text);
    expect(expositionText(metrics.toReversed())).toBe(text);
  });

  it('keeps each label value in its quotes', () => {
    const samples = [{ labels: { a: 'x\\y"} 1\nb 2' }, value: 1 }];
    expect(expositionText([{ ...base, name: 'a', samples }])).toContain('a{a="x\\\\y\\"} 1\\nb 2"} 1\n');
  });

  it('spells numbers as Prometheus reads them', () => {
    const values = [0, 1.5, 1_781_517_600.123, 2 ** 53, 1e21, 1e-7, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const samples = [...values, Number.NaN].map((value, index) => ({ labels: { a: String(index) }, value }));
    const lines = expositionText([{ ...base, name: 'a', samples }])
      .trimEnd()
      .split('\n')
      .slice(2);
    expect(lines.map((line) => line.split(' ')[1])).toEqual([
      ...['0', '1.5', '1781517600.123', '9007199254740992', '1e+21', '1e-7', '+Inf', '-Inf', 'NaN'],
    ]);
  });

  it('says nothing of what is not known', () => {
    expect(expositionText([{ ...base, name: 'a', samples: [] }])).toBe('');
  });
});
