import { type Day, dayOf } from './calendar.ts';
import type { Resolved } from './resolve.ts';

/** The end of a grant: its last day, and the moment at which that day is over. */
export interface Expiry {
  readonly day: Day;
  readonly end: Date;
}

/** When the first grant ends of those that hold today; nothing if none of them ever does. */
export function nextExpiry({ accounts, site }: Resolved): Expiry | undefined {
  const days = [...accounts.values()].flatMap(({ state, member }) => {
    return state === 'active' && member.expires.value !== 'never' ? [member.expires.value] : [];
  });
  const [day] = days.sort();
  return day === undefined ? undefined : { day, end: endOfDay(day, site.timeZone) };
}

const SECOND = 1000;
const HOUR = 3_600 * SECOND;
/** No place on earth is further from UTC. */
const FURTHEST = 15 * HOUR;

/**
 * The first moment of the day after, as the clocks of a place have it, which is not midnight everywhere: some clocks are
 * changed then. To the second. Throws RangeError for a time zone that does not exist.
 */
export function endOfDay(day: Day, timeZone: string): Date {
  const midnight = Date.parse(`${day}T24:00:00Z`);
  let [before, after] = [(midnight - FURTHEST) / SECOND, (midnight + FURTHEST) / SECOND];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    const isOver = dayOf({ kind: 'instant', now: new Date(middle * SECOND) }, timeZone) > day;
    if (isOver) after = middle;
    else before = middle;
  }
  return new Date(after * SECOND);
}
