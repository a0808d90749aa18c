// What a review says, held against what a host would have: for everybody, on the day of the review and after it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Day } from '../../scripts/policy/calendar.ts';
import { check } from '../../scripts/policy/check.ts';
import { type Entitlement, entitlementOf, resolve } from '../../scripts/policy/resolve.ts';
import type { PolicyState } from '../../scripts/review/change.ts';
import { fallsAmong, type LimitChange, limitChanges } from '../../scripts/review/limit-changes.ts';
import { type Review, reviewOf } from '../../scripts/review/review.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { policyFilesOf, policyModels, TODAY } from '../support/arbitrary-policy.ts';
import { asFound } from '../support/resolve-policy.ts';

const clock = { kind: 'day', day: TODAY } as const;

/** Days on which something begins or ends in generated policies, and some after all of that. */
const DAYS: readonly Day[] = [TODAY, '2026-06-16', '2026-06-17', '2028-02-29', '2028-03-01'];

type State = Required<PolicyState>;

const states = fc.tuple(policyModels, fc.nat(3)).map(([model, index]): State => {
  const groups = Object.keys(model.groups).filter((name) => name !== 'admin');
  const site = { ...model.site, default_group: groups[index % groups.length] };
  const files = policyFilesOf({ ...model, site });
  const { draft, policy } = check(files, clock);
  if (!policy) throw new Error('a generated policy has errors');
  return { files, draft, policy, resolved: resolve(policy, clock) };
});

/** Everybody who is listed before or after, and one who never is. */
function everybody(before: State, after: State): readonly string[] {
  const accounts = [before, after].flatMap(({ resolved }) => [...resolved.accounts.keys()]);
  return [...new Set([...accounts, 'nobody@example.org'])];
}

function review(before: State, after: State): Review {
  const more = { commits: [], policyFiles: [], otherFiles: [], folder: 'policy/', authors: [] };
  const result = reviewOf({ before, after, ...more });
  if (!result) throw new Error('policy has errors');
  return result;
}

/** The entry about one account. */
function entryOf({ accounts }: Review, account: string) {
  const [entry, ...others] = accounts.filter((change) => change.accounts.some((told) => told.account === account));
  expect(others).toEqual([]);
  return entry;
}

/** Whether somebody comes from one default group into another, of which it is told once for all. */
function isUnlisted(was: Entitlement, is: Entitlement, { unlisted }: Review): boolean {
  return unlisted !== undefined && was.state !== 'active' && is.state !== 'active';
}

function nameOf({ group }: Entitlement): string {
  return group.group.name;
}

/** What is told of an account: by name, of its group, or of everybody without a grant. */
function toldOf(was: Entitlement, is: Entitlement, told: Review): readonly LimitChange[] {
  const groups = told.groups.filter(({ group }) => group === nameOf(was) && group === nameOf(is));
  return [
    ...(entryOf(told, is.account)?.limits ?? []),
    ...groups.flatMap(({ limits }) => limits),
    ...((isUnlisted(was, is, told) && told.unlisted?.limits) || []),
  ];
}

/** The falls that are told of an account, in the same three ways. */
function fallsOf(was: Entitlement, is: Entitlement, told: Review): readonly LimitChange[] {
  return told.falls.flatMap(({ bearer, day, limits }) => {
    if (day !== undefined) return [];
    if (bearer.kind === 'unlisted') return isUnlisted(was, is, told) ? limits : [];
    if (bearer.kind === 'group') return bearer.group === nameOf(was) && bearer.group === nameOf(is) ? limits : [];
    return bearer.accounts.some(({ account }) => account === is.account) ? limits : [];
  });
}

function holds(check: (before: State, after: State, told: Review) => void, numRuns = 8): void {
  fc.assert(
    fc.property(states, states, (before, after) => check(before, after, review(before, after))),
    // Always the same policies: what another seed finds is for whoever looks for it, not for who merges something else.
    { numRuns, seed: 2026 },
  );
}

describe('of any two policies', () => {
  it('every limit that comes to something else for somebody is told, and if it is less, among what falls', () => {
    holds((before, after, told) => {
      for (const account of everybody(before, after)) {
        const [was, is] = [entitlementOf(before.resolved, account), entitlementOf(after.resolved, account)];
        const changes = limitChanges(was.limits, is.limits);
        expect(toldOf(was, is, told), account).toEqual(expect.arrayContaining([...changes]));
        expect(fallsOf(was, is, told), account).toEqual(expect.arrayContaining([...fallsAmong(changes)]));
      }
    });
  });

  it('what is told of somebody by name is so, and is not what is told of all who have no grant', () => {
    holds((before, after, told) => {
      for (const { accounts, limits, kind } of told.accounts) {
        const changes = limits.filter(({ effect }) => effect !== undefined);
        for (const { account } of accounts) {
          const [was, is] = [entitlementOf(before.resolved, account), entitlementOf(after.resolved, account)];
          expect(limitChanges(was.limits, is.limits), account).toEqual(expect.arrayContaining([...changes]));
          const isMoved = kind === 'moves' || kind === 'returns';
          const holds = was.state === 'active' || is.state === 'active';
          expect(isMoved, account).toBe(holds && nameOf(was) !== nameOf(is));
          if (limits.length > 0) expect(holds, account).toBe(true);
        }
      }
    });
  });

  it('whoever would have something else on a later day is told of, and what is announced for that day comes true', () => {
    holds((before, after, told) => {
      for (const day of DAYS) {
        const [old, now] = [before, after].map(({ policy }) => resolve(policy, { kind: 'day', day }));
        for (const account of everybody(before, after)) {
          const [was, then] = [entitlementOf(old!, account), entitlementOf(now!, account)];
          const { kind, later } = entryOf(told, account) ?? {};
          if (nameOf(was) !== nameOf(then) && !isUnlisted(was, then, told)) {
            expect([undefined, 'over', 'listed', 'unlisted'], `${account} on ${day}`).not.toContain(kind);
          }
          if (later?.day !== day) continue;
          const until = entitlementOf(after.resolved, account);
          const changes = limitChanges(until.limits, then.limits);
          expect([later.before, later.after], account).toEqual([nameOf(until), nameOf(then)]);
          expect(later.limits.filter(({ effect }) => effect !== undefined)).toEqual(changes);
        }
      }
    });
  });

  it('the digest is that of a host which has the policy before', () => {
    holds((before, after, told) => {
      expect(told.plan?.digest).toBe(plan(asFound(render(before.resolved)), after.resolved).digest);
    }, 5);
  });
});
