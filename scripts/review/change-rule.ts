import type { Day } from '../policy/calendar.ts';
import { type Finding, type Severity, startOf } from '../policy/finding.ts';
import type { Draft } from '../policy/load.ts';
import type { Site } from '../policy/policy.ts';
import type { Resolved } from '../policy/resolve.ts';
import type { Subject } from '../policy/subjects.ts';
import { toFinding, type Violation } from '../policy/violation.ts';
import type { Plan } from '../units/plan.ts';
import type { Change, ReviewedCommit } from './change.ts';

/** What a rule of a change found: at a place in policy, or about a file as such. */
export type ChangeViolation = (Violation | FileViolation) & {
  /** Named where somebody can say that it is meant: what follows the id of the rule in `Acknowledge:`. */
  readonly object?: string;
  /** Whose commits may say so; absent: everybody's. */
  readonly countsFrom?: (commit: ReviewedCommit) => boolean;
};

/** What is about a file as a whole, of policy or not. */
export interface FileViolation {
  /** Relative to the top of the repository. */
  readonly path: string;
  readonly source?: undefined;
  readonly message: string;
  readonly related?: readonly { readonly path: string; readonly message: string }[];
  readonly fix?: string;
}

/** Both sides of a change of a policy, where policy after it has no error. */
export interface Compared {
  /** What could be read of policy before, which may have errors. Absent where there was none. */
  readonly before?: Draft;
  readonly draft: Draft;
  readonly after: Resolved;
  /** site.yaml after the change. */
  readonly site: Subject<Site>;
  /** The day of the review. Rules may look at it: what was merged is not asked again. */
  readonly today: Day;
  /** What happens on a host that has policy as it was. */
  readonly plan: Plan;
}

/** One rule of a change. Its id names its file, its test folder and its heading in policy/README.md. */
export interface ChangeRule {
  readonly id: string;
  /** What holds when the rule is kept: one sentence for people who change policy. */
  readonly summary: string;
  readonly severity: Severity;
  /** Whether it can be acknowledged: then every violation has an object. */
  readonly acknowledgeable?: true;
  /** `compared` is absent while policy after the change has errors: those come first. */
  check(change: Change, compared: Compared | undefined): Iterable<ChangeViolation>;
}

/** A violation with its line, column and source line; files elsewhere are named from the policy folder on. */
export function toChangeFinding(
  rule: { readonly id: string; readonly severity: Severity },
  { folder }: Pick<Change, 'folder'>,
  violation: ChangeViolation,
): Finding {
  if (violation.source !== undefined) return toFinding(rule, violation);
  const { path, message, related = [], fix } = violation;
  return {
    rule: rule.id,
    severity: rule.severity,
    message,
    location: startOf(fromFolder(path, folder)),
    related: related.map((other) => ({ location: startOf(fromFolder(other.path, folder)), message: other.message })),
    ...(fix !== undefined && { fix }),
  };
}

function fromFolder(path: string, folder: string): string {
  if (path === folder) return '.';
  if (path.startsWith(folder)) return path.slice(folder.length);
  return `${'../'.repeat(folder.split('/').length - 1)}${path}`;
}
