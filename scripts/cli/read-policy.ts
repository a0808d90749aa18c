import type { Standing } from '../follow/record.ts';
import { readPolicyFolder } from '../host/policy-folder.ts';
import { type Clock, dayOf } from '../policy/calendar.ts';
import { check } from '../policy/check.ts';
import type { DriftMode, Policy } from '../policy/policy.ts';
import { type Resolved, resolve } from '../policy/resolve.ts';
import { findingsText, type Label } from '../report/findings.ts';
import type { Paint } from '../report/paint.ts';
import type { Answer } from './command.ts';
import { EXIT } from './exit-code.ts';

/** Policy on a date, or the answer of a verb that cannot go on because policy has errors. */
export type ReadPolicy =
  | { readonly kind: 'resolved'; readonly resolved: Resolved; readonly warnings: string }
  | { readonly kind: 'errors'; readonly answer: Answer };

/** What is read: a folder, how its files are called, and where the host stands that it is for. */
interface Reading {
  readonly folder: string;
  readonly label: Label;
  readonly standing?: Standing;
  readonly drift?: DriftMode | undefined;
}

/** Reads, checks and resolves a policy folder. Findings go to standard error, so that results stay readable. */
export function readPolicy({ folder, label, standing = {}, drift }: Reading, clock: Clock, paint: Paint): ReadPolicy {
  const { findings, policy } = check(readPolicyFolder(folder), clock);
  const text = findings.length === 0 ? '' : findingsText(findings, label, paint);
  if (!policy)
    return {
      kind: 'errors',
      answer: { exitCode: EXIT.policyErrors, stderr: `${text}policy has errors: nothing was changed\n` },
    };
  return {
    kind: 'resolved',
    resolved: resolveOn(withDrift(policy, drift), clock, standing),
    warnings: text === '' ? '' : `${text}\n`,
  };
}

/** Policy as a host takes it: what its configuration says about drift goes before what policy says, of any group. */
export function withDrift(policy: Policy, drift: DriftMode | undefined): Policy {
  if (drift === undefined) return policy;
  const groups = [...policy.groups].map(([name, group]) => [name, { ...group, drift }] as const);
  return { ...policy, site: { ...policy.site, drift }, groups: new Map(groups) };
}

/** Resolves policy for a host. Its clock may jump back: a grant that was seen to end stays ended. */
export function resolveOn(policy: Policy, clock: Clock, { day }: Standing): Resolved {
  const behind = clock.kind === 'instant' && day !== undefined && dayOf(clock, policy.site.timeZone) < day;
  return resolve(policy, behind ? { kind: 'day', day } : clock);
}
