import { expect, it } from 'vitest';
import { readWindow } from '../../scripts/cli/doctor-options.ts';
import { UsageError } from '../../scripts/cli/usage-error.ts';

it.each([
  ['1', 1],
  ['5', 5],
  ['600', 600],
])('%s are seconds to look', (text, seconds) => {
  expect(readWindow(text)).toBe(seconds);
});

it.each(['0', '601', '1000', '-1', '1.5', '5s', '', ' 5', '1e2', 'Infinity', '٥'])('"%s" are none', (text) => {
  const read = () => readWindow(text);
  expect(read).toThrow(UsageError);
  expect(read).toThrow(`--watch "${text}" is not a whole number of seconds from 1 to 600`);
});
