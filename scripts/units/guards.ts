import type { Resolved } from '../policy/resolve.ts';
import { count, listing } from './listing.ts';
import type { Roster } from './roster.ts';

/** Guards about what policy says: a reviewed answer in policy/allow.yaml lets one pass. */
export const ANSWERABLE = ['mass-removal', 'group-removal', 'empty-policy', 'admins-gone', 'site-renamed'] as const;

/**
 * Names of guards. `memory-below-use` cannot be answered: it is about what runs on a host at that moment, which nobody has
 * seen who reviews policy, and the kernel would kill it.
 */
export type GuardId = (typeof ANSWERABLE)[number] | 'memory-below-use';

/** A named reason for which a plan must not be applied as it is. A value, so that a later review can answer it. */
export interface Guard {
  readonly id: GuardId;
  /** One sentence with the numbers, the threshold, and the names it is about. */
  readonly message: string;
  /** What it is about, sorted: an answer counts only for exactly these. */
  readonly objects: readonly string[];
  /** What to do instead, if the change is meant. */
  readonly wayOut: string;
}

/** Removing more members than this, or more than this share of them, is taken for a mistake, also on small sites. */
export const MASS_REMOVAL = { members: 2, share: 0.2 } as const;

/** All reasons not to go from the host's roster to the resolved policy. Grants that expire are never one. */
export function findGuards(before: Roster, resolved: Resolved): readonly Guard[] {
  return [massRemoval, groupRemoval, emptyPolicy, adminsGone].flatMap((guard) => guard(before, resolved) ?? []);
}

/** The guard against a policy for another site than the one whose units the host has. */
export function siteRenamed(site: string, strangers: readonly string[]): Guard | undefined {
  if (strangers.length === 0) return undefined;
  const message = `the host has ${count(strangers.length, 'unit file')} of another site, and policy is for site "${site}": ${listing(strangers)}`;
  return {
    id: 'site-renamed',
    message,
    objects: strangers,
    wayOut: `keep the old name in site.yaml, or remove those files first`,
  };
}

function massRemoval(before: Roster, resolved: Resolved): Guard | undefined {
  const listed = membersOf(before);
  const gone = [...listed].filter(([, accounts]) => !accounts.some((account) => resolved.accounts.has(account)));
  const threshold = Math.max(MASS_REMOVAL.members, Math.floor(listed.size * MASS_REMOVAL.share));
  if (gone.length <= threshold) return undefined;
  const objects = gone.map(([member]) => member).sort();
  const allowed = `${threshold} (${MASS_REMOVAL.members}, or ${MASS_REMOVAL.share * 100} % of all)`;
  const message = `removes ${gone.length} of ${listed.size} members, at most ${allowed} at a time: ${listing(objects)}`;
  return { id: 'mass-removal', message, objects, wayOut: `remove at most ${threshold} member files in one change` };
}

function groupRemoval(before: Roster, resolved: Resolved): Guard | undefined {
  const counts = new Map<string, number>();
  for (const { group } of before.accounts.values()) counts.set(group, (counts.get(group) ?? 0) + 1);
  const gone = [...before.groups].filter((group) => !resolved.groups.has(group));
  const used = gone.filter((group) => counts.has(group) || group === before.defaultGroup).sort();
  if (used.length === 0) return undefined;
  const what = used.map((group) => {
    const unlisted = group === before.defaultGroup ? ' and everybody who is not listed' : '';
    return `"${group}" (${count(counts.get(group) ?? 0, 'account')}${unlisted})`;
  });
  const message = `removes ${count(used.length, 'group')} with members on this host, at most 0 at a time: ${what.join(', ')}`;
  return {
    id: 'group-removal',
    message,
    objects: used,
    wayOut: 'move the members to another group in a change before this one',
  };
}

function emptyPolicy(before: Roster, resolved: Resolved): Guard | undefined {
  if (before.accounts.size === 0 || resolved.accounts.size > 0) return undefined;
  const objects = [...before.accounts.keys()].sort();
  const message = `policy lists no account at all, and the host has ${objects.length}: ${listing(objects)}`;
  return { id: 'empty-policy', message, objects, wayOut: 'look whether the member files are missing' };
}

function adminsGone(before: Roster, resolved: Resolved): Guard | undefined {
  const { adminGroup } = resolved.site;
  const old = [...before.accounts]
    .flatMap(([account, { group }]) => (group === before.adminGroup ? [account] : []))
    .sort();
  // Who has no grant that holds is in the default group, which is another one.
  const now = [...resolved.accounts.values()].filter(({ group }) => group.group.name === adminGroup);
  if (now.length === 0) {
    const message = `leaves 0 accounts in group "${adminGroup}", at least 1 must be there today`;
    return {
      id: 'admins-gone',
      message,
      objects: old,
      wayOut: `give a member of "${adminGroup}" a grant that holds today`,
    };
  }
  if (old.length === 0 || now.some(({ account }) => old.includes(account))) return undefined;
  const message = `replaces every administrator at once (${old.length}), at least 1 must stay: ${listing(old)}`;
  return {
    id: 'admins-gone',
    message,
    objects: old,
    wayOut: 'add the new administrators first, and remove the old ones later',
  };
}

function membersOf(roster: Roster): ReadonlyMap<string, readonly string[]> {
  const members = new Map<string, string[]>();
  for (const [account, { member }] of roster.accounts) members.set(member, [...(members.get(member) ?? []), account]);
  return members;
}
