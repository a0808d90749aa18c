import type { Rule } from '../rule.ts';
import { answersOf } from '../subjects.ts';

/** With neither, it would let everything pass that the guard stops; with both, nobody knows which one counts. */
export const answerSubject: Rule = {
  id: 'answer-subject',
  summary: 'An answer to a guard names what it lets pass: either its objects or the digest of the plan.',
  severity: 'error',
  *check(draft) {
    for (const { source, path, answer } of answersOf(draft)) {
      const [objects, plan] = [answer.objects !== undefined, answer.plan !== undefined];
      if (objects !== plan) continue;
      const message = `the answer to "${answer.guard}" has ${objects ? 'both' : 'neither'} "objects" ${objects ? 'and' : 'nor'} "plan"`;
      const fix = objects
        ? 'take one of them out'
        : 'add objects: [m001, m002], with exactly the names in the refusal, or plan: and the digest of the plan';
      yield { source, path: objects ? [...path, 'plan'] : path, part: objects ? 'key' : 'value', message, fix };
    }
  },
};
