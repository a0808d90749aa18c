import { readPolicyFolder } from '../host/policy-folder.ts';
import type { Clock } from '../policy/calendar.ts';
import { check } from '../policy/check.ts';
import type { Finding } from '../policy/finding.ts';
import { type Draft, load, type PolicyFile } from '../policy/load.ts';
import type { Member, Policy } from '../policy/policy.ts';
import { type ListedEntitlement, type Resolved, resolve } from '../policy/resolve.ts';
import type { Source } from '../policy/source.ts';
import type { Label } from '../report/findings.ts';
import { findAccount, nearestAccount } from './find-account.ts';
import { labelFor } from './shared-options.ts';
import { UsageError } from './usage-error.ts';

/** Policy without errors on one day, with the text of its files: what a change of policy begins from. */
export interface CurrentPolicy {
  /** How its files are called when they are shown. */
  readonly label: Label;
  readonly files: readonly PolicyFile[];
  readonly draft: Draft;
  readonly findings: readonly Finding[];
  readonly policy: Policy;
  readonly resolved: Resolved;
}

/** Policy that has errors: nothing can be built on it. */
export interface WrongPolicy {
  readonly policy?: undefined;
  readonly findings: readonly Finding[];
}

/** Reads a policy folder. */
export function readCurrentPolicy(folder: string, clock: Clock): CurrentPolicy | WrongPolicy {
  return asCurrentPolicy(readPolicyFolder(folder), labelFor(folder), clock);
}

/** The same of files that were read already. */
export function asCurrentPolicy(files: readonly PolicyFile[], label: Label, clock: Clock): CurrentPolicy | WrongPolicy {
  const { findings, policy } = check(files, clock);
  if (!policy) return { findings };
  return { label, files, findings, policy, draft: load(files).draft, resolved: resolve(policy, clock) };
}

/** The grant that an account has, in any spelling. Throws UsageError if no member file lists it. */
export function findGrant({ resolved }: CurrentPolicy, spelling: string, verb: string): ListedEntitlement {
  const entitlement = findAccount(resolved, spelling, verb);
  const listed = resolved.accounts.get(entitlement.account);
  if (listed) return listed;
  const guess = nearestAccount(resolved, entitlement.account);
  const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
  throw new UsageError(`no member file lists "${entitlement.account}": it has no grant${hint}`, verb);
}

/** The text of a member file, with its places. */
export function memberSource({ draft }: CurrentPolicy, { id }: Member): Source {
  return sourceOf(draft.members.find(({ name }) => name === id)?.source, id);
}

/** The text of a file of a policy without errors. */
export function sourceOf(source: Source | undefined, name: string): Source {
  if (!source) throw new Error(`${name} has no text in a policy without errors`);
  return source;
}
