import type { Day } from '../policy/calendar.ts';
import type { Place, Policy } from '../policy/policy.ts';
import { type Entitlement, entitlementOf, type GrantState, type Resolved, resolve } from '../policy/resolve.ts';
import { givenLimits, type LimitChange, movedLimits, ownLimitChanges } from './limit-changes.ts';

/** Policy on one side of a review, and what it comes to on its day. */
export interface Side {
  readonly policy: Policy;
  readonly resolved: Resolved;
}

/**
 * What happens to an account on the day of the review: it is in another group (`moves`), or back in the default one because
 * no grant holds any more (`returns`); the limits of its own are others; it will be in another group (`pending`), or would
 * have been (`taken-back`); its first or last day is another; a file begins or ceases to list it, and it stays where it is;
 * what changes is over (`over`). `given`: nobody knows what it had before.
 */
export const ACCOUNT_CHANGES = [
  ...(['moves', 'returns', 'given', 'limits', 'pending', 'taken-back'] as const),
  ...(['days', 'listed', 'unlisted', 'over'] as const),
] as const;

/** The kinds of changes, those that matter most first. */
export type AccountChangeKind = (typeof ACCOUNT_CHANGES)[number];

/** What an account has on one side. */
export interface Access {
  /** The group whose limits hold: the default one, while no grant does. */
  readonly group: string;
  readonly state: GrantState;
  /** What its member file grants, whether that holds or not. */
  readonly grant?: { readonly group: string; readonly from: Day; readonly until: Day | 'never' };
}

/**
 * What a grant that has not begun will change on its first day, for somebody who has what this change gives until then. Where
 * that is nothing, something else was to come before this change.
 */
export interface LaterChange {
  readonly day: Day;
  readonly before: string;
  readonly after: string;
  readonly limits: readonly LimitChange[];
}

/** One account that gets something else. */
export interface ChangedAccount {
  readonly account: string;
  /** File name of the member file without `.yaml`, also of one that is gone. */
  readonly member?: string;
  readonly sliceBefore?: string;
  readonly sliceAfter: string;
  /** The line that says so now. */
  readonly place?: Place;
}

/** Accounts to which a change does the same. */
export interface AccountChange {
  readonly kind: AccountChangeKind;
  /** By member, then in the order of the file. */
  readonly accounts: readonly ChangedAccount[];
  /** Absent if nobody knows. */
  readonly before?: Access;
  readonly after: Access;
  /** Of a move, all that differ; otherwise those of the member's own: what a group gets is told of the group. */
  readonly limits: readonly LimitChange[];
  readonly later?: LaterChange;
  /** Why, where the file says something else than before. */
  readonly reason?: string;
}

/**
 * Who gets something else, the most important first; accounts with equal changes are one entry. `before` is absent if nobody
 * knows what there was; `isMeant` says which accounts are asked about then.
 */
export function accountChanges(
  before: Side | undefined,
  after: Side,
  isMeant: (entitlement: Entitlement) => boolean,
): readonly AccountChange[] {
  const names = new Set([after, ...(before ? [before] : [])].flatMap(namesOf));
  const changes = [...names].flatMap((name) => {
    const is = entitlementAt(after, name);
    if (!before) return isMeant(is) ? [givenChange(is, after)] : [];
    return changeOf(entitlementAt(before, name), is, before, after) ?? [];
  });
  const { adminGroup } = after.resolved.site;
  const rank = ({ kind, after: { group } }: AccountChange) => {
    return kind === 'moves' && group === adminGroup ? -1 : ACCOUNT_CHANGES.indexOf(kind);
  };
  return joinEqual(changes).sort((a, b) => rank(a) - rank(b) || (firstOf(a) < firstOf(b) ? -1 : 1));
}

function namesOf({ resolved }: Side): readonly string[] {
  return [...resolved.accounts.keys()].map((account) => account.replace(/@.*$/, ''));
}

// The accounts of a site have one domain, which may be another one on the other side.
function entitlementAt({ resolved }: Side, name: string): Entitlement {
  return entitlementOf(resolved, `${name}@${resolved.site.accountDomain}`);
}

function givenChange(is: Entitlement, after: Side): AccountChange {
  const later = laterChange(undefined, is, undefined, after);
  const kind = { active: 'given', pending: later ? 'pending' : 'days', expired: 'over', unlisted: 'given' } as const;
  return {
    kind: kind[is.state],
    accounts: [accountOf(undefined, is)],
    after: accessOf(is),
    limits: is.state === 'active' ? givenLimits(is.limits) : [],
    ...(later && { later }),
    ...reasonOf(undefined, is),
  };
}

