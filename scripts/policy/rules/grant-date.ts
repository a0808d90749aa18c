import { isDay } from '../calendar.ts';
import type { Rule } from '../rule.ts';
import { membersOf } from '../subjects.ts';

/** A day that does not exist never comes, and the grant would never end. */
export const grantDate: Rule = {
  id: 'grant-date',
  summary: 'granted is a day that exists, written YYYY-MM-DD; expires is one, too, or the word never.',
  severity: 'error',
  *check(draft) {
    for (const { source, content } of membersOf(draft)) {
      for (const [key, { value }] of [
        ['granted', content.granted],
        ['expires', content.expires],
      ] as const) {
        if (isDay(value) || (key === 'expires' && value === 'never')) continue;
        const word = key === 'expires' ? ', or never' : '';
        const exists = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(value) ? 'does not exist in the calendar' : 'is not a day';
        yield {
          source,
          path: [key],
          message: `${key} "${value}" ${exists}`,
          fix: `write YYYY-MM-DD, as in 2027-03-31${word}`,
        };
      }
    }
  },
};
