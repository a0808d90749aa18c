import { type AnswerSubject, answersOf } from '../policy/subjects.ts';
import { findUnused } from '../units/answers.ts';
import type { Compared } from './change-rule.ts';

/** An answer to a guard, as it stands after a change. */
export interface ReviewedAnswer extends AnswerSubject {
  /** Whether this change writes it; where it is moved to another line, it does not. */
  readonly isNew: boolean;
  /** Whether a guard of the plan is the one that it is about, expired or not. */
  readonly isNeeded: boolean;
}

/** All answers after a change. */
export function reviewAnswers({ before, draft, plan }: Compared): readonly ReviewedAnswer[] {
  const known = new Set(before ? answersOf(before).map(keyOf) : []);
  const subjects = answersOf(draft);
  const unused = new Set(
    findUnused(
      subjects.map(({ answer }) => answer),
      plan,
    ),
  );
  return subjects.map((subject) => {
    return { ...subject, isNew: !known.has(keyOf(subject)), isNeeded: !unused.has(subject.answer) };
  });
}

function keyOf({ answer: { guard, objects, plan, reason, expires } }: AnswerSubject): string {
  return JSON.stringify([guard, objects, plan, reason, expires.value]);
}
