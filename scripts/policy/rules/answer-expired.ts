import { isDay } from '../calendar.ts';
import type { Rule } from '../rule.ts';
import { answersOf } from '../subjects.ts';

/** What is left over in the file looks as if something were still allowed. */
export const answerExpired: Rule = {
  id: 'answer-expired',
  summary: 'An answer to a guard has not expired.',
  severity: 'warning',
  *check(draft, { today }) {
    for (const { source, path, answer } of answersOf(draft)) {
      const { value } = answer.expires;
      if (!isDay(value) || value >= today) continue;
      const message = `the answer to "${answer.guard}" expired on ${value} and lets nothing pass any more`;
      yield { source, path: [...path, 'expires'], message, fix: 'take it out, and the file with the last one' };
    }
  },
};
