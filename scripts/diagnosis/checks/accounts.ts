import { canonicalAccount } from '../../policy/account.ts';
import type { ListedEntitlement } from '../../policy/resolve.ts';
import { count, listing } from '../../units/listing.ts';
import type { Case } from '../case.ts';
import type { Cause, Check } from '../check.ts';
import type { Person } from '../facts.ts';
import { unlistedAccounts } from '../unlisted-accounts.ts';

const WEIGHT = 10;

const LOOK =
  'systemctl status sssd, and the line passwd of /etc/nsswitch.conf, say whether the directory service can be asked';

/** Policy names accounts, and the kernel knows numbers: the machine has to know who is who (nsswitch.conf(5)). */
export const accounts: Check = {
  id: 'accounts',
  title: 'accounts',
  about: 'machine',
  examine(found) {
    const { people } = found.facts;
    if (people.kind !== 'told') {
      return { causes: [], saw: 'nobody said who is who', unknown: [{ why: people.why, wayOut: LOOK }] };
    }
    const logins = loginsOf(people.value, found);
    const active = [...found.resolved.accounts.values()].filter(({ state }) => state === 'active');
    const unknown = active.filter(({ account }) => !logins.has(account));
    return {
      causes: [...unknownCauses(unknown, active, found), ...sharedCauses(logins, found)],
      saw: `the machine knows ${count(active.length, 'account')} of policy`,
      notes: [...spellingNotes(logins), ...memberNotes(logins, found), ...unlistedNotes(people.value, found)],
    };
  },
};

/** The logins that are an account of policy, by account: a local user may have the name of one, too. */
type Logins = ReadonlyMap<string, readonly Person[]>;

function loginsOf(people: readonly Person[], { resolved }: Case): Logins {
  const logins = new Map<string, Person[]>();
  const known = new Set<string>();
  for (const person of people) {
    const account = canonicalAccount(person.name, resolved.site);
    const id = `${person.name} ${person.uid}`;
    if (!resolved.accounts.has(account) || known.has(id)) continue;
    known.add(id);
    logins.set(account, [...(logins.get(account) ?? []), person]);
  }
  return logins;
}

function unknownCauses(
  unknown: readonly ListedEntitlement[],
  active: readonly ListedEntitlement[],
  { placeText }: Case,
): readonly Cause[] {
  const [first] = unknown;
  if (!first) return [];
  const names = unknown.map(({ account }) => account);
  const all = unknown.length === active.length && active.length > 1;
  const lines = unknown.slice(0, SHOWN).flatMap(({ account, member }) => {
    const said = member.accounts.filter(({ value }) => value === account);
    return said.map(({ place }) => ({ source: placeText(place), figure: account }));
  });
  // The command takes the whole member, with the accounts that the machine does know.
  const isAlone = first.member.accounts.length === 1;
  const correct = `correct the member file, or take it out${isAlone ? ` with ds01-policy revoke ${first.account}` : ' there'}`;
  return [
    {
      weight: WEIGHT,
      subject: first.account,
      message: `the machine does not know ${count(names.length, 'account')} of policy: ${listing(names)}`,
      evidence: [
        { source: 'getent passwd', figure: `${active.length - names.length} of ${active.length} found` },
        ...lines,
      ],
      // Of a directory that knows nobody at all, no member file is to blame.
      wayOut: all ? LOOK : `${correct}; or ${LOOK}`,
    },
  ];
}

/** So many accounts are named as evidence. */
const SHOWN = 10;

// One user of the kernel with two names that are not of one person.
function sharedCauses(logins: Logins, { resolved }: Case): readonly Cause[] {
  return [...byUid(logins)].flatMap(([uid, names]) => {
    const members = new Set(names.map((account) => resolved.accounts.get(account)?.member.id));
    if (members.size < 2) return [];
    return [
      {
        weight: WEIGHT,
        subject: names.join(', '),
        message: `${names.join(' and ')} share UID ${uid}: to the kernel they are one user, with the same files and processes`,
        evidence: [{ source: 'getent passwd', figure: `UID ${uid} of ${names.join(', ')}` }],
        wayOut: 'give one of them another UID, or list both accounts in one member file',
      },
    ];
  });
}

function byUid(logins: Logins): ReadonlyMap<number, readonly string[]> {
  const accounts = new Map<number, string[]>();
  for (const [account, people] of logins) {
    for (const uid of new Set(people.map((person) => person.uid)))
      accounts.set(uid, [...(accounts.get(uid) ?? []), account]);
  }
  return accounts;
}

function spellingNotes(logins: Logins): readonly string[] {
  const other = [...logins].flatMap(([account, people]) => {
    return people.flatMap(({ name }) => (name === account ? [] : [`${account} as ${name}`]));
  });
  return other.length === 0 ? [] : [`the machine spells ${listing(other)}`];
}

// Accounts of one member, and logins of one account, that are different users to the kernel.
function memberNotes(logins: Logins, { resolved }: Case): readonly string[] {
  const uidsOf = (account: string) => [...new Set((logins.get(account) ?? []).map(({ uid }) => uid))];
  const members = new Map([...resolved.accounts.values()].map(({ member }) => [member.id, member]));
  const several = [...members.values()].flatMap(({ id, accounts }) => {
    const known = accounts.flatMap(({ value }) =>
      uidsOf(value)
        .slice(0, 1)
        .map((uid) => ({ value, uid })),
    );
    if (new Set(known.map(({ uid }) => uid)).size < 2) return [];
    const words = known.map(({ value, uid }) => `${value} with UID ${uid}`);
    return [
      `member ${id} is ${words.join(' and ')}: each has a slice of its own, and per_member limits count for each`,
    ];
  });
  const twice = [...logins.keys()].flatMap((account) => {
    const uids = uidsOf(account);
    return uids.length < 2
      ? []
      : [`${account} is ${uids.length} users to the kernel, with one slice: UID ${uids.join(', ')}`];
  });
  return [...several, ...twice];
}

function unlistedNotes(people: readonly Person[], found: Case): readonly string[] {
  const names = unlistedAccounts(people, found);
  if (names.length === 0) return [];
  const group = found.resolved.site.defaultGroup.value;
  return [`${count(names.length, 'account')} in use that policy does not list, in group "${group}": ${listing(names)}`];
}
