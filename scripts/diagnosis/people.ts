import { ACCOUNT, canonicalAccount, slugOf } from '../policy/account.ts';
import { type Entitlement, entitlementOf } from '../policy/resolve.ts';
import type { Case } from './case.ts';
import type { Person } from './facts.ts';
import { onceFor } from './once-for.ts';

/** Whether a UID may be somebody's: below are those of the system, and 65534 is nobody (login.defs(5), systemd's UIDS-GIDS). */
export function isPersonUid(uid: number): boolean {
  return uid >= 1000 && uid !== 65_534;
}

/** The account that a user of the machine is. Absent for users of the system, and for whoever the machine does not name. */
export function accountOfUid(uid: number, found: Pick<Case, 'facts' | 'resolved'>): Entitlement | undefined {
  const people = byUid(logins(found)).get(uid) ?? [];
  const accounts = people.flatMap((person) => accountOfPerson(person, found) ?? []);
  // Of two names for one user, that which policy lists.
  return accounts.find(({ member }) => member) ?? accounts[0];
}

/** The accounts whose home folder a folder is in; none for one that leads out of itself. */
export function accountsOfFolder(folder: string, found: Pick<Case, 'facts' | 'resolved'>): readonly Entitlement[] {
  if (/[/][.][.]([/]|$)/.test(folder)) return [];
  const owners = logins(found).filter(({ home }) => HOME.test(home) && `${folder}/`.startsWith(`${home}/`));
  return owners.flatMap((person) => accountOfPerson(person, found) ?? []);
}

// As in `/home/a`: what is in the top folder may be everybody's.
const HOME = /^(\/[^/]+){2,}$/;

function logins({ facts: { people } }: Pick<Case, 'facts'>): readonly Person[] {
  return people.kind === 'told' ? loginsAmong(people.value) : [];
}

const loginsAmong = onceFor((people: readonly Person[]) => people.filter(({ uid }) => isPersonUid(uid)));

const byUid = onceFor((people: readonly Person[]) => {
  const users = new Map<number, Person[]>();
  for (const person of people) users.set(person.uid, [...(users.get(person.uid) ?? []), person]);
  return users;
});

// What cannot be an account, or has no slice, is nobody that policy could mean.
function accountOfPerson({ name }: Person, { resolved }: Pick<Case, 'resolved'>): Entitlement | undefined {
  const account = canonicalAccount(name, resolved.site);
  return ACCOUNT.test(account) && slugOf(account) !== '' ? entitlementOf(resolved, account) : undefined;
}
