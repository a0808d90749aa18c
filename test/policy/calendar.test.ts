import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, dayOf, isDay, isTimeZone } from '../../scripts/policy/calendar.ts';

function on(instant: string, timeZone: string): string {
  return dayOf({ kind: 'instant', now: new Date(instant) }, timeZone);
}

const days = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9998-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

describe('dayOf', () => {
  it('gives the day that somebody asks about as it is', () => {
    expect(dayOf({ kind: 'day', day: '2026-03-29' }, 'Europe/Berlin')).toBe('2026-03-29');
  });

  // Each zone at the last millisecond of a day and at the first of the next; the offset is the one of that night.
  it.each([
    ['winter', 'Europe/Berlin', '2026-01-15', '+01:00'],
    ['summer', 'Europe/Berlin', '2026-07-15', '+02:00'],
    ['the night before the clocks go forward', 'Europe/Berlin', '2026-03-28', '+01:00'],
    ['the night after they went forward', 'Europe/Berlin', '2026-03-29', '+02:00'],
    ['the night before the clocks go back', 'Europe/Berlin', '2026-10-24', '+02:00'],
    ['the night after they went back', 'Europe/Berlin', '2026-10-25', '+01:00'],
    ['the last day of a leap February', 'Europe/Berlin', '2028-02-29', '+01:00'],
    ['the 28th of a leap February', 'Europe/Berlin', '2028-02-28', '+01:00'],
    ['the last day of another February', 'Europe/Berlin', '2027-02-28', '+01:00'],
    ['the end of a year', 'Europe/Berlin', '2026-12-31', '+01:00'],
    ['no summer time', 'UTC', '2026-07-15', '+00:00'],
    ['the first place on earth', 'Pacific/Kiritimati', '2026-06-01', '+14:00'],
    ['the last place on earth', 'Pacific/Niue', '2026-06-01', '-11:00'],
    ['half an hour in winter', 'America/St_Johns', '2026-01-15', '-03:30'],
    ['half an hour in summer', 'America/St_Johns', '2026-07-15', '-02:30'],
    ['three quarters of an hour', 'Asia/Kathmandu', '2026-06-01', '+05:45'],
    ['clocks that go back at midnight', 'America/Havana', '2026-10-31', '-04:00'],
  ])('%s: %s on %s', (_why, zone, day, offset) => {
    expect(on(`${day}T23:59:59.999${offset}`, zone)).toBe(day);
    const next = new Date(Date.parse(`${day}T23:59:59.999${offset}`) + 1);
    expect(dayOf({ kind: 'instant', now: next }, zone)).toBe(addDays(day, 1));
  });

  it('reads one moment as different days in different places', () => {
    const noon = '2026-06-01T11:00:00Z';
    expect(on(noon, 'Pacific/Kiritimati')).toBe('2026-06-02');
    expect(on(noon, 'Europe/Berlin')).toBe('2026-06-01');
    expect(on('2026-06-01T09:00:00Z', 'Pacific/Niue')).toBe('2026-05-31');
  });

  it('has a day for the hour that happens twice and for the one that does not happen', () => {
    for (const time of ['00:30', '00:59', '01:00', '01:30'])
      expect(on(`2026-10-25T${time}:00Z`, 'Europe/Berlin')).toBe('2026-10-25');
    for (const time of ['00:59', '01:00']) expect(on(`2026-03-29T${time}:00Z`, 'Europe/Berlin')).toBe('2026-03-29');
  });

  it('in UTC is the date of ISO 8601', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), (now) => {
        expect(dayOf({ kind: 'instant', now }, 'UTC')).toBe(now.toISOString().slice(0, 10));
      }),
    );
  });

  it('throws for a time zone that does not exist', () => {
    expect(() => on('2026-06-01T00:00:00Z', 'Europe/Berln')).toThrow(RangeError);
  });
});

describe('isDay', () => {
  it.each(['2028-02-29', '2000-02-29', '2027-02-28', '2026-12-31', '0001-01-01', '9999-12-31'])('%s is one', (text) => {
    expect(isDay(text)).toBe(true);
  });

  it.each([
    '2027-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-01',
    '2026-01-00',
    '2026-01-32',
    '2026-1-1',
    '26-01-01',
    '2026/01/01',
    '2026-01-01T00:00',
    ' 2026-01-01',
    '2026-01-01\n',
    '+12026-01-01',
    'never',
    '',
  ])('"%s" is none', (text) => expect(isDay(text)).toBe(false));

  it('every day of the calendar is one, and there are no others', () => {
    fc.assert(fc.property(days, (day) => void expect(isDay(day)).toBe(true)));
    const texts = fc.tuple(
      fc.integer({ min: 1000, max: 9999 }),
      fc.integer({ min: 10, max: 19 }),
      fc.integer({ min: 10, max: 39 }),
    );
    fc.assert(
      fc.property(texts, ([year, month, day]) => {
        // Day 0 of the month after it is the last day of a month.
        const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
        expect(isDay(`${year}-${month}-${day}`)).toBe(month <= 12 && day <= last);
      }),
    );
  });
});

describe('addDays', () => {
  it.each([
    ['2028-02-28', 1, '2028-02-29'],
    ['2027-02-28', 1, '2027-03-01'],
    ['2028-02-29', 365, '2029-02-28'],
    ['2026-03-28', 2, '2026-03-30'],
    ['2026-10-24', 2, '2026-10-26'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2026-01-01', -1, '2025-12-31'],
    ['2026-06-01', 0, '2026-06-01'],
    ['9999-12-30', 5, '9999-12-31'],
    ['0000-01-02', -5, '0000-01-01'],
  ])('%s and %i days is %s', (day, count, sum) => {
    expect(addDays(day, count)).toBe(sum);
  });

  const counts = fc.integer({ min: -300, max: 300 });

  it('goes back as far as it went', () => {
    const middle = days.filter((day) => day > '0002' && day < '9998');
    fc.assert(fc.property(middle, counts, (day, count) => void expect(addDays(addDays(day, count), -count)).toBe(day)));
  });

  it('keeps the order that days have as text, and gives days', () => {
    fc.assert(
      fc.property(days, fc.integer({ min: 1, max: 99_999 }), (day, count) => {
        const later = addDays(day, count);
        expect(isDay(later)).toBe(true);
        expect(later > day).toBe(true);
      }),
    );
  });
});

describe('isTimeZone', () => {
  it.each(['Europe/Berlin', 'UTC', 'America/St_Johns', 'Pacific/Kiritimati'])('%s is one', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  it.each(['Europe/Berln', '', 'Berlin', '+01:00', '-03:30', 'local'])('"%s" is none', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});
