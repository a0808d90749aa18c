import { accountOfSlice, slugIn } from '../diagnosis/account-of-slice.ts';
import type { Case, Focus } from '../diagnosis/case.ts';
import type { Facts } from '../diagnosis/facts.ts';
import { isPersonUid } from '../diagnosis/people.ts';
import { canonicalAccount, slugOf } from '../policy/account.ts';
import { nearest } from '../policy/nearest.ts';
import type { Entitlement, Resolved } from '../policy/resolve.ts';
import { nearestAccount, possibleAccount } from './find-account.ts';
import { UsageError } from './usage-error.ts';

/**
 * The accounts to ask the machine about, so that a word can be understood. Throws UsageError for what can be neither an
 * account of the site nor a container: nobody has to wait for that.
 */
export function accountsToAsk(word: string, resolved: Resolved): readonly string[] {
  const account = meantAccount(word, resolved);
  if (account) return [account.account];
  if (CONTAINER_NAME.test(word)) return [];
  const way = `write name@${resolved.site.accountDomain}, or what Docker calls the container`;
  throw new UsageError(`"${word}" is neither an account of this site nor the name of a container: ${way}`, 'doctor');
}

// What Docker takes for a name; an id is one, too.
const CONTAINER_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/**
 * Whose work a word is about. Of what it may be, the first that is there: an account that policy lists, a container's name,
 * an account that the machine knows or that has a slice, the beginning of a container's id. Ids of people may consist of
 * digits, as those of containers do. Throws UsageError, with what was probably meant, for a word that is nothing of these.
 */
export function chooseFocus(word: string, found: Case): Focus {
  const account = meantAccount(word, found.resolved);
  if (account?.member) return { kind: 'account', entitlement: account };
  const containers = containersOf(found);
  const named = containers.find(({ name }) => name === word);
  if (named) return containerFocus(named, found);
  if (account && isKnown(account, found)) return { kind: 'account', entitlement: account };
  const [begun, another] = containers.filter(({ id }) => ID_START.test(word) && id.startsWith(word));
  if (another) throw ambiguous(word, containers);
  if (begun) return containerFocus(begun, found);
  if (account && mayBeAccount(word, found.facts)) return { kind: 'account', entitlement: account };
  throw unknownWord(word, found, containers);
}

// Where nobody can say who is there, nobody can say that somebody is not. But while Docker does not say either what its
// containers are called, only a whole account is one for certain.
function mayBeAccount(word: string, { people, containers }: Facts): boolean {
  return people.kind !== 'told' && (containers.kind !== 'silent' || word.includes('@'));
}

/** An account in any spelling, or by its slice: that is how what is found is called. */
function meantAccount(word: string, resolved: Resolved): Entitlement | undefined {
  return accountOfSlice(resolved, word) ?? possibleAccount(resolved, word);
}

/** Four digits and more: fewer are more likely something else. */
const ID_START = /^[0-9a-f]{4,64}$/;

interface Named {
  readonly id: string;
  readonly name?: string;
}

/** Those that Docker names, and those that only the kernel shows. */
function containersOf({ facts, all }: Case): readonly Named[] {
  const named = facts.containers.kind === 'told' ? facts.containers.value : [];
  const names = new Map(named.map(({ id, name }) => [id, name]));
  const ids = [...named.map(({ id }) => id), ...all.flatMap(({ container }) => container ?? [])];
  return [...new Set(ids)].map((id) => {
    const name = names.get(id);
    return { id, ...(name !== undefined && { name }) };
  });
}

function containerFocus({ id, name }: Named, { all, accountOf }: Case): Focus {
  const meter = all.find(({ container }) => container === id);
  const around = meter?.path.split('/') ?? [];
  const entitlement = around.map((cgroup) => accountOf(cgroup)).find((owner) => owner !== undefined);
  return { kind: 'container', id, ...(name !== undefined && { name }), ...(entitlement && { entitlement }) };
}

/** Whether the machine knows somebody by that name who may log in, or a slice of the account runs, in whatever group. */
function isKnown({ account }: Entitlement, { facts, all, resolved }: Case): boolean {
  const people = facts.people.kind === 'told' ? facts.people.value : [];
  const isPerson = people.some(
    ({ name, uid }) => isPersonUid(uid) && canonicalAccount(name, resolved.site) === account,
  );
  const slug = slugOf(account);
  return isPerson || all.some(({ level, name }) => level === 'account' && slugIn(name) === slug);
}

// So many are shown: who wants another one writes a digit more.
const SHOWN = 5;

function ambiguous(word: string, containers: readonly Named[]): UsageError {
  const meant = containers.filter(({ id }) => id.startsWith(word));
  const shown = meant.slice(0, SHOWN).map(({ id, name }) => {
    // A digit more than all that they have in common may be needed.
    return `${id.slice(0, Math.max(12, word.length + 1))}${name === undefined ? '' : ` (${name})`}`;
  });
  const more = meant.length > SHOWN ? ` and ${meant.length - SHOWN} more` : '';
  return new UsageError(`"${word}" begins the ids of several containers: ${shown.join(', ')}${more}`, 'doctor');
}

function unknownWord(word: string, { resolved, facts }: Case, containers: readonly Named[]): UsageError {
  if ([...resolved.groups].some(([name, { slice }]) => word === name || word === slice)) {
    const way = 'name an account or a container, or nothing for the whole machine';
    return new UsageError(`"${word}" is a group: ${way}`, 'doctor');
  }
  const names = containers.flatMap(({ name }) => name ?? []);
  const guess = nearestAccount(resolved, word) ?? nearest(word, names);
  const hints = [
    ...(facts.people.kind === 'silent' ? [`accounts that no file lists are not known: ${facts.people.why}`] : []),
    ...(facts.containers.kind === 'silent' ? [`names of containers are not known: ${facts.containers.why}`] : []),
    ...(guess === undefined ? [] : [`did you mean ${guess}?`]),
  ];
  const what = 'no account that policy lists or this machine knows, and no container that runs here';
  return new UsageError([`"${word}" is ${what}`, ...hints].join('; '), 'doctor');
}
