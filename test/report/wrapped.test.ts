import { expect, it } from 'vitest';
import { hanging, wrapped } from '../../scripts/report/wrapped.ts';

it('breaks at blanks, as late as it can', () => {
  expect(wrapped('aa bb cc', 5)).toEqual(['aa bb', 'cc']);
  expect(wrapped('aa bb cc', 4)).toEqual(['aa', 'bb', 'cc']);
  expect(wrapped('aa bb cc', 8)).toEqual(['aa bb cc']);
  expect(wrapped('', 5)).toEqual(['']);
});

it('leaves words whole that are longer than a line', () => {
  expect(wrapped('a /sys/fs/cgroup b', 5)).toEqual(['a', '/sys/fs/cgroup', 'b']);
  expect(wrapped('/sys/fs/cgroup', 5)).toEqual(['/sys/fs/cgroup']);
});

it('keeps percent with their number', () => {
  expect(wrapped('aa 10 % b', 6)).toEqual(['aa', '10 % b']);
});

it('hangs below the first column, and that counts', () => {
  expect(hanging('1. ', 'aa bb cc', 8)).toEqual(['1. aa bb', '   cc']);
  expect(hanging('  ok  ', '', 8)).toEqual(['  ok']);
});
