import { createHash } from 'node:crypto';
import type { Day } from '../policy/calendar.ts';
import type { Resolved } from '../policy/resolve.ts';
import { type AnsweredGuard, answerGuards } from './answers.ts';
import { type Change, diff } from './diff.ts';
import { type Drain, findDrains } from './drains.ts';
import type { Drift } from './drift.ts';
import { type Verification, verify } from './enforcement.ts';
import { findGuards, type Guard, siteRenamed } from './guards.ts';
import { indexUnits } from './layers.ts';
import { type LiveSurvey, loadedSlices } from './live.ts';
import { findMoves, type Move } from './moves.ts';
import { render, type Unit } from './render.ts';
import { readRoster } from './roster.ts';
import { memoryBelowUse, withUse } from './running.ts';
import { findShadows, isManaged, limitsSomething, type OtherFile } from './shadows.ts';
import { isInNamespace, wholePath } from './unit-path.ts';
import { isMarked } from './unit-text.ts';

/**
 * One entry of a folder of units that has to do with slices, as a reader of a host found it. Paths are relative to
 * /etc/systemd/system, and absolute in other folders of systemd's load path.
 */
export type FoundFile = FoundText | { readonly kind: 'obstacle'; readonly path: string; readonly what: string };

/** A file that was found; `modified` in milliseconds since 1970. */
export type FoundText = OtherFile & { readonly kind: 'file' };

/** Something in the place of a unit of ours that is no file: nothing is written while it is there. */
export interface Conflict {
  readonly path: string;
  readonly message: string;
}

/** What has to change on a host, as a value: shown, reviewed, and then applied as exactly this. */
export interface Plan {
  readonly site: string;
  /** The day that grants were looked at. */
  readonly today: Day;
  /** Whether anything is not as policy says, apart from what policy says to leave as it is. */
  readonly differs: boolean;
  /** In the order they are applied. */
  readonly changes: readonly Change[];
  readonly moves: readonly Move[];
  /** What speaks against it and nobody has answered. */
  readonly guards: readonly Guard[];
  /** What would speak against it, had policy no answer for exactly this. */
  readonly answered: readonly AnsweredGuard[];
  readonly conflicts: readonly Conflict[];
  /** Limits that something else than policy has a say in. */
  readonly drift: readonly Drift[];
  /** Slices that policy gave up and programs still run in; only a live host has them. */
  readonly draining: readonly Drain[];
  /** Other files of others among the site's slices, which policy says nothing about: they are left alone. */
  readonly foreign: readonly string[];
  /** Units of others among them that limit nothing, such as container tools make for each account. */
  readonly accountingOnly: readonly string[];
  /** What systemd and the kernel make of the files; only a live host can say. */
  readonly verified?: Omit<Verification, 'drift'>;
  /** Why systemd must not read the files as they are now: programs would be killed. Only where that is so. */
  readonly reloadGuard?: Guard;
  /** SHA-256 in hex over every path, its bytes before and after. Equal plans have equal digests. */
  readonly digest: string;
}

/**
 * Compares what a host has with what policy wants on its day; `live` is what runs there, absent for a directory. Writes
 * nothing: it has nothing to write with.
 */
export function plan(found: readonly FoundFile[], resolved: Resolved, live?: LiveSurvey): Plan {
  const { site, today } = resolved;
  const files = sortFiles(found, resolved);
  const before = readRoster(files.inside);
  const rendered = render(resolved);
  const asked = new Set(rendered.map(({ path }) => path));
  const gone = files.inside.filter(({ path }) => !asked.has(path));
  const { drains, units } = live ? findDrains(gone, asked, resolved, live) : NO_DRAINS;
  const wanted = [...rendered, ...units];
  const adopted = files.others.filter(({ path }) => asked.has(path));
  const others = files.others.filter(({ path }) => !asked.has(path));
  const shadows = findShadows(others, wanted, resolved);
  const known = new Map([...files.inside, ...adopted].map(({ path, text }) => [path, text]));
  const changes = [...diff(known, wanted, new Set(adopted.map(({ path }) => path))), ...shadows.clears];
  const digest = digestOf(changes);
  const running = live && examine(live, files, wanted, others, changes, resolved);
  const renamed = siteRenamed(site.name, files.strangers);
  const guards = [...(renamed ? [renamed] : []), ...findGuards(before, resolved), ...(running?.guards ?? [])];
  const conflicts = findConflicts(found, wanted);
  const drift = [...shadows.drift, ...(running?.drift ?? [])];
  return {
    site: site.name,
    today,
    differs: changes.length > 0 || conflicts.length > 0 || drift.some(({ action }) => action !== 'report'),
    changes: live ? withUse(changes, live) : changes,
    moves: findMoves(before, resolved),
    ...answerGuards(guards, resolved.answers, digest),
    conflicts,
    drift,
    draining: drains,
    ...findForeign(found, asked, shadows.drift, site.name),
    ...(running && { verified: running.verified }),
    ...(running?.reloadGuard && { reloadGuard: running.reloadGuard }),
    digest,
  };
}

