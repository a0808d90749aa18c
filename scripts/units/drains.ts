import { slugOf } from '../policy/account.ts';
import type { Place } from '../policy/policy.ts';
import type { Entitlement, Resolved } from '../policy/resolve.ts';
import type { CgroupSlice, LiveSurvey } from './live.ts';
import type { Unit } from './render.ts';
import { OWN_SECTION } from './settings.ts';
import { groupOfSlice, parseUnitPath } from './unit-path.ts';
import { parseUnit, printMarked } from './unit-text.ts';

/** A slice that policy gives to nobody any more, in which programs still run: a container keeps its slice for life. */
export interface Drain {
  readonly slice: string;
  /** The slice that new work of the account goes to, if the account has another one. */
  readonly to?: string;
  /** What still runs there: containers by name if Docker tells, else services and scopes as systemd calls them. */
  readonly work: readonly string[];
}

/** What is left of slices that policy gave up. */
export interface Drains {
  readonly drains: readonly Drain[];
  /** Files of such slices, which stay with the limits they have until nothing runs there. */
  readonly units: readonly Unit[];
}

/**
 * Finds slices to be kept for what still runs in them. `gone` are files of ours that policy does not ask for, `asked` the
 * paths of those it does. A group that is gone keeps its own slice as long as one below it is in use.
 */
export function findDrains(
  gone: readonly { readonly path: string; readonly text: string }[],
  asked: ReadonlySet<string>,
  resolved: Resolved,
  { cgroup, containers }: Pick<LiveSurvey, 'cgroup' | 'containers'>,
): Drains {
  const running = new Map(cgroup.slices.filter(({ populated }) => populated).map((slice) => [slice.name, slice]));
  const listed = new Map(
    [...resolved.accounts.values()].map((entitlement) => [slugOf(entitlement.account), entitlement]),
  );
  const moved = movedSlices(resolved, listed, running);
  const kept = gone.flatMap(({ path, text }) => {
    const slice = sliceOfFile(path);
    const owned = asked.has(slice) || (isOfDefaultGroup(slice, resolved) && !moved.has(slice));
    return running.has(slice) && !owned ? [{ path, text, slice }] : [];
  });
  const slices = new Set([...kept.flatMap(({ slice }) => (isAccount(slice) ? [slice] : [])), ...moved.keys()]);
  const left = [...running.values()].filter(({ name }) => slices.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    drains: left.map((slice) => drain(slice, moved.get(slice.name), containers)),
    units: kept.map(({ path, text, slice }) => {
      // Whatever gave the account another slice, or that nobody lists it any more.
      const place = listed.get(slugIn(slice))?.groupPlace ?? resolved.site.defaultGroup.place;
      return drainingUnit(path, text, place);
    }),
  };
}

// Whoever is not listed any more is in the default group: a slice of that group is theirs all the same.
function isOfDefaultGroup(slice: string, { site }: Resolved): boolean {
  return isAccount(slice) && groupOfSlice(slice, site.name) === site.defaultGroup.value;
}

// The drop-in for all members of a group goes with the group's slice.
function sliceOfFile(path: string): string {
  return parseUnitPath(path).unit.replace(/-[.]slice$/, '.slice');
}

function isAccount(slice: string): boolean {
  return slice.split('-').length > 2;
}

// Slices of other groups with the name of an account that is listed: with or without a file of ours.
function movedSlices(
  { site }: Resolved,
  listed: ReadonlyMap<string, Entitlement>,
  running: ReadonlyMap<string, CgroupSlice>,
): ReadonlyMap<string, string> {
  const moved = [...running.keys()].flatMap((slice) => {
    const to = slice.startsWith(`${site.name}-`) ? listed.get(slugIn(slice))?.slice : undefined;
    return to === undefined || to === slice ? [] : [[slice, to] as const];
  });
  return new Map(moved);
}

// `ds01-student-a.slice` is the slice of `a`; those of groups, and those below, are nobody's.
function slugIn(slice: string): string {
  return /^[^-]+-[^-]+-([^-]+)[.]slice$/.exec(slice)?.[1] ?? '';
}

function drain({ name, work }: CgroupSlice, to: string | undefined, containers: LiveSurvey['containers']): Drain {
  return { slice: name, ...(to !== undefined && { to }), work: work.map((scope) => containerName(scope, containers)) };
}

// What Docker's systemd driver calls the scope of a container.
function containerName(scope: string, containers: LiveSurvey['containers']): string {
  const id = /^docker-([0-9a-f]{64})[.]scope$/.exec(scope)?.[1];
  if (id === undefined) return scope;
  return `container ${containers?.get(id) ?? id.slice(0, 12)}`;
}

// The limits stay as they are; who the slice belongs to does not: the account is somewhere else by now.
function drainingUnit(path: string, text: string, place: Place): Unit {
  const kept = parseUnit(text).filter(({ section, directive, value }) => {
    // Somebody may have written a backslash there; no limit has one.
    return (section !== OWN_SECTION || !OWNERSHIP.includes(directive)) && !value.includes('\\');
  });
  return { path, text: printMarked(REMARK, kept), place, places: new Map() };
}

const OWNERSHIP = ['Group', 'Account', 'Member'];
const REMARK = 'policy gives this slice to nobody any more. It goes with the last program that runs in it.';
