import { ACCOUNT, slugOf } from '../policy/account.ts';
import { nearest } from '../policy/nearest.ts';
import { type Entitlement, entitlementOf, type Resolved } from '../policy/resolve.ts';
import { UsageError } from './usage-error.ts';

/** What the account has that somebody spelled in any way. Throws UsageError for what cannot be an account of the site. */
export function findAccount(resolved: Resolved, spelling: string, verb: string): Entitlement {
  const entitlement = possibleAccount(resolved, spelling);
  if (entitlement) return entitlement;
  throw new UsageError(`"${spelling}" is not an account of this site: write name@${resolved.site.accountDomain}`, verb);
}

/** The same; nothing for what cannot be an account of the site. */
export function possibleAccount(resolved: Resolved, spelling: string): Entitlement | undefined {
  const entitlement = entitlementOf(resolved, spelling);
  const { account } = entitlement;
  const isPossible = ACCOUNT.test(account) && account.endsWith(`@${resolved.site.accountDomain}`);
  return isPossible && slugOf(account) !== '' ? entitlement : undefined;
}

/** The listed account that was most likely meant by one that nobody lists; nothing if none is close enough. */
export function nearestAccount(resolved: Resolved, account: string): string | undefined {
  // All of them end in the same domain: it would make any two look alike.
  const accounts = new Map([...resolved.accounts.keys()].map((listed) => [localPart(listed), listed]));
  return accounts.get(nearest(localPart(account), [...accounts.keys()]) ?? '');
}

function localPart(account: string): string {
  return account.replace(/@.*$/, '');
}
