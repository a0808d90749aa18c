import { describe, expect, it } from 'vitest';
import { findLowered, isLower } from '../../scripts/diagnosis/lowered-limits.ts';
import type { Change, Difference } from '../../scripts/units/diff.ts';

describe('a limit is lower than policy says', () => {
  it.each([
    ['TasksMax', '512', '65536', true],
    ['TasksMax', '65536', '65536', false],
    ['TasksMax', '65536', '512', false],
    ['TasksMax', '512', undefined, true],
    ['TasksMax', '512', 'infinity', true],
    ['TasksMax', 'infinity', '512', false],
    ['TasksMax', undefined, '512', false],
    ['TasksMax', undefined, undefined, false],
    ['CPUQuota', '800%', '1600%', true],
    ['CPUQuota', '1600%', '', true],
    ['CPUQuota', '', '1600%', false],
    ['CPUQuota', 'infinity', '1600%', false],
    ['CPUQuota', '800%', 'infinity', true],
    // As numbers, and not as texts.
    ['MemoryMax', '9G', '32G', true],
    ['MemoryMax', '10%', 'infinity', true],
    // A share of a machine and a number: nobody knows.
    ['MemoryMax', '10%', '32G', false],
    ['CPUWeight', '50', undefined, true],
    ['CPUWeight', '100', undefined, false],
    ['AllowedCPUs', '0-3', undefined, true],
    ['AllowedCPUs', '0-3', '0-7', false],
    ['IOReadBandwidthMax /dev/sda', '10M', '100M', true],
    ['IOReadBandwidthMax 8:0', 'a limit', undefined, true],
    ['IOReadBandwidthMax /dev/sda', 'infinity', '100M', false],
    ['LoadState', 'masked', 'loaded', false],
  ])('%s: %s, with %s in policy: %s', (key, found, wanted, lower) => {
    const texts = { ...(found !== undefined && { found }), ...(wanted !== undefined && { wanted }) };
    expect(isLower({ key, ...texts })).toBe(lower);
  });
});

describe('limits that rise when policy is applied', () => {
  const place = { file: 'groups/student.yaml', line: 6 };
  const rises: Difference = { key: 'TasksMax', before: '512', after: '65536', effect: 'rises', place };
  const update = (...differences: readonly Difference[]): Change => {
    return { kind: 'update', path: 'ds01-student.slice', before: '', after: '', place, differences };
  };
  const lowered = { file: '/etc/systemd/system/ds01-student.slice', slice: 'ds01-student.slice', key: 'TasksMax' };

  it('are told with both values', () => {
    expect(findLowered([update(rises)])).toEqual([{ ...lowered, found: '512', wanted: '65536', ours: true, place }]);
  });

  it('are also those that policy does not have, and weights that nobody has set', () => {
    const removed: Difference = { key: 'TasksMax', before: '512', effect: 'removed' };
    const weight: Difference = { key: 'CPUWeight', after: '200', effect: 'rises' };
    expect(findLowered([update(removed, weight)])).toEqual([
      { ...lowered, found: '512', ours: true },
      { ...lowered, key: 'CPUWeight', found: '100', wanted: '200', ours: true },
    ]);
  });

  it('are not those that fall or change, nor those of containers, which no slice has', () => {
    const others: readonly Difference[] = [
      ...(['falls', 'imposed', 'changes'] as const).map((effect) => ({ ...rises, effect })),
      { key: 'TasksMax', before: '1', after: '2' },
      { ...rises, key: 'container memory' },
    ];
    expect(findLowered([update(...others)])).toEqual([]);
  });

  it.each([
    ['create', { ours: true }],
    ['adopt', { ours: false }],
  ] as const)('are told of a file to %s', (kind, more) => {
    const change = { ...update(rises), kind } as Change;
    expect(findLowered([change])).toMatchObject([more]);
  });

  it.each(['remove', 'clear'] as const)('are not told of a file to %s', (kind) => {
    expect(findLowered([{ ...update(rises), kind } as Change])).toEqual([]);
  });

  it('may be of each account of a group', () => {
    const path = 'ds01-student-.slice.d/50-ds01-policy.conf';
    expect(findLowered([{ ...update(rises), path }])).toMatchObject([
      { slice: 'ds01-student-….slice', file: `/etc/systemd/system/${path}` },
    ]);
  });
});
