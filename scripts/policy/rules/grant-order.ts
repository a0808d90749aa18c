import { isDay } from '../calendar.ts';
import type { Rule } from '../rule.ts';
import { membersOf } from '../subjects.ts';

/** A grant that ends before it begins is two dates exchanged, or a year mistyped. */
export const grantOrder: Rule = {
  id: 'grant-order',
  summary: 'A grant does not expire before it was granted.',
  severity: 'error',
  *check(draft) {
    for (const { source, content } of membersOf(draft)) {
      const [granted, expires] = [content.granted.value, content.expires.value];
      if (!isDay(granted) || !isDay(expires) || granted <= expires) continue;
      const related = [{ source, path: ['granted'], message: 'granted here' }];
      const message = `expires ${expires} is before granted ${granted}`;
      yield { source, path: ['expires'], message, related, fix: `write a day from ${granted} on, or never` };
    }
  },
};
