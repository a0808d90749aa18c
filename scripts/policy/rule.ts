import type { Day } from './calendar.ts';
import type { Severity } from './finding.ts';
import type { Draft } from './load.ts';
import type { Violation } from './violation.ts';

/** What rules know besides policy. */
export interface Facts {
  /** The calendar day in the site's time zone. Only warnings may depend on it: what was merged must stay valid. */
  readonly today: Day;
}

/** One rule of policy. Its id names its file, its test folder and its heading in policy/README.md. */
export interface Rule {
  readonly id: string;
  /** What holds when the rule is kept: one sentence for people who edit policy. */
  readonly summary: string;
  readonly severity: Severity;
  check(draft: Draft, facts: Facts): Iterable<Violation>;
}
