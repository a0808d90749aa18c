import type { Case } from './case.ts';
import type { Cause, Check, Unknown } from './check.ts';
import { CHECKS } from './checks/index.ts';

/** What all checks say. */
export interface Diagnosis {
  /** The most likely first; what is as likely, in the order of checks, and of each in its own. */
  readonly causes: readonly FoundCause[];
  /** In the order in which checks are listed; only those that were asked. */
  readonly checks: readonly Asked[];
}

/** A cause, and the check that found it. */
export interface FoundCause extends Cause {
  /** Its id. */
  readonly check: string;
  readonly title: string;
}

/** How one check ended. */
export interface Asked {
  readonly id: string;
  readonly title: string;
  /** `cannot-tell`: it found nothing, and could not look at everything. */
  readonly status: 'ok' | 'finding' | 'cannot-tell';
  readonly saw: string;
  readonly notes: readonly string[];
  readonly unknown: readonly Unknown[];
}

/** Asks every check that applies: where it is about somebody's work, those about the machine are left out. */
export function diagnose(found: Case, checks: readonly Check[] = CHECKS): Diagnosis {
  const asked = checks.filter(({ about }) => about === 'work' || found.focus === undefined);
  const answers = asked.map((check) => ({ check, said: check.examine(found) }));
  const causes = answers.flatMap(({ check: { id, title }, said }) => {
    return said.causes.map((cause) => ({ ...cause, check: id, title }));
  });
  return {
    causes: causes.sort((a, b) => b.weight - a.weight),
    checks: answers.map(({ check: { id, title }, said: { causes, saw, notes = [], unknown = [] } }) => {
      const status = causes.length > 0 ? 'finding' : unknown.length > 0 ? 'cannot-tell' : 'ok';
      return { id, title, status, saw, notes, unknown };
    }),
  };
}
