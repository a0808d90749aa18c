import { isTimeZone } from '../calendar.ts';
import type { Rule } from '../rule.ts';
import { sitesOf } from '../subjects.ts';

/** The days of grants are counted there; a fixed offset would be wrong for half of the year. */
export const timeZone: Rule = {
  id: 'time-zone',
  summary: 'The time zone is a place of the IANA time zone database.',
  severity: 'error',
  *check(draft) {
    for (const { source, content } of sitesOf(draft)) {
      if (isTimeZone(content.timeZone)) continue;
      const fix = 'write an IANA name such as Europe/Berlin, or UTC';
      yield { source, path: ['time_zone'], message: `time zone "${content.timeZone}" does not exist`, fix };
    }
  },
};
