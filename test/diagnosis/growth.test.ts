import { expect, it } from 'vitest';
import { growth, perSecond } from '../../scripts/diagnosis/growth.ts';

it('is the difference between two looks', () => {
  expect([growth(3, 10), growth(10, 10), growth(0, 10)]).toEqual([7, 0, 10]);
});

it('counts from zero what has begun since, and what has begun anew', () => {
  expect([growth(undefined, 10), growth(11, 10)]).toEqual([10, 10]);
});

it('is nothing per second where no time went by', () => {
  expect([perSecond(10, 4), perSecond(10, 0), perSecond(10, -1)]).toEqual([2.5, 0, 0]);
});
