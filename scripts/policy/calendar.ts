/** A calendar day, `YYYY-MM-DD`. Compares as text: `'2026-12-31' < '2027-01-01'`. */
export type Day = string;

/** Which day it is: a moment of the clock, read in the site's time zone, or a day somebody asks about. */
export type Clock = { readonly kind: 'instant'; readonly now: Date } | { readonly kind: 'day'; readonly day: Day };

/** The calendar day in a time zone. Throws RangeError for a time zone that does not exist. */
export function dayOf(clock: Clock, timeZone: string): Day {
  if (clock.kind === 'day') return clock.day;
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const parts = new Map(format.formatToParts(clock.now).map(({ type, value }) => [type, value]));
  return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
}

/** Whether a text is a day that exists, written `YYYY-MM-DD`: `2027-02-29` is not, `2028-02-29` is. */
export function isDay(text: string): text is Day {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

// Where a day has four digits for its year: later ones would not compare as text any more.
const [FIRST, LAST] = [Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T00:00:00Z')];

/**
 * The day `days` days after another one, or before it. Pure calendar: no clock changes, no time zone. Stops at the first
 * and the last day that can be written.
 */
export function addDays(day: Day, days: number): Day {
  const time = Date.parse(`${day}T00:00:00Z`) + days * 86_400_000;
  return new Date(Math.min(Math.max(time, FIRST), LAST)).toISOString().slice(0, 10);
}

/** Whether a name is a time zone that this program knows (IANA time zone database). */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-CA', { timeZone: name });
    // Offsets such as "+01:00" are accepted by Intl but know no summer time; policy wants the place.
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
