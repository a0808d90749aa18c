import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, isDay } from '../../scripts/policy/calendar.ts';
import { readDay } from '../../scripts/policy/read-day.ts';

describe('a day', () => {
  it.each([
    ['2027-03-31', '2027-03-31'],
    ['+10d', '2026-12-04'],
    ['+2w', '2026-12-08'],
    ['+6m', '2027-05-24'],
    ['+1y', '2027-11-24'],
    ['+14m', '2028-01-24'],
  ])('%s, on 2026-11-24, is %s', (text, day) => {
    expect(readDay(text, '2026-11-24')).toEqual({ ok: true, value: day });
  });

  it.each([
    ['+1m', '2027-01-31', '2027-02-28'],
    ['+1m', '2028-01-31', '2028-02-29'],
    ['+1y', '2028-02-29', '2029-02-28'],
    ['+1m', '2026-11-30', '2026-12-30'],
    ['+1m', '2026-12-31', '2027-01-31'],
    ['+9999y', '2026-11-24', '9999-12-31'],
    ['+9999d', '9999-12-30', '9999-12-31'],
  ])('%s from %s on is %s, which there is', (text, from, day) => {
    expect(readDay(text, from)).toEqual({ ok: true, value: day });
  });

  it.each([
    ['2027-02-29', '"2027-02-29" does not exist in the calendar'],
    ['soon', '"soon" is not a day'],
    ['+0d', '"+0d" is not a day'],
    ['-1d', '"-1d" is not a day'],
    ['6m', '"6m" is not a day'],
    ['+6 months', '"+6 months" is not a day'],
    ['31.03.2027', '"31.03.2027" is not a day'],
    ['', '"" is not a day'],
  ])('is not %j', (text, message) => {
    expect(readDay(text, '2026-11-24')).toEqual({
      ok: false,
      message,
      fix: 'write YYYY-MM-DD, or +10d, +2w, +6m, +1y',
    });
  });

  it('is never before the one it is counted from, and months are as long as they are', () => {
    const day = fc.integer({ min: 0, max: 80_000 }).map((days) => addDays('1990-01-01', days));
    const length = fc
      .tuple(fc.integer({ min: 1, max: 99 }), fc.constantFrom('d', 'w', 'm', 'y'))
      .map(([n, unit]) => `+${n}${unit}`);
    fc.assert(
      fc.property(day, length, (from, text) => {
        const reading = readDay(text, from);
        if (!reading.ok) throw new Error(reading.message);
        expect(isDay(reading.value)).toBe(true);
        expect(reading.value > from).toBe(true);
        if (/[my]$/.test(text)) expect(reading.value.slice(8) <= from.slice(8)).toBe(true);
      }),
    );
  });
});
