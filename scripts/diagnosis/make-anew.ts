import type { Entitlement } from '../policy/resolve.ts';
import { measureText } from '../units/measures.ts';
import { accountOfWork } from './account-of-slice.ts';
import type { Case } from './case.ts';
import { grantedTo } from './granted.ts';
import type { SharedKey } from './limit-hit.ts';
import { limitValue } from './limit-value.ts';
import type { Meter } from './meter.ts';

/**
 * What helps work that a limit of a group holds up which its account has left, if it may have more where it is now: nobody has
 * to be given more. `user` is whose work it is mostly, where nobody asks about anybody's. Absent for all other work.
 */
export function makeAnew(meter: Meter, key: SharedKey, found: Case, user = meter): string | undefined {
  const owner = ownerIn(user, found);
  const now = limitValue(meter, key);
  if (!owner || !isLeft(meter, owner) || typeof now !== 'number') return undefined;
  const then = grantedTo(owner.limits, key);
  if (then <= now) return undefined;
  const { group, slice } = owner;
  const has = then === Number.POSITIVE_INFINITY ? `no ${key}` : `${key} ${measureText(key, then)}`;
  return (
    `make the work of ${owner.account} anew, with docker run --cgroup-parent=${slice}: it is in group ${group.group.name} now ` +
    `(${has}), and a container keeps its slice for life`
  );
}

function ownerIn(user: Meter, { focus, meters, resolved }: Case): Entitlement | undefined {
  if (!focus) return accountOfWork(resolved, user.name);
  const slice = meters.find(({ level }) => level === 'account');
  return focus.entitlement ?? (slice && accountOfWork(resolved, slice.name));
}

function isLeft({ level, name }: Meter, { slice, group }: Entitlement): boolean {
  return (level === 'group' || level === 'account') && name !== slice && name !== group.slice;
}
