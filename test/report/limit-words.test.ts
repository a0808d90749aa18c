import { describe, expect, it } from 'vitest';
import { CONTAINER_FIELD_NAMES, SLICE_FIELD_NAMES } from '../../scripts/policy/fields.ts';
import { NO_LIMITS } from '../../scripts/policy/limits.ts';
import type { Limits } from '../../scripts/policy/policy.ts';
import { cores, limitRows } from '../../scripts/report/limit-words.ts';

const place = { file: 'site.yaml', line: 1 };

describe('limits ready to be shown', () => {
  it('are there for every field, in the order of the fields, spelled as in policy', () => {
    const [per_member, per_container] = [SLICE_FIELD_NAMES, CONTAINER_FIELD_NAMES].map((names) => {
      const value = (name: string) => (name.includes('bandwidth') ? new Map() : name === 'allowed_cpus' ? '0-3' : 100);
      return Object.fromEntries([...names].reverse().map((name) => [name, { value: value(name), place }]));
    });
    const limits = { ...NO_LIMITS, per_member, per_container } as Limits;
    expect(limitRows(limits, 'per_member').map(({ field }) => field)).toEqual(SLICE_FIELD_NAMES);
    expect(limitRows(limits, 'per_container').map(({ field }) => field)).toEqual(CONTAINER_FIELD_NAMES);
    expect(limitRows(limits, 'per_group')).toEqual([]);
    expect(limitRows(limits, 'per_member')[0]).toEqual({
      scope: 'per_member',
      field: 'cpu_quota',
      value: '100%',
      meaning: '1 core',
      place,
    });
    expect(limitRows(limits, 'per_member').at(-1)).toMatchObject({ field: 'allowed_cpus', value: '0-3', meaning: '' });
  });

  it.each([
    [1600, '16 cores'],
    [100, '1 core'],
    [150, '1.5 cores'],
    [Number.POSITIVE_INFINITY, ''],
  ])('%d % are %j', (percent, words) => {
    expect(cores(percent)).toBe(words);
  });
});
