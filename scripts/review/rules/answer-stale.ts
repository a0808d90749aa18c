import type { ChangeRule } from '../change-rule.ts';
import { reviewAnswers } from '../new-answers.ts';

/** It would be merged, and every host would refuse what it was written for. */
export const answerStale: ChangeRule = {
  id: 'answer-stale',
  summary: 'An answer to a guard that a change needs has not expired.',
  severity: 'error',
  *check(_change, compared) {
    if (!compared) return;
    for (const { source, path, answer, isNeeded } of reviewAnswers(compared)) {
      const { value } = answer.expires;
      if (!isNeeded || value >= compared.today) continue;
      const message = `the answer to "${answer.guard}" expired on ${value}, and this change needs it`;
      const fix = `write the day by which hosts have the change, ${compared.today} or later`;
      yield { source, path: [...path, 'expires'], message, fix };
    }
  },
};