function changeOf(was: Entitlement, is: Entitlement, before: Side, after: Side): AccountChange | undefined {
  const isMoved = nameOf(was) !== nameOf(is) && (isActive(was) || isActive(is));
  const limits = isMoved ? movedLimits(was.limits, is.limits) : ownLimitChanges(was, is);
  const later = laterChange(was, is, before, after);
  const moved = isActive(is) ? 'moves' : 'returns';
  const kind = isMoved ? moved : limits.length > 0 ? 'limits' : later ? 'pending' : restKind(was, is);
  if (kind === undefined) return undefined;
  return {
    kind,
    accounts: [accountOf(was, is)],
    before: accessOf(was),
    after: accessOf(is),
    limits,
    ...(later && { later }),
    ...reasonOf(was, is),
  };
}

// What is left: nothing is another one today, nor on the first day of a grant.
function restKind(was: Entitlement, is: Entitlement): AccountChangeKind | undefined {
  if (JSON.stringify(accessOf(was).grant) === JSON.stringify(accessOf(is).grant)) return undefined;
  const isKept = is.state !== 'expired' && is.member?.group.value === was.member?.group.value;
  if (was.state === 'pending' && !isKept) return 'taken-back';
  switch (is.state) {
    case 'pending':
      return 'days';
    case 'expired':
      return 'over';
    case 'unlisted':
      return isActive(was) ? 'unlisted' : 'over';
    case 'active':
      // What was to begin has begun earlier, and ends on the day that is told with it.
      return isActive(was) || was.state === 'pending' ? 'days' : 'listed';
  }
}

// Only if somebody loses something until then, or would have something else without this change.
function laterChange(
  was: Entitlement | undefined,
  is: Entitlement,
  before: Side | undefined,
  after: Side,
): LaterChange | undefined {
  const day = is.member?.granted.value;
  if (is.state !== 'pending' || day === undefined) return undefined;
  const then = onDay(after, is, day);
  const without = was && before && !isActive(was) ? onDay(before, was, day) : undefined;
  if (without && nameOf(without) === nameOf(then) && ownLimitChanges(without, then).length === 0) return undefined;
  const isMoved = nameOf(is) !== nameOf(then);
  const limits = isMoved ? movedLimits(is.limits, then.limits) : ownLimitChanges(is, then);
  // Whoever was to get something else on that day is told that it does not come.
  const isOther = isMoved || limits.length > 0 || without !== undefined;
  return isOther ? { day, before: nameOf(is), after: nameOf(then), limits } : undefined;
}

// Of all members, only the one that is asked about has to be looked at.
function onDay({ policy }: Side, { account, member }: Entitlement, day: Day): Entitlement {
  return entitlementOf(resolve({ ...policy, members: member ? [member] : [] }, { kind: 'day', day }), account);
}

// Members come in the order of their names, those without a file any more last: no change is equal to one of theirs.
function joinEqual(changes: readonly AccountChange[]): AccountChange[] {
  const joined = new Map<string, { readonly change: AccountChange; readonly accounts: ChangedAccount[] }>();
  for (const change of changes) {
    const key = JSON.stringify({ ...change, accounts: [] });
    const equal = joined.get(key) ?? { change, accounts: [] };
    equal.accounts.push(...change.accounts);
    joined.set(key, equal);
  }
  return [...joined.values()].map(({ change, accounts }) => ({ ...change, accounts }));
}

function nameOf({ group }: Entitlement): string {
  return group.group.name;
}

function firstOf({ accounts }: AccountChange): string {
  return String(accounts[0]?.account);
}

function accountOf(was: Entitlement | undefined, is: Entitlement): ChangedAccount {
  const member = (is.member ?? was?.member)?.id;
  return {
    account: is.account,
    ...(member !== undefined && { member }),
    ...(was && { sliceBefore: was.slice }),
    sliceAfter: is.slice,
    ...(is.member && { place: is.groupPlace }),
  };
}

function accessOf({ group, state, member }: Entitlement): Access {
  const grant = member && { group: member.group.value, from: member.granted.value, until: member.expires.value };
  return { group: group.group.name, state, ...(grant && { grant }) };
}

function isActive({ state }: Entitlement): boolean {
  return state === 'active';
}

function reasonOf(was: Entitlement | undefined, is: Entitlement): { readonly reason?: string } {
  const reason = is.member?.reason;
  return reason === undefined || reason === was?.member?.reason ? {} : { reason };
}
