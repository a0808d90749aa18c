import { canonicalAccount, slugOf } from './account.ts';
import type { Clock, Day } from './calendar.ts';
import { dayOf } from './calendar.ts';
import { SCOPES } from './fields.ts';
import { mergeLimits } from './limits.ts';
import type { Answer, Group, Limits, Member, Place, Policy, Site } from './policy.ts';

/**
 * Whether a member's grant holds: `active`, not yet (`pending`), or no more (`expired`). `unlisted` is everybody
 * without a member file. All but `active` are in the default group.
 */
export type GrantState = 'active' | 'pending' | 'expired' | 'unlisted';

/** What one account has on a date. */
export interface Entitlement {
  readonly account: string;
  /** The account's slice, as in `ds01-researcher-204214.slice`. */
  readonly slice: string;
  readonly group: GroupEntitlement;
  /** The line that puts the account into this group. */
  readonly groupPlace: Place;
  readonly state: GrantState;
  /** The member file, if there is one, whether its grant holds or not. */
  readonly member?: Member;
  /** Site, group and member merged, each value with the line it comes from. */
  readonly limits: Limits;
}

/** What an account of a member file has. */
export interface ListedEntitlement extends Entitlement {
  readonly member: Member;
}

/** What a group has: the limits that hold for every member who states none. */
export interface GroupEntitlement {
  readonly group: Group;
  /** The group's slice, as in `ds01-researcher.slice`. */
  readonly slice: string;
  /** Site and group merged. */
  readonly limits: Limits;
}

/** Policy on a date: the input of everything that is rendered, planned and explained. */
export interface Resolved {
  readonly site: Site;
  readonly today: Day;
  /** By name. */
  readonly groups: ReadonlyMap<string, GroupEntitlement>;
  /** Every account of every member file, by account; also those whose grant does not hold. */
  readonly accounts: ReadonlyMap<string, ListedEntitlement>;
  /** Answers to guards that count on that day. */
  readonly answers: readonly Answer[];
}

/** Says who has what on the clock's day in the site's time zone. A grant holds from `granted` through `expires`. */
export function resolve(policy: Policy, clock: Clock): Resolved {
  const { site } = policy;
  const today = dayOf(clock, site.timeZone);
  const groups = new Map(
    [...policy.groups.values()].map((group) => {
      const limits = mergeLimits(site.limits, group.limits);
      return [group.name, { group, slice: `${site.name}-${group.name}.slice`, limits }] as const;
    }),
  );
  const frame = { site, today, groups };
  const accounts = policy.members.flatMap((member) => entitleMember(member, frame));
  const answers = policy.answers.filter(({ expires }) => expires.value >= today);
  return { ...frame, accounts: new Map(accounts.map((entitlement) => [entitlement.account, entitlement])), answers };
}

/**
 * What an account has, in any spelling: another domain of the site, upper case, without a domain, or its slug. Accounts
 * without a member file are in the default group.
 */
export function entitlementOf(resolved: Resolved, spelling: string): Entitlement {
  const account = canonicalAccount(spelling, resolved.site);
  const listed = resolved.accounts.get(account) ?? findBySlug(resolved, spelling.trim().toLowerCase());
  if (listed) return listed;
  const group = groupOf(resolved, resolved.site.defaultGroup.value);
  const groupPlace = resolved.site.defaultGroup.place;
  const slice = sliceOf(group, account);
  return { account, slice, group, groupPlace, state: 'unlisted', limits: group.limits };
}

type Frame = Pick<Resolved, 'site' | 'today' | 'groups'>;

function entitleMember(member: Member, frame: Frame): readonly ListedEntitlement[] {
  const state = stateOf(member, frame.today);
  const active = state === 'active';
  const group = groupOf(frame, active ? member.group.value : frame.site.defaultGroup.value);
  const groupPlace = active ? member.group.place : (state === 'expired' ? member.expires : member.granted).place;
  // What a grant gives ends with it: limits of the member's own, too.
  const own = active && SCOPES.some((scope) => Object.keys(member.limits[scope]).length > 0);
  const limits = own ? mergeLimits(group.limits, member.limits) : group.limits;
  return member.accounts.map(({ value: account }) => {
    return { account, slice: sliceOf(group, account), group, groupPlace, state, member, limits };
  });
}

function stateOf(member: Member, today: Day): GrantState {
  if (member.expires.value !== 'never' && member.expires.value < today) return 'expired';
  return member.granted.value > today ? 'pending' : 'active';
}

function groupOf(frame: Pick<Resolved, 'groups'>, name: string): GroupEntitlement {
  const group = frame.groups.get(name);
  /* v8 ignore next -- rule group-exists: a checked policy names no group without a file */
  if (!group) throw new Error(`group ${name} does not exist in a checked policy`);
  return group;
}

function sliceOf({ slice }: GroupEntitlement, account: string): string {
  return slice.replace(/[.]slice$/, `-${slugOf(account)}.slice`);
}

function findBySlug(resolved: Resolved, slug: string): Entitlement | undefined {
  if (slug.includes('@')) return undefined;
  return [...resolved.accounts.values()].find((entitlement) => slugOf(entitlement.account) === slug);
}
