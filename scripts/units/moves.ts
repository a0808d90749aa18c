import type { Place } from '../policy/policy.ts';
import type { Entitlement, GrantState, Resolved } from '../policy/resolve.ts';
import type { Roster } from './roster.ts';

/** An account that gets another group than it has on the host. */
export interface Move {
  readonly account: string;
  /** `gains`: from the default group; `loses`: back to it; `moves`: between two others. */
  readonly kind: 'gains' | 'loses' | 'moves';
  readonly from: string;
  readonly to: string;
  /** Last day of the grant or `never`; absent for the default group. */
  readonly until?: string;
  /** Why an account loses its group: its grant is over or not yet there, or no file lists it any more. */
  readonly state: GrantState;
  /** The line of policy; absent if the file is gone. */
  readonly place?: Place;
}

/** Who gains, loses or moves group, by account. */
export function findMoves(before: Roster, resolved: Resolved): readonly Move[] {
  const fallback = before.defaultGroup ?? resolved.site.defaultGroup.value;
  const accounts = new Set([...before.accounts.keys(), ...resolved.accounts.keys()]);
  return [...accounts].sort().flatMap((account) => {
    const from = before.accounts.get(account)?.group ?? fallback;
    const entitlement = resolved.accounts.get(account);
    const to = entitlement?.group.group.name ?? resolved.site.defaultGroup.value;
    return from === to ? [] : [move(account, from, to, resolved, entitlement)];
  });
}

function move(
  account: string,
  from: string,
  to: string,
  resolved: Resolved,
  entitlement: Entitlement | undefined,
): Move {
  const state = entitlement?.state ?? 'unlisted';
  const fallback = resolved.site.defaultGroup.value;
  const kind = to === fallback ? 'loses' : from === fallback ? 'gains' : 'moves';
  const until = state === 'active' && kind !== 'loses' ? entitlement?.member?.expires.value : undefined;
  return {
    account,
    kind,
    from,
    to,
    state,
    ...(until && { until }),
    ...(entitlement && { place: entitlement.groupPlace }),
  };
}
