import { describe, expect, it } from 'vitest';
import { findUsageFocus, readEvery } from '../../scripts/cli/top-options.ts';
import { UsageError } from '../../scripts/cli/usage-error.ts';
import { resolvePolicy } from '../support/resolve-policy.ts';

describe('seconds between two looks', () => {
  it.each([
    ['1', 1],
    ['2', 2],
    ['60', 60],
    ['07', 7],
  ])('%s', (text, seconds) => {
    expect(readEvery(text)).toBe(seconds);
  });

  it.each(['0', '61', '100', '-1', '1.5', '2s', ' 2', '', '1e1', '٣'])('%j is refused', (text) => {
    expect(() => readEvery(text)).toThrow(UsageError);
    expect(() => readEvery(text)).toThrow(`--every "${text}" is not a whole number of seconds from 1 to 60`);
  });
});

describe('whose use', () => {
  const resolved = resolvePolicy();

  it.each(['student', 'Student'])('%s is a group', (word) => {
    expect(findUsageFocus(resolved, word)).toMatchObject({ kind: 'group', group: { slice: 'ds01-student.slice' } });
  });

  it.each([
    ['204214', 'ds01-researcher-204214.slice'],
    ['S.Kaiser@hertie-school.lan', 'ds01-researcher-s_kaiser.slice'],
    ['s_kaiser', 'ds01-researcher-s_kaiser.slice'],
    ['100001', 'ds01-student-100001.slice'],
    // Who has the name of a group is asked about with a domain.
    ['student@hertie-school.lan', 'ds01-student-student.slice'],
  ])('%s is an account', (word, slice) => {
    expect(findUsageFocus(resolved, word)).toMatchObject({ kind: 'account', entitlement: { slice } });
  });

  it.each(['a b', 'x@example.org', '__', '\u001b'])('%j is neither', (word) => {
    expect(() => findUsageFocus(resolved, word)).toThrow(UsageError);
    expect(() => findUsageFocus(resolved, word)).toThrow(
      `"${word}" is neither a group nor an account of this site: ` +
        'write name@hertie-school.lan, or one of admin, researcher, student',
    );
  });
});
