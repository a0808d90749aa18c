import { addDays, type Day, isDay } from './calendar.ts';
import { shorten } from './flow.ts';
import type { Reading } from './values.ts';

/**
 * Reads a day as people give it: `2027-03-31`, or how long from another day on: `+10d`, `+2w`, `+6m`, `+1y`. Months end
 * where they end: one month after January 31st is the last day of February.
 */
export function readDay(text: string, from: Day): Reading<Day> {
  if (isDay(text)) return { ok: true, value: text };
  const [, number, unit] = /^\+([1-9][0-9]{0,3})([dwmy])$/.exec(text) ?? [];
  if (number !== undefined && unit !== undefined) return { ok: true, value: later(from, Number(number), unit) };
  const exists = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? 'does not exist in the calendar' : 'is not a day';
  return { ok: false, message: `"${shorten(text)}" ${exists}`, fix: 'write YYYY-MM-DD, or +10d, +2w, +6m, +1y' };
}

function later(from: Day, number: number, unit: string): Day {
  if (unit === 'd') return addDays(from, number);
  if (unit === 'w') return addDays(from, number * 7);
  return addMonths(from, unit === 'm' ? number : number * 12);
}

function addMonths(day: Day, months: number): Day {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  const all = year * 12 + month - 1 + months;
  const last = Number(addDays(firstOf(all + 1), -1).slice(-2));
  return addDays(firstOf(all), Math.min(date, last) - 1);
}

// Months counted from the year 0. After the last day that can be written there is none.
function firstOf(months: number): Day {
  const year = Math.floor(months / 12);
  if (year > 9999) return '9999-12-31';
  return `${String(year).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}-01`;
}
