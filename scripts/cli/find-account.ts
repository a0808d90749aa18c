import { ACCOUNT, slugOf } from '../policy/account.ts';
import { type Entitlement, entitlementOf, type Resolved } from '../policy/resolve.ts';
import { UsageError } from './usage-error.ts';

/** What the account has that somebody spelled in any way. Throws UsageError for what cannot be an account of the site. */
export function findAccount(resolved: Resolved, spelling: string, verb: string): Entitlement {
  const entitlement = entitlementOf(resolved, spelling);
  const { account } = entitlement;
  const { accountDomain } = resolved.site;
  if (ACCOUNT.test(account) && account.endsWith(`@${accountDomain}`) && slugOf(account) !== '') return entitlement;
  throw new UsageError(`"${spelling}" is not an account of this site: write name@${accountDomain}`, verb);
}
