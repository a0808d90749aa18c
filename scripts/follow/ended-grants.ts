import type { Day } from '../policy/calendar.ts';
import type { ListedEntitlement, Resolved } from '../policy/resolve.ts';

/** A grant in the policy after a rollback that gives nothing. */
export interface EndedGrant {
  /** The id of the member: the name of its file. */
  readonly member: string;
  /** Its last day. */
  readonly ended: Day;
  /** Whether it held until this rollback, which takes back that it was extended. */
  readonly heldBefore: boolean;
}

/**
 * The grants that a rollback writes into policy again although their last day is over, by member. `before` is absent if
 * policy had errors. The files come back as they were, so that history stays what it was; it is the day that decides, and
 * the same day would end them on the host in any case.
 */
export function endedGrants(before: Resolved | undefined, after: Resolved): readonly EndedGrant[] {
  const known = byMember(before);
  return [...byMember(after).values()].flatMap(({ member, state }) => {
    const { value: ended } = member.expires;
    const old = known.get(member.id);
    if (state !== 'expired' || old?.member.expires.value === ended) return [];
    return [{ member: member.id, ended, heldBefore: old?.state === 'active' }];
  });
}

function byMember(resolved: Resolved | undefined): ReadonlyMap<string, ListedEntitlement> {
  const accounts = [...(resolved?.accounts.values() ?? [])];
  return new Map(accounts.map((entitlement) => [entitlement.member.id, entitlement]));
}