const NO_DRAINS = { drains: [], units: [] } as const;

interface SortedFiles {
  /** All of them. */
  readonly all: readonly FoundText[];
  /** Ours, of this site. */
  readonly inside: readonly FoundText[];
  /** Ours, of another site: their paths. */
  readonly strangers: readonly string[];
  /** Those of everybody else. */
  readonly others: readonly FoundText[];
}

function sortFiles(found: readonly FoundFile[], { site }: Resolved): SortedFiles {
  const all = found.flatMap((file) => (file.kind === 'file' ? [file] : []));
  const ours = all.filter(({ path, text }) => isMarked(text) && !path.startsWith('/'));
  const inside = ours.filter(({ path }) => isInNamespace(path, site.name));
  const strangers = ours.filter(({ path }) => !isInNamespace(path, site.name)).map(({ path }) => path);
  const known = new Set(ours.map(({ path }) => path));
  return { all, inside, strangers: strangers.sort(), others: all.filter(({ path }) => !known.has(path)) };
}

// What a running system makes of the files as they are, and what it would do with those to come.
function examine(
  live: LiveSurvey,
  files: SortedFiles,
  wanted: readonly Unit[],
  others: readonly FoundText[],
  changes: readonly Change[],
  resolved: Resolved,
) {
  const ours = new Set(files.inside.map(({ path }) => path));
  const places = new Map(wanted.map((unit) => [unit.path, unit.places]));
  const loaded = [...loadedSlices(live.show).values()].filter(({ name }) => isManaged(name, resolved));
  const onDisk = indexUnits(files.all);
  const { drift, ...verified } = verify(loaded, {
    files: onDisk,
    units: files.inside.flatMap(({ path }) => (!path.includes('/') && isManaged(path, resolved) ? [path] : [])),
    cgroup: live.cgroup,
    isOurs: (path) => ours.has(path),
    placeOf: (path, key) => places.get(path)?.get(key),
  });
  const cleared = new Set(changes.flatMap(({ kind, path }) => (kind === 'clear' ? [path] : [])));
  const after = indexUnits([...wanted, ...others.filter(({ path }) => !cleared.has(path))]);
  const managed = (slice: string) => isManaged(slice, resolved);
  const [guard, reloadGuard] = [after, onDisk].map((index) => memoryBelowUse(index, live.cgroup, managed));
  return { drift, verified, guards: guard ? [guard] : [], reloadGuard };
}

function findConflicts(found: readonly FoundFile[], wanted: readonly Unit[]): readonly Conflict[] {
  const paths = new Set(wanted.flatMap(({ path }) => [path, path.replace(/\/.*$/, '')]));
  return found.flatMap((file) => {
    return file.kind === 'obstacle' && paths.has(file.path) ? [{ path: file.path, message: `is ${file.what}` }] : [];
  });
}

function findForeign(
  found: readonly FoundFile[],
  asked: ReadonlySet<string>,
  drift: readonly Drift[],
  site: string,
): Pick<Plan, 'foreign' | 'accountingOnly'> {
  const named = new Set(drift.map(({ file }) => file));
  const others = found.filter((file) => {
    const ours = file.kind === 'file' && isMarked(file.text);
    return isInNamespace(file.path, site) && !asked.has(file.path) && !ours && !named.has(wholePath(file.path));
  });
  const limitsNothing = (file: FoundFile) => {
    return file.kind === 'file' && file.path.endsWith('.slice') && !limitsSomething(file);
  };
  return {
    foreign: others.flatMap((file) => (limitsNothing(file) ? [] : [file.path])).sort(),
    accountingOnly: others.flatMap((file) => (limitsNothing(file) ? [file.path] : [])).sort(),
  };
}

function digestOf(changes: readonly Change[]): string {
  const canonical = changes.map((change) => {
    const { before, after } = { before: null, after: null, ...change };
    return [change.kind, change.path, before, after];
  });
  return createHash('sha256')
    .update(JSON.stringify(['ds01-policy plan 1', canonical]))
    .digest('hex');
}
