import { type AccountDomains, canonicalAccount } from '../policy/account.ts';
import type { Member } from '../policy/policy.ts';

/** By what names somebody is known to be a member. */
export interface Identity {
  /** In canonical spelling. */
  readonly accounts: ReadonlySet<string>;
  /** On GitHub, in lower case. */
  readonly logins: ReadonlySet<string>;
  readonly domains: readonly AccountDomains[];
}

/** All names of a member on both sides of a change: nobody becomes somebody else by changing them. */
export function identityOf(versions: readonly Member[], domains: readonly AccountDomains[]): Identity {
  const accounts = versions.flatMap((member) => member.accounts.flatMap(({ value }) => spellings(value, domains)));
  const logins = versions.flatMap(({ github }) => (github === undefined ? [] : [github.toLowerCase()]));
  return { accounts: new Set(accounts), logins: new Set(logins), domains };
}

/** A mail address that GitHub makes for who does not want to show another one: it names the login. */
const NO_REPLY = /^(?:[0-9]+[+])?([^@+]+)@users[.]noreply[.]github[.]com$/;

/** Whether a name is one of an identity: an account, a mail address, or a login on GitHub, with or without an `@` before it. */
export function isNamed(name: string, { accounts, logins, domains }: Identity): boolean {
  const folded = name.trim().toLowerCase().replace(/^@/, '');
  const [, login = folded] = NO_REPLY.exec(folded) ?? [];
  return logins.has(login) || spellings(folded, domains).some((account) => accounts.has(account));
}

function spellings(account: string, domains: readonly AccountDomains[]): readonly string[] {
  return domains.map((domain) => canonicalAccount(account, domain));
}
