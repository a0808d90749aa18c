import { expect, it } from 'vitest';
import { nearest } from '../../scripts/policy/nearest.ts';

const KNOWN = ['tasks_max', 'memory_max', 'memory_high', 'plan', 'apply'];

it.each([
  ['task_max', 'tasks_max'],
  ['TASKS_MAX', 'tasks_max'],
  ['memory', undefined],
  ['memoryhigh', 'memory_high'],
  ['plna', 'plan'],
  ['pln', 'plan'],
  ['pl', undefined],
  ['', undefined],
])('"%s" was meant as %s', (name, known) => {
  expect(nearest(name, KNOWN)).toBe(known);
});

it('of nothing is nothing', () => {
  expect(nearest('plan', [])).toBeUndefined();
});
