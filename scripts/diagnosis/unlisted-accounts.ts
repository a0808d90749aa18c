import { canonicalAccount, slugOf } from '../policy/account.ts';
import type { Case } from './case.ts';
import type { Person } from './facts.ts';
import { isPersonUid } from './people.ts';
import { programsApart } from './programs-within.ts';

/**
 * Accounts without a member file that something runs for, sorted: in a slice of theirs, or as a user of the machine. Who
 * runs in a container is not looked at: its users are those of its image, and have nothing but their number in common with
 * users of the machine.
 */
export function unlistedAccounts(people: readonly Person[], found: Case): readonly string[] {
  const { all, programs, resolved, accountOf } = found;
  const containers = all.flatMap(({ path, container }) => (container === undefined ? [] : [path]));
  const owners = new Set(programsApart(containers, programs).map(({ uid }) => uid));
  const slices = all.flatMap(({ name, level }) => {
    const entitlement = level === 'account' ? accountOf(name) : undefined;
    return entitlement?.state === 'unlisted' ? [entitlement.account] : [];
  });
  const users = people.flatMap(({ name, uid }) => {
    const account = canonicalAccount(name, resolved.site);
    const isPerson = isPersonUid(uid) && owners.has(uid);
    return isPerson && !resolved.accounts.has(account) ? [account] : [];
  });
  // A slice has only a part of the name; where the machine has all of it, that counts.
  const accounts = new Map([...slices, ...users].map((account) => [slugOf(account), account]));
  return [...accounts.values()].sort();
}
