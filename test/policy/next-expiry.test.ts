import { describe, expect, it } from 'vitest';
import { endOfDay, nextExpiry } from '../../scripts/policy/next-expiry.ts';
import { memberText, resolvePolicy } from '../support/resolve-policy.ts';

describe('the next end of a grant', () => {
  it('is the first of those that hold, at the end of its last day where the site is', () => {
    const policy = resolvePolicy({
      'members/later.yaml': memberText('later', 'researcher', 'expires: 2026-12-31\n'),
      'members/next.yaml': memberText('next', 'researcher', 'expires: 2026-07-01\n'),
      'members/over.yaml': memberText('over', 'researcher', 'expires: 2026-06-14\n'),
      'members/today.yaml': memberText('today', 'researcher', 'expires: 2026-06-20\n').replace(
        '2025-12-05',
        '2026-06-16',
      ),
    });
    expect(nextExpiry(policy)).toEqual({ day: '2026-07-01', end: new Date('2026-07-01T22:00:00Z') });
  });

  it('is today while today is the last day', () => {
    const policy = resolvePolicy({ 'members/m.yaml': memberText('m', 'researcher', 'expires: 2026-06-15\n') });
    expect(nextExpiry(policy)?.day).toBe('2026-06-15');
  });

  it('is not there where no grant ever ends', () => {
    expect(nextExpiry(resolvePolicy())).toBeUndefined();
  });
});

describe('the end of a day', () => {
  it.each([
    ['2026-06-15', 'UTC', '2026-06-16T00:00:00Z'],
    ['2026-12-31', 'Europe/Berlin', '2026-12-31T23:00:00Z'],
    // Clocks go forward on the 29th: the day has 23 hours, and the next begins in summer time.
    ['2026-03-29', 'Europe/Berlin', '2026-03-29T22:00:00Z'],
    ['2026-10-25', 'Europe/Berlin', '2026-10-25T23:00:00Z'],
    ['2026-06-15', 'Asia/Kolkata', '2026-06-15T18:30:00Z'],
    ['2026-06-15', 'Pacific/Kiritimati', '2026-06-15T10:00:00Z'],
    ['2026-06-15', 'Pacific/Pago_Pago', '2026-06-16T11:00:00Z'],
    // There was no midnight: clocks went from 23:59 to 01:00.
    ['2018-11-03', 'America/Sao_Paulo', '2018-11-04T03:00:00Z'],
    // There were two hours from 23:00: the day goes on.
    ['2018-02-17', 'America/Sao_Paulo', '2018-02-18T03:00:00Z'],
    // There was no such day: it was over when it would have begun.
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00Z'],
  ])('%s in %s is %s', (day, timeZone, end) => {
    expect(endOfDay(day, timeZone)).toEqual(new Date(end));
  });
});
