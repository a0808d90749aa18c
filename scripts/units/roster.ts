import { OWN_SECTION } from './settings.ts';
import { isMarked, parseUnit } from './unit-text.ts';

/** Who is in which group, as a set of units says it. */
export interface Roster {
  /** Group and member file by account. */
  readonly accounts: ReadonlyMap<string, RosterEntry>;
  /** Groups that have a slice. */
  readonly groups: ReadonlySet<string>;
  /** Absent if the units do not say it: a host that has none yet. */
  readonly defaultGroup?: string;
  readonly adminGroup?: string;
}

/** What the unit of one account says. */
export interface RosterEntry {
  readonly group: string;
  readonly member: string;
}

/** Reads who is in which group from units of ours; the units of others say nothing about it. */
export function readRoster(units: Iterable<{ readonly path: string; readonly text: string }>): Roster {
  const accounts = new Map<string, RosterEntry>();
  const groups = new Set<string>();
  const site: { defaultGroup?: string; adminGroup?: string } = {};
  for (const { path, text } of units) {
    if (!path.endsWith('.slice') || !isMarked(text)) continue;
    const said = new Map(ownAssignments(text));
    const [account, member, group] = [said.get('Account'), said.get('Member'), said.get('Group')];
    const [defaultGroup, adminGroup] = [said.get('DefaultGroup'), said.get('AdminGroup')];
    if (account !== undefined && member !== undefined && group !== undefined) accounts.set(account, { group, member });
    else if (group !== undefined) groups.add(group);
    if (defaultGroup !== undefined) site.defaultGroup = defaultGroup;
    if (adminGroup !== undefined) site.adminGroup = adminGroup;
  }
  return { accounts, groups, ...site };
}

function ownAssignments(text: string): readonly (readonly [string, string])[] {
  const own = parseUnit(text).filter(({ section }) => section === OWN_SECTION);
  return own.map(({ directive, value }) => [directive, value]);
}
