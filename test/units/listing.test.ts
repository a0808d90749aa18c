import { expect, it } from 'vitest';
import { count, listing } from '../../scripts/units/listing.ts';

it('one of something is one, and anything else are many', () => {
  expect([0, 1, 2].map((number) => count(number, 'unit file'))).toEqual([
    '0 unit files',
    '1 unit file',
    '2 unit files',
  ]);
});

it('ten names are all told, and of more than that how many there are', () => {
  const names = Array.from({ length: 12 }, (_, index) => `a${index}`);
  expect(listing(names.slice(0, 10))).toBe('a0, a1, a2, a3, a4, a5, a6, a7, a8, a9');
  expect(listing(names)).toBe('a0, a1, a2, a3, a4, a5, a6, a7, a8, a9 and 2 more');
});
