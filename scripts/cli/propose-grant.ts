import { HostRefusal } from '../host/host-failure.ts';
import { slugOf } from '../policy/account.ts';
import { addDays, type Day } from '../policy/calendar.ts';
import { type Edit, edit } from '../policy/edit.ts';
import { memberText, schemaLine } from '../policy/member-text.ts';
import { nearest } from '../policy/nearest.ts';
import type { Group, Member } from '../policy/policy.ts';
import { readDay } from '../policy/read-day.ts';
import { type CurrentPolicy, memberSource } from './current-policy.ts';
import { findAccount } from './find-account.ts';
import { describeGroup } from './group-choices.ts';
import type { Conversation } from './prompt.ts';
import { type Proposal, readGivenDay, readReason, readUntil } from './proposal.ts';
import { UsageError } from './usage-error.ts';

/** What is to be granted, as it was given on the command line; what is absent is asked for. */
export interface GrantWish {
  readonly account: string | undefined;
  readonly group: string | undefined;
  readonly until: string | undefined;
  readonly from: string | undefined;
  readonly reason: string | undefined;
  /** More accounts of the same person, with commas between them. */
  readonly others: string | undefined;
  readonly github: string | undefined;
}

const VERB = 'grant';

/** Grants a group: a new member file, or other values in the one that has the account. Throws UsageError and HostRefusal. */
export async function proposeGrant(current: CurrentPolicy, wish: GrantWish, talk: Conversation): Promise<Proposal> {
  const grant = await readGrant(current, wish, talk);
  const member = findMember(current, grant.accounts);
  const id = member?.id ?? slugOf(grant.accounts[0] ?? '');
  const file = `members/${id}.yaml`;
  const branch = `grant/${id}`;
  if (!member) return { files: new Map([[file, newMember(current, id, grant)]]), branch };
  const files = new Map([[file, editMember(current, member, grant)]]);
  // The file keeps the reason of the grant; that of the new account is for the record.
  return { files, branch, ...(isKept(current, member, grant) && { reason: grant.reason }) };
}

// A grant that holds is not granted again: it may get more accounts.
function isKept({ resolved }: CurrentPolicy, { expires, group }: Member, grant: Grant): boolean {
  return (expires.value === 'never' || expires.value >= resolved.today) && group.value === grant.group;
}

interface Grant {
  /** The one that was named first; canonical. */
  readonly accounts: readonly string[];
  readonly group: string;
  readonly granted: Day;
  readonly expires: Day | 'never';
  readonly reason: string;
  readonly github?: string;
}

async function readGrant(current: CurrentPolicy, wish: GrantWish, talk: Conversation): Promise<Grant> {
  const { resolved, policy } = current;
  const { today } = resolved;
  const readAccount = (text: string) => findAccount(resolved, text, VERB).account;
  const account = await talk.need(wish.account, 'ACCOUNT', 'account', readAccount);
  const others = wish.others?.split(',').map(readAccount) ?? [];
  const choices = [...policy.groups.values()].filter(({ name }) => name !== policy.site.defaultGroup.value);
  const group = await talk.choose(wish.group, 'GROUP', 'group', choices.map(describeGroup(resolved)), (name) => {
    return findGroup(policy.groups, name);
  });
  const granted = wish.from === undefined ? today : readGivenDay('--from', wish.from, today, VERB);
  const expires = await talk.need(wish.until, '--until DATE|never', untilQuestion(today), (text) => {
    const until = readUntil(text, today, today, VERB);
    assertLength(group, granted, until);
    return until;
  });
  const reason = await talk.need(wish.reason, '--reason TEXT', 'reason, for those who will ask', (text) =>
    readReason(text, VERB),
  );
  const accounts = [...new Set([account, ...others])];
  const github = wish.github?.replace(/^@/, '');
  return { accounts, group: group.name, granted, expires, reason, ...(github !== undefined && { github }) };
}

