import { isDay } from '../calendar.ts';
import type { Rule } from '../rule.ts';
import { membersOf } from '../subjects.ts';

/** A grant that is over, or that has not begun, changes nothing; the file may still look as if it did. */
export const grantInactive: Rule = {
  id: 'grant-inactive',
  summary: 'A grant is in effect: it has begun and has not expired.',
  severity: 'warning',
  *check(draft, { today }) {
    const site = draft.site?.content;
    const group = site ? `"${site.defaultGroup.value}"` : 'the default group';
    for (const { source, content } of membersOf(draft)) {
      const [granted, expires] = [content.granted.value, content.expires.value];
      // The wrong way round, they say nothing about when: `grant-order` reports them.
      if (isDay(granted) && isDay(expires) && expires < granted) continue;
      const who = `"${content.id}" is in ${group}`;
      if (isDay(expires) && expires < today) {
        const fix = 'grant it anew, or delete the file';
        yield {
          source,
          path: ['expires'],
          message: `the grant expired on ${expires} and takes no effect: ${who}`,
          fix,
        };
      } else if (isDay(granted) && granted > today) {
        const fix = 'correct the day if the grant is meant to hold now';
        yield {
          source,
          path: ['granted'],
          message: `the grant takes no effect before ${granted}: ${who} until then`,
          fix,
        };
      }
    }
  },
};
