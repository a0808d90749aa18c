import type { Config } from '../follow/config.ts';
import type { ApplyEvent, CommitName, PolicySource, Standing } from '../follow/record.ts';
import type { HostReader } from '../host/unit-folder.ts';
import type { Policy } from '../policy/policy.ts';
import type { Resolved } from '../policy/resolve.ts';
import type { Consent } from '../units/refusals.ts';
import type { Outcome } from './carry-out.ts';
import { resolveOn, withDrift } from './read-policy.ts';

/** A host that follows a repository, at a moment; its lock is held. */
export interface FollowedHost {
  readonly reader: HostReader;
  readonly config: Config;
  readonly now: Date;
  readonly standing: Standing;
  readonly consent: Consent;
  /** Who said so, and why, if it is not the timer. */
  readonly word?: Pick<ApplyEvent, 'by' | 'reason' | 'pause'>;
}

/** What became of policy on a host. */
export interface Carried {
  readonly resolved: Resolved;
  readonly outcome: Outcome;
}

/** A commit that was not applied, and why. */
export interface RefusedCommit {
  readonly source: PolicySource & { readonly commit: CommitName };
  readonly exitCode: 1 | 3;
  readonly why: string;
  readonly blame: 'commit' | 'host';
  /** What was planned, if it came to that. */
  readonly carried?: Carried;
}

/** Policy for a host on its day. */
export function resolveFor({ config, now, standing }: FollowedHost, policy: Policy): Resolved {
  return resolveOn(withDrift(policy, config.drift), { kind: 'instant', now }, standing);
}
