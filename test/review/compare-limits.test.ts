import { describe, expect, it } from 'vitest';
import type { Limits } from '../../scripts/policy/policy.ts';
import { compareLimits, isRaise, limitEffect } from '../../scripts/review/compare-limits.ts';
import { resolvePolicy } from '../support/resolve-policy.ts';

const NONE = Number.POSITIVE_INFINITY;

function rates(texts: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(texts));
}

describe('what another value means', () => {
  it.each([
    [1, 1, undefined],
    [1, 2, 'rises'],
    [2, 1, 'falls'],
    [1, NONE, 'removed'],
    [1, undefined, 'removed'],
    [NONE, 1, 'imposed'],
    [undefined, 1, 'imposed'],
    [undefined, NONE, undefined],
    [undefined, undefined, undefined],
  ])('of %s and %s tasks: %s', (before, after, effect) => {
    expect(limitEffect('tasks', before, after)).toBe(effect);
  });

  it.each([
    [undefined, 100, undefined],
    [undefined, 200, 'rises'],
    [50, undefined, 'rises'],
    [200, undefined, 'falls'],
  ])('of weights %s and %s, which are 100 where nobody says another: %s', (before, after, effect) => {
    expect(limitEffect('weight', before, after)).toBe(effect);
  });

  it.each([
    ['0-3', '0-3', undefined],
    ['0-3', '0,1-3', undefined],
    ['0-3', '0-7', 'rises'],
    ['0-3', '1-2', 'falls'],
    ['0-3', '4-7', 'changes'],
    ['0-3', '3-4', 'changes'],
    ['0-3', 'unlimited', 'removed'],
    ['0-3', undefined, 'removed'],
    ['unlimited', '0-3', 'imposed'],
    [undefined, '0-3', 'imposed'],
    [undefined, 'unlimited', undefined],
  ])('of CPUs %s and %s: %s', (before, after, effect) => {
    expect(limitEffect('cpu_list', before, after)).toBe(effect);
  });

  it.each([
    [{}, {}, undefined],
    [{ '/dev/a': 1, '/dev/b': 1 }, { '/dev/b': 1, '/dev/a': 1 }, undefined],
    [{ '/dev/a': 1 }, { '/dev/a': 2 }, 'rises'],
    [{ '/dev/a': 1 }, {}, 'removed'],
    [{}, { '/dev/a': 1 }, 'imposed'],
    [{ '/dev/a': 1, '/dev/b': 1 }, { '/dev/a': 2 }, 'changes'],
    [{ '/dev/a': 1, '/dev/b': 1 }, { '/dev/a': 2, '/dev/b': 2 }, 'rises'],
    [{ '/dev/a': 1, '/dev/b': 1 }, {}, 'removed'],
    [{ '/dev/a': 2 }, { '/dev/a': 1, '/dev/b': 1 }, 'falls'],
    [{ '/dev/a': 1 }, { '/dev/b': 1 }, 'changes'],
    [{ '/dev/a': 1, '/dev/b': 2 }, { '/dev/a': 2, '/dev/b': 1 }, 'changes'],
  ] as const)('of rates %j and %j: %s', (before, after, effect) => {
    expect(limitEffect('device_rates', rates(before), rates(after))).toBe(effect);
  });

  it('of a rate that nobody has written', () => {
    expect(limitEffect('device_rates', undefined, rates({ '/dev/a': 1 }))).toBe('imposed');
    expect(limitEffect('device_rates', rates({ '/dev/a': 1 }), undefined)).toBe('removed');
  });
});

it('may be more, or cannot', () => {
  const effects = ['rises', 'removed', 'changes', 'falls', 'imposed'] as const;
  expect(effects.filter((effect) => isRaise({ effect }))).toEqual(['rises', 'removed', 'changes']);
});

it('limits differ by scope and field, as policy spells them and with their lines', () => {
  const limitsOf = (group: string): Limits => resolvePolicy().groups.get(group)!.limits;
  const differences = compareLimits(limitsOf('student'), limitsOf('researcher'));
  expect(differences.map(({ scope, field, effect, before, after }) => [scope, field, before, after, effect])).toEqual([
    ['per_group', 'cpu_quota', at('student', 6, '1600%'), at('researcher', 6, '12800%'), 'rises'],
    ['per_group', 'memory_max', at('student', 6, '32G'), at('researcher', 6, '128G'), 'rises'],
    ['per_container', 'cpus', at('student', 7, '16'), at('researcher', 7, '64'), 'rises'],
    ['per_container', 'memory', at('student', 7, '32G'), at('researcher', 7, '128G'), 'rises'],
  ]);
  expect(compareLimits(limitsOf('researcher'), limitsOf('admin')).map(({ effect }) => effect)).toEqual(
    Array.from({ length: 5 }, () => 'removed'),
  );
  expect(compareLimits(limitsOf('admin'), limitsOf('admin'))).toEqual([]);

  function at(group: string, line: number, value: string) {
    return { value, place: { file: `groups/${group}.yaml`, line } };
  }
});
