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

/**
 * Says of each member by what names it is known, in all files where one of its names stands, before a change or after it: who
 * divides or renames a member file does not become two.
 */
export function identify(members: readonly Member[], domains: readonly AccountDomains[]): (member: Member) => Identity {
  const files = new Map<string, Member[]>();
  for (const member of members) {
    for (const name of namesOf(member, domains)) files.set(name, [...(files.get(name) ?? []), member]);
  }
  return (member) => {
    const same = namesOf(member, domains).flatMap((name) => files.get(name) ?? member);
    return identityOf([...new Set(same)], domains);
  };
}

// A file may keep its name and no account.
function namesOf(member: Member, domains: readonly AccountDomains[]): readonly string[] {
  const { accounts, logins } = identityOf([member], domains);
  return [member.id, ...accounts, ...[...logins].map((login) => `@${login}`)];
}

function identityOf(versions: readonly Member[], domains: readonly AccountDomains[]): Identity {
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
