import { isDay } from '../calendar.ts';
import type { Rule } from '../rule.ts';
import { answersOf } from '../subjects.ts';

/** An answer without an end would be there when nobody remembers what it was for. */
export const answerDate: Rule = {
  id: 'answer-date',
  summary: 'An answer to a guard expires on a day that exists, written YYYY-MM-DD.',
  severity: 'error',
  *check(draft) {
    for (const { source, path, answer } of answersOf(draft)) {
      const { value } = answer.expires;
      if (isDay(value)) continue;
      const message = `expires "${value}" is no day that exists, and an answer to a guard always ends`;
      yield { source, path: [...path, 'expires'], message, fix: 'write YYYY-MM-DD, as in 2027-03-31' };
    }
  },
};
