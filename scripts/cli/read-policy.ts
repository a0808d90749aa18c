import { readPolicyFolder } from '../host/policy-folder.ts';
import type { Clock } from '../policy/calendar.ts';
import { check } from '../policy/check.ts';
import { type Resolved, resolve } from '../policy/resolve.ts';
import { findingsText } from '../report/findings.ts';
import type { Paint } from '../report/paint.ts';
import type { Answer } from './command.ts';
import { EXIT } from './exit-code.ts';
import { labelFor } from './shared-options.ts';

/** Policy on a date, or the answer of a verb that cannot go on because policy has errors. */
export type ReadPolicy =
  | { readonly kind: 'resolved'; readonly resolved: Resolved; readonly warnings: string }
  | { readonly kind: 'errors'; readonly answer: Answer };

/** Reads, checks and resolves the policy folder. Findings go to standard error, so that results stay readable. */
export function readPolicy(folder: string, clock: Clock, paint: Paint): ReadPolicy {
  const { findings, policy } = check(readPolicyFolder(folder), clock);
  const text = findings.length === 0 ? '' : findingsText(findings, labelFor(folder), paint);
  if (!policy)
    return {
      kind: 'errors',
      answer: { exitCode: EXIT.policyErrors, stderr: `${text}policy has errors: nothing was changed\n` },
    };
  return { kind: 'resolved', resolved: resolve(policy, clock), warnings: text === '' ? '' : `${text}\n` };
}
