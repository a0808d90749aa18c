import type { Member } from '../policy/policy.ts';
import { lineOf } from '../policy/source.ts';
import type { Grant, LimitOwner, PolicyEvent } from './events.ts';
import type { FileChanges, Known } from './known-files.ts';
import { limitEvents, type OwnLimits } from './limit-events.ts';
import { settingEvents } from './setting-events.ts';

/** The limits of a member before and after the change, over those that the group and the site have at that time. */
export interface MemberLimits {
  before(member: Member): OwnLimits;
  after(member: Member): OwnLimits;
  /** What a member of the same group has now who states no limits. */
  without(member: Member): OwnLimits;
}

/**
 * What happens to members. A member is the same person or service as long as one of the names of its accounts stays,
 * whatever the file is called: it is called after the first account.
 */
export function memberEvents(files: FileChanges<Member>, limits: MemberLimits): readonly PolicyEvent[] {
  const { pairs, added, removed } = pair(files);
  const events = [
    ...removed.map((file) => ({ name: file.name, events: [revocation(file)] })),
    ...[...added, ...files.recovered].map((file) => ({ name: file.name, events: granting(file, limits) })),
    ...pairs.map(({ before, after }) => ({ name: after.name, events: changing(before, after, limits) })),
  ];
  // Of two people of the same name, one has gone before the other came.
  return events.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name))).flatMap((of) => of.events);
}

interface Pairing {
  readonly pairs: readonly { readonly before: Known<Member>; readonly after: Known<Member> }[];
  readonly added: readonly Known<Member>[];
  readonly removed: readonly Known<Member>[];
}

function pair({ changed, added, removed }: FileChanges<Member>): Pairing {
  const pairs = changed.filter(({ before, after }) => isSame(before, after));
  const others = changed.filter(({ before, after }) => !isSame(before, after));
  const gone = [...removed, ...others.map(({ before }) => before)];
  const come: Known<Member>[] = [];
  for (const after of [...added, ...others.map((files) => files.after)]) {
    const at = gone.findIndex((before) => isSame(before, after));
    const [before] = at === -1 ? [] : gone.splice(at, 1);
    if (before) pairs.push({ before, after });
    else come.push(after);
  }
  return { pairs, added: come, removed: gone };
}

function isSame(before: Known<Member>, after: Known<Member>): boolean {
  const names = namesOf(before.content);
  return [...namesOf(after.content)].some((name) => names.has(name));
}

// All accounts of a site have one domain: another one is another spelling.
function namesOf({ accounts }: Member): ReadonlySet<string> {
  return new Set(accounts.map(({ value }) => value.toLowerCase().replace(/@.*$/, '')));
}

function revocation({ content }: Known<Member>): PolicyEvent {
  return { kind: 'revoke', grant: grantOf(content) };
}

function granting({ content: member }: Known<Member>, limits: MemberLimits): readonly PolicyEvent[] {
  return [
    { kind: 'grant', grant: grantOf(member), place: member.group.place },
    ...limitEvents(ownerOf(member), limits.without(member), limits.after(member)),
  ];
}

function changing(before: Known<Member>, after: Known<Member>, limits: MemberLimits): readonly PolicyEvent[] {
  const [old, now] = [before.content, after.content];
  const owner = ownerOf(now);
  return [
    ...grantEvents(old, now),
    ...accountEvents(old, now),
    ...reasonEvents(old, after),
    ...settingEvents(owner, before.source, after.source, ['github']),
    ...limitEvents(owner, limits.before(old), limits.after(now)),
  ];
}

function grantEvents(old: Member, now: Member): readonly PolicyEvent[] {
  const grant = grantOf(now);
  const [group, granted, expires] = [old.group.value, old.granted.value, old.expires.value];
  // As text, "never" is later than every day.
  const kind = now.expires.value > expires ? 'extend' : 'shorten';
  return [
    ...(group === grant.group ? [] : [{ kind: 'move', grant, from: group, place: now.group.place } as const]),
    ...(expires === grant.expires ? [] : [{ kind, grant, from: expires, place: now.expires.place } as const]),
    ...(granted === grant.granted ? [] : [{ kind: 'begin', grant, from: granted, place: now.granted.place } as const]),
  ];
}

function accountEvents(old: Member, now: Member): readonly PolicyEvent[] {
  const grant = grantOf(now);
  const before = old.accounts.map(({ value }) => value);
  const added = now.accounts.filter(({ value }) => !before.includes(value));
  const removed = before.filter((account) => !grant.accounts.includes(account));
  if (added.length === 0 && removed.length === 0) return [];
  const [first] = [...added, ...now.accounts];
  const place = first && { place: first.place };
  return [{ kind: 'accounts', grant, added: added.map(({ value }) => value), removed, ...place }];
}

function reasonEvents(old: Member, { content, source, file }: Known<Member>): readonly PolicyEvent[] {
  if (old.reason === content.reason) return [];
  const from = old.reason === undefined ? {} : { from: old.reason };
  const place = content.reason === undefined ? {} : { place: { file, line: lineOf(source, ['reason']) } };
  return [{ kind: 'reason', grant: grantOf(content), ...from, ...place }];
}

function grantOf({ id, accounts, group, granted, expires, reason }: Member): Grant {
  return {
    member: id,
    accounts: accounts.map(({ value }) => value),
    group: group.value,
    granted: granted.value,
    expires: expires.value,
    ...(reason !== undefined && { reason }),
  };
}

function ownerOf({ id }: Member): LimitOwner {
  return { kind: 'member', member: id };
}
