import type { Rule } from '../rule.ts';
import { type AnswerSubject, answersOf } from '../subjects.ts';

/** Of two answers to the same, one would go on to count after somebody has taken out the other. */
export const answerUnique: Rule = {
  id: 'answer-unique',
  summary: 'The same guard is answered once for the same objects, or for the same plan.',
  severity: 'error',
  *check(draft) {
    const first = new Map<string, AnswerSubject>();
    for (const subject of answersOf(draft)) {
      const { guard, objects, plan } = subject.answer;
      // The rule `answer-subject` reports it: there is nothing that two of them could have in common.
      if (objects === undefined && plan === undefined) continue;
      const key = JSON.stringify([guard, objects, plan]);
      const other = first.get(key);
      if (!other) first.set(key, subject);
      else {
        const { source, path } = subject;
        const message = `"${guard}" is answered twice for the same ${objects ? 'objects' : 'plan'}`;
        const related = [{ source, path: [...other.path, 'guard'], message: 'the same answer' }];
        yield { source, path: [...path, 'guard'], message, related, fix: 'keep one of them' };
      }
    }
  },
};