function untilQuestion(today: Day): string {
  const examples = ['+6m', '+1y'].map((length) => {
    const day = readDay(length, today);
    return `${length} for ${day.ok ? day.value : ''}`;
  });
  return `until (a day, ${examples.join(', ')}, or never)`;
}

function findGroup(groups: ReadonlyMap<string, Group>, name: string): Group {
  const group = groups.get(name);
  if (group) return group;
  const names = [...groups.keys()];
  const guess = nearest(name, names);
  const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
  throw new UsageError(`group "${name}" does not exist: the groups are ${names.join(', ')}${hint}`, VERB);
}

function assertLength({ name, longestGrant }: Group, granted: Day, expires: Day | 'never'): void {
  if (expires < granted)
    throw new UsageError(`the grant would end on ${expires}, before it begins on ${granted}`, VERB);
  if (longestGrant === undefined) return;
  const last = addDays(granted, longestGrant - 1);
  if (expires !== 'never' && expires <= last) return;
  const length = `a grant for ${name} may last ${longestGrant} days, until ${last}`;
  throw new UsageError(`${length}, not ${expires === 'never' ? 'for ever' : `until ${expires}`}`, VERB);
}

/** The one member whose file has one of these accounts. */
function findMember({ resolved, label }: CurrentPolicy, accounts: readonly string[]): Member | undefined {
  const found = accounts.flatMap((account) => {
    const member = resolved.accounts.get(account)?.member;
    return member ? [{ account, member }] : [];
  });
  const [first] = found;
  const other = found.find(({ member }) => member.id !== first?.member.id);
  if (!first || !other) return first?.member;
  const where = [first, other].map(({ account, member }) => `${account} is in ${label(`members/${member.id}.yaml`)}`);
  throw new HostRefusal(`${where.join(' and ')}: one person has one file; revoke one of the two first`);
}

function newMember({ draft, label }: CurrentPolicy, id: string, grant: Grant): string {
  const taken = draft.members.find(({ name }) => name === id)?.content;
  if (taken) {
    const others = taken.accounts.map(({ value }) => value).join(', ');
    throw new HostRefusal(
      `${label(`members/${id}.yaml`)} is the file of ${others}, whose slice would have the same name`,
    );
  }
  return memberText(grant, schemaLine(draft));
}

function editMember(current: CurrentPolicy, member: Member, grant: Grant): string {
  const { accounts, github, group, reason, granted, expires } = grant;
  const listed = member.accounts.map(({ value }) => value);
  const more = accounts.filter((account) => !listed.includes(account));
  const edits: Edit[] = more.map((account, index) => ({ path: ['accounts', listed.length + index], value: account }));
  if (github !== undefined && github !== member.github) edits.push({ path: ['github'], value: github });
  if (!isKept(current, member, grant)) {
    for (const [key, value] of Object.entries({ group, reason, granted, expires })) edits.push({ path: [key], value });
  } else if (granted !== member.granted.value && granted !== current.resolved.today) {
    refuseBegin(current, member);
  } else if (expires !== member.expires.value || edits.length === 0) refuseSame(current, member, grant);
  return edit(memberSource(current, member), edits).text;
}

function refuseBegin({ label }: CurrentPolicy, { id, granted }: Member): never {
  const begun = `the grant in ${label(`members/${id}.yaml`)} has ${granted.value} as its first day already`;
  throw new HostRefusal(`${begun}: leave --from out`);
}

function refuseSame(
  { label }: CurrentPolicy,
  { id, accounts: listed, expires: { value } }: Member,
  { accounts, group, expires }: Grant,
): never {
  // An account that is to be added has nothing yet.
  const who = accounts.find((account) => listed.some((one) => one.value === account));
  const has = `${who} has ${group} ${value === 'never' ? 'without an end' : `until ${value}`} already`;
  if (expires === value) throw new HostRefusal(`${has}; ${label(`members/${id}.yaml`)} says so`);
  throw new HostRefusal(`${has}; ds01-policy extend ${id} --until ${expires} gives it another end`);
}
