import { describe, expect, it } from 'vitest';
import { accountOfSlice, accountOfWork, slugIn } from '../../scripts/diagnosis/account-of-slice.ts';
import { memberText, resolvePolicy } from '../support/resolve-policy.ts';

const resolved = resolvePolicy({ 'members/m.yaml': memberText('m', 'researcher', 'expires: 2026-06-01\n') });

describe('the account of a slice', () => {
  it.each([
    ['ds01-researcher-204214.slice', '204214@hertie-school.lan'],
    ['ds01-researcher-s_kaiser.slice', 's.kaiser@hertie-school.lan'],
    ['ds01-researcher-204214-jobs.slice', '204214@hertie-school.lan'],
    ['ds01-student-100001.slice', '100001@hertie-school.lan'],
    // Whose grant has ended is in the default group.
    ['ds01-student-m.slice', 'm@hertie-school.lan'],
  ])('%s is of %s', (slice, account) => {
    expect(accountOfSlice(resolved, slice)?.account).toBe(account);
  });

  it.each([
    // An account that is listed is in another group, and one that is not is in the default group.
    'ds01-student-204214.slice',
    'ds01-researcher-100001.slice',
    'ds01-researcher-m.slice',
    'ds01-gone-100001.slice',
    'other-student-100001.slice',
    'ds01-student-A.slice',
    'ds01-student-.slice',
    'ds01-student.slice',
    'ds01.slice',
    'x.scope',
    '',
  ])('%s is of nobody', (slice) => {
    expect(accountOfSlice(resolved, slice)).toBeUndefined();
  });
});

describe('the account of what runs in a slice', () => {
  it('is also one that has left the slice, with what it has now', () => {
    expect(accountOfWork(resolved, 'ds01-student-204214.slice')?.slice).toBe('ds01-researcher-204214.slice');
    expect(accountOfWork(resolved, 'ds01-researcher-m.slice')?.slice).toBe('ds01-student-m.slice');
    expect(accountOfWork(resolved, 'ds01-student-100001.slice')?.account).toBe('100001@hertie-school.lan');
  });

  it('is nobody in a slice of another site, and where nobody is listed', () => {
    expect(accountOfWork(resolved, 'other-student-204214.slice')).toBeUndefined();
    expect(accountOfWork(resolved, 'ds01-researcher-100001.slice')).toBeUndefined();
    expect(accountOfWork(resolved, 'ds01-student.slice')).toBeUndefined();
  });
});

it('knows the last name of an account in any group', () => {
  expect(slugIn('ds01-gone-s_kaiser.slice')).toBe('s_kaiser');
  expect(slugIn('ds01-student-a-b.slice')).toBe('a');
  expect(slugIn('ds01-student.slice')).toBe('');
});
