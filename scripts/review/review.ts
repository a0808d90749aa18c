import type { Day } from '../policy/calendar.ts';
import type { Entitlement } from '../policy/resolve.ts';
import type { Plan } from '../units/plan.ts';
import { planBetween } from '../units/plan-between.ts';
import { type AccountChange, accountChanges, type Side } from './account-changes.ts';
import type { Change, PolicyState } from './change.ts';
import { type Danger, findDangers } from './dangers.ts';
import type { PolicyEvent } from './events.ts';
import { type Fall, findFalls } from './falls.ts';
import { findEvents } from './find-events.ts';
import { type DefaultChange, defaultChange, type GroupChange, groupChanges } from './group-changes.ts';

/** What a change of policy does: who gets what, what gets less, what is dangerous, and which units change for it. */
export interface Review {
  readonly site: string;
  readonly accountDomain: string;
  /** The day that grants were looked at. */
  readonly today: Day;
  /**
   * `change`: from one policy to another. `first`: there was no policy before. `unknown`: policy before had errors, so that
   * nobody can tell what a host has; then only what the changed files give is told.
   */
  readonly compared: 'change' | 'first' | 'unknown';
  /** Those that matter most first. */
  readonly accounts: readonly AccountChange[];
  /** By name. */
  readonly groups: readonly GroupChange[];
  /** Everybody who is not listed, if it is another group now that they are in. */
  readonly unlisted?: DefaultChange;
  readonly falls: readonly Fall[];
  readonly dangers: readonly Danger[];
  /** For a host that has policy as it was, or none if there was none; absent if that is not known. */
  readonly plan?: Plan;
  /** What the files say now that they did not say before. */
  readonly events: readonly PolicyEvent[];
}

/** Says what a change does; nothing if policy after it has errors. */
export function reviewOf(change: Change): Review | undefined {
  const [before, after] = [sideOf(change.before), sideOf(change.after)];
  if (!after) return undefined;
  const was = before?.resolved;
  const { site, today } = after.resolved;
  const compared = before ? 'change' : change.before ? 'unknown' : 'first';
  const isMeant = compared === 'first' ? () => true : changedFile(change);
  const accounts = accountChanges(before, after, ({ member }: Entitlement) => isMeant(`members/${member?.id}.yaml`));
  const groups = groupChanges(was, after.resolved, (group) => isMeant(`groups/${group}.yaml`) || isMeant('site.yaml'));
  const unlisted = was && defaultChange(was, after.resolved);
  const falls = findFalls(groups, unlisted, accounts);
  return {
    ...{ site: site.name, accountDomain: site.accountDomain, today, compared },
    ...{ accounts, groups, ...(unlisted && { unlisted }), falls },
    dangers: findDangers(accounts, falls, was, after.resolved),
    ...(compared !== 'unknown' && { plan: planBetween(was, after.resolved) }),
    events: findEvents(change.before?.draft, change.after.draft),
  };
}

function sideOf(state: PolicyState | undefined): Side | undefined {
  return state?.policy && state.resolved && { policy: state.policy, resolved: state.resolved };
}

function changedFile({ policyFiles, folder }: Change): (file: string) => boolean {
  const changed = new Set(policyFiles);
  return (file) => changed.has(`${folder}${file}`);
}
