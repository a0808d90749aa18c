import type { Answer } from '../policy/policy.ts';
import { flowText, type WrittenMap } from '../policy/yaml-text.ts';
import { ANSWERABLE, type Guard } from './guards.ts';

/** A guard that lets the plan pass, and the answer in policy because of which it does. */
export interface AnsweredGuard {
  readonly guard: Guard;
  readonly answer: Answer;
}

/** Guards that speak against a plan, and those that policy has an answer to. */
export interface Answering {
  /** Each says in its way out what to write to let exactly this pass. */
  readonly guards: readonly Guard[];
  readonly answered: readonly AnsweredGuard[];
}

/** Says which guards of the plan with a digest are answered. `answers` are those that count on the day of the plan. */
export function answerGuards(found: readonly Guard[], answers: readonly Answer[], digest: string): Answering {
  const answered = found.flatMap((guard) => {
    const answer = answers.find((candidate) => isAnswerTo(candidate, guard, digest));
    return answer ? [{ guard, answer }] : [];
  });
  const passed = new Set(answered.map(({ guard }) => guard));
  const guards = found.filter((guard) => !passed.has(guard)).map((guard) => withAnswer(guard, digest));
  return { guards, answered };
}

/**
 * The answers that nothing in a plan needs: no guard of it is the one that they are about. The day does not count: what
 * has expired and is needed all the same is not among them.
 */
export function findUnused(
  answers: readonly Answer[],
  { guards, answered, digest }: Answering & { readonly digest: string },
): readonly Answer[] {
  const all = [...guards, ...answered.map(({ guard }) => guard)];
  return answers.filter((answer) => !all.some((guard) => isAnswerTo(answer, guard, digest)));
}

// Both name the same objects in the same order: that of the code units.
function isAnswerTo(answer: Answer, { id, objects }: Guard, digest: string): boolean {
  if (answer.guard !== id || !isAnswerable(id)) return false;
  if (answer.objects === undefined) return answer.plan === digest;
  return answer.objects.length === objects.length && answer.objects.every((name, index) => name === objects[index]);
}

function isAnswerable(id: string): boolean {
  return ANSWERABLE.some((known) => known === id);
}

/** A reviewer can compare so many names with a list; with more of them, the digest says which plan is meant. */
const MOST_NAMED = 20;

/** Names of members, groups, accounts and units. What else a file on a host says is not repeated as something to write. */
const NAME = /^[A-Za-z0-9_.@/-]{1,255}$/;

function withAnswer(guard: Guard, digest: string): Guard {
  const { id, objects, wayOut } = guard;
  if (!isAnswerable(id)) return guard;
  const isNamed = objects.length > 0 && objects.length <= MOST_NAMED && objects.every((name) => NAME.test(name));
  const answer: WrittenMap = {
    guard: id,
    ...(isNamed ? { objects } : { plan: digest }),
    ...{ reason: 'WHY', expires: 'YYYY-MM-DD' },
  };
  const line = `answers: ${flowText([answer], 'line')}`;
  return { ...guard, wayOut: `${wayOut}, or allow exactly this once in policy/allow.yaml: ${line}` };
}
