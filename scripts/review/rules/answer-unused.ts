import { shorten } from '../../policy/flow.ts';
import type { Answer } from '../../policy/policy.ts';
import type { Plan } from '../../units/plan.ts';
import type { ChangeRule } from '../change-rule.ts';
import { reviewAnswers } from '../new-answers.ts';

/** What nobody needs today would let something pass on another day that nobody has looked at. */
export const answerUnused: ChangeRule = {
  id: 'answer-unused',
  summary: 'An answer to a guard is written in the change that needs it.',
  severity: 'error',
  *check({ before }, compared) {
    // Where policy before has errors, only a host knows what it has, and which guard is in the way.
    if (!compared || (before && !before.resolved)) return;
    for (const { source, path, answer, isNew, isNeeded } of reviewAnswers(compared)) {
      if (!isNew || isNeeded) continue;
      const { guard, objects, plan } = answer;
      const about = objects === undefined ? `plan ${plan}` : objects.join(', ');
      const message = `this change does not need an answer to "${guard}" for ${shorten(about)}`;
      yield { source, path: [...path, 'guard'], message, fix: fixFor(answer, compared.plan) };
    }
  },
};

function fixFor(answer: Answer, { guards, digest }: Pick<Plan, 'guards' | 'digest'>): string {
  const guard = guards.find(({ id }) => id === answer.guard);
  if (!guard) return 'take it out: no guard of that name is in the way';
  if (answer.objects === undefined) return `the plan of this change is ${digest}`;
  return `what the guard is about: ${shorten(guard.objects.join(', '))}`;
}
