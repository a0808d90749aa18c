import { createHash } from 'node:crypto';

/** The domains accounts may be written with: the canonical one, and others for the same accounts. */
export interface AccountDomains {
  readonly accountDomain: string;
  readonly domainAliases: readonly string[];
}

/** How an account has to be written: `name@domain`, lower case. Names as directory services allow them for logins. */
export const ACCOUNT = /^[a-z0-9_][a-z0-9._-]{0,63}@[a-z0-9.-]+$/;

/** The account in the spelling that policy uses: lower case, canonical domain. A domain of nobody's is kept as it is. */
export function canonicalAccount(spelling: string, domains: AccountDomains): string {
  const account = spelling.trim().toLowerCase();
  const at = account.lastIndexOf('@');
  if (at === -1) return `${account}@${domains.accountDomain}`;
  const domain = account.slice(at + 1);
  return domains.domainAliases.includes(domain) ? `${account.slice(0, at)}@${domains.accountDomain}` : account;
}

const LONGEST_SLUG = 32;

/**
 * The last part of an account's slice name, by the rule that DS01's container tools use: domain off, lower case,
 * runs of anything but a-z and 0-9 become `_`, none at the ends. Longer than 32: the first 27, one `_`, and four hex
 * digits of the account's MD5. Never contains `-`, which systemd reads as hierarchy (systemd.slice(5)). May be empty.
 */
export function slugOf(account: string): string {
  const full = fullSlug(account);
  if (full.length <= LONGEST_SLUG) return full;
  return `${full.slice(0, 27).replace(/_$/, '')}_${createHash('md5').update(account).digest('hex').slice(0, 4)}`;
}

/** The slug before it is cut to the longest length. */
export function fullSlug(account: string): string {
  const name = account.toLowerCase().replace(/@.*$/, '');
  return name.replace(/[^a-z0-9]+/g, '_').replace(/^_|_$/g, '');
}
