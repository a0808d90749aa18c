import type { Place } from '../policy/policy.ts';
import type { Resolved } from '../policy/resolve.ts';
import type { Change, Difference } from './diff.ts';
import { type Drift, policyWords, valueWord } from './drift.ts';
import { effectiveSettings, indexUnits, layersOf, type UnitFile, type UnitFiles } from './layers.ts';
import { defaultOf, isSame, type Measure } from './measures.ts';
import type { Unit } from './render.ts';
import { effectOf, isIgnored, type Setting, settingsOf, settingText } from './settings.ts';
import { readDirective } from './systemd-values.ts';
import { groupOfSlice, parseUnitPath, wholePath } from './unit-path.ts';
import { parseUnit } from './unit-text.ts';

/** A file of somebody else that systemd reads, too. */
export interface OtherFile extends UnitFile {
  /** When it was written, in milliseconds since 1970. */
  readonly modified?: number;
}

/** What other files make of the limits that policy says. */
export interface Shadows {
  readonly drift: readonly Drift[];
  /** Files that `systemctl set-property` wrote, to be taken away. */
  readonly clears: readonly Change[];
}

/**
 * Finds the files of others that would have the last word about a limit once policy is written: foreign drop-ins, units
 * by hand for accounts that policy does not list, and what `systemctl set-property` left (systemctl(1)). The latter is
 * cleared even if it says the same as policy: it would override the next change.
 */
export function findShadows(others: readonly OtherFile[], wanted: readonly Unit[], resolved: Resolved): Shadows {
  const names = new Set(wanted.map(({ path }) => fileName(path)));
  // Also one that says nothing, if it has the name of one of ours: systemd may read it instead.
  const relevant = others.filter((file) => limitsSomething(file) || names.has(fileName(file.path)));
  const cases = relevant.flatMap((file) => {
    const slices = slicesOf(file, wanted, resolved);
    return slices.length === 0 ? [] : [{ file, slices, cleared: isCleared(file, slices, resolved) }];
  });
  if (cases.length === 0) return { drift: [], clears: [] };
  const cleared = cases.filter((found) => found.cleared);
  const left = cases.filter((found) => !found.cleared);
  const world: World = {
    resolved,
    left: new Map(left.map(({ file }) => [file.path, file])),
    policy: indexUnits(wanted),
    after: indexUnits([...wanted, ...left.map(({ file }) => file)]),
    places: new Map(wanted.flatMap(({ path, places }) => [...places].map(([key, place]) => [`${path} ${key}`, place]))),
  };
  const remaining = remainingDrift([...new Set(left.flatMap(({ slices }) => slices))].sort(), world);
  return {
    drift: [...cleared.flatMap((found) => clearedDrift(found, world)), ...remaining],
    clears: cleared.map(({ file, slices: [slice = ''] }) => clearing(file, slice, world)),
  };
}

function fileName(path: string): string {
  return path.replace(/^.*[/]/, '');
}

interface Case {
  readonly file: OtherFile;
  /** The slices of policy that the file is read for. */
  readonly slices: readonly string[];
  readonly cleared: boolean;
}

interface World {
  readonly resolved: Resolved;
  /** Files of others that stay. */
  readonly left: ReadonlyMap<string, OtherFile>;
  /** The files of policy alone, and those together with what stays of others. */
  readonly policy: UnitFiles;
  readonly after: UnitFiles;
  /** The line of policy for each limit, by unit path and setting key. */
  readonly places: ReadonlyMap<string, Place>;
}

/** Whether what others did to a slice is only shown: the group's word, or else the site's. */
export function isReportOnly(slice: string, { site, groups }: Resolved): boolean {
  const group = groups.get(groupOfSlice(slice, site.name) ?? '')?.group;
  return (group?.drift ?? site.drift) === 'report';
}

/** Whether policy decides about a slice: the site's, those of its groups, and those of their members, listed or not. */
export function isManaged(slice: string, { site, groups }: Resolved): boolean {
  return slice === `${site.name}.slice` || groups.has(groupOfSlice(slice, site.name) ?? '');
}

/** Whether a unit file says anything about a limit that policy knows, and systemd listens. */
export function limitsSomething({ text }: { readonly text: string }): boolean {
  return parseUnit(text).some((assignment) => {
    const { section, directive, value } = assignment;
    if (section !== 'Slice') return false;
    const [setting] = settingsOf([assignment]).values();
    // An empty rate takes back those of other files.
    return setting ? !isIgnored(setting) : value === '' && readDirective(directive, '') !== undefined;
  });
}

// A unit file is of one slice, a drop-in of one or of all whose names begin alike; `x-_` stands for whoever is not listed.
function slicesOf({ path }: UnitFile, wanted: readonly Unit[], resolved: Resolved): readonly string[] {
  const { site, groups } = resolved;
  const { unit, dropIn } = parseUnitPath(path);
  if (dropIn !== undefined && !dropIn.endsWith('.conf')) return [];
  if (!unit.endsWith('-.slice') && unit !== 'slice') return isManaged(unit, resolved) ? [unit] : [];
  const slices = wanted.flatMap((file) => (file.path.includes('/') ? [] : [file.path]));
  const unlisted = [...groups.keys()].map((group) => `${site.name}-${group}-_.slice`);
  const prefix = unit === 'slice' ? '' : unit.replace(/[.]slice$/, '');
  return [...slices, ...unlisted].filter((slice) => slice.startsWith(prefix)).sort();
}

// Only what nobody but systemctl can have written: the folder is its own, and nothing but limits is in the file.
function isCleared({ path, text }: OtherFile, slices: readonly string[], resolved: Resolved): boolean {
  const { folder, dropIn } = parseUnitPath(path);
  const onlyLimits = parseUnit(text).every(
    ({ section, directive }) => section === 'Slice' && readDirective(directive, '') !== undefined,
  );
  const reported = slices.some((slice) => isReportOnly(slice, resolved));
  return folder.endsWith('/system.control') && dropIn !== undefined && onlyLimits && !reported;
}

function limitsIn({ text }: OtherFile): readonly (readonly [string, Setting])[] {
  return [...settingsOf(parseUnit(text))].filter(([, setting]) => !isIgnored(setting));
}

function clearing(file: OtherFile, slice: string, world: World): Change {
  const wanted = effectiveSettings(layersOf(slice, world.policy));
  const differences = limitsIn(file).flatMap(([key, before]): readonly Difference[] => {
    const after = wanted.get(key);
    if (after && isSame(before.measure, after.measure)) return [];
    const [effect, { place }] = [effectOf(key, before, after), wantedOf(slice, key, world)];
    const to = { ...(after && { after: after.text }), ...(effect && { effect }), ...(place && { place }) };
    return [{ key, before: settingText(before), ...to }];
  });
  return { kind: 'clear', path: file.path, before: file.text, differences };
}

function clearedDrift({ file, slices: [slice = ''] }: Case, world: World): readonly Drift[] {
  return limitsIn(file).map(([key, setting]) => {
    const [found, wanted] = [settingText(setting), wantedOf(slice, key, world)];
    const says = isSame(setting.measure, wanted.measure)
      ? 'as policy says, and would stay so when policy changes'
      : policyWords(wanted.text);
    const message = `${key} of ${slice} is ${valueWord(found)}, ${says}: ${wholePath(file.path)} wins, written by systemctl set-property${sinceWords(file)}`;
    const facts = factsOf(file, slice, key, found, wanted);
    return {
      ...facts,
      origin: 'set-property',
      action: 'clear',
      message,
      wayOut: 'apply takes it away and keeps a copy',
    };
  });
}

// One finding for each file and limit, however many slices it is about.
function remainingDrift(slices: readonly string[], world: World): readonly Drift[] {
  const found = new Map<string, Drift & { readonly slices: readonly string[] }>();
  for (const drift of slices.flatMap((slice) => remainingOf(slice, world))) {
    // A group may only want to see what another one refuses.
    const id = `${drift.file} ${drift.key} ${drift.action}`;
    const first = found.get(id) ?? { ...drift, slices: [] };
    found.set(id, { ...first, slices: [...first.slices, drift.slice] });
  }
  return [...found.values()].map(({ slices: hit, ...drift }) => {
    return hit.length === 1
      ? drift
      : { ...drift, message: drift.message.replace(drift.slice, `${drift.slice} and ${hit.length - 1} more`) };
  });
}

function remainingOf(slice: string, world: World): readonly Drift[] {
  const policy = effectiveSettings(layersOf(slice, world.policy));
  const after = effectiveSettings(layersOf(slice, world.after));
  return [...new Set([...policy.keys(), ...after.keys()])].flatMap((key) => {
    const [wanted, now] = [wantedOf(slice, key, world), after.get(key)];
    if (isSame(now?.measure ?? defaultOf(key), wanted.measure)) return [];
    const found = now && settingText(now);
    return culprits(slice, key, now?.file, world).map((file) => remaining(file, slice, key, found, wanted, world));
  });
}

// The file that has the last word; or, where a line takes back what policy says, the last one that speaks of it; or the
// last one there is, which is read instead of one of ours.
function culprits(slice: string, key: string, file: string | undefined, world: World): readonly OtherFile[] {
  const layers = layersOf(slice, world.after).flatMap(({ path }) => world.left.get(path) ?? []);
  const [directive] = key.split(' ');
  const winning = layers.filter(({ path }) => path === file);
  const speaking = layers.filter(({ text }) => parseUnit(text).some((line) => line.directive === directive));
  return ([winning, speaking].find((files) => files.length > 0) ?? layers).slice(-1);
}

function remaining(
  file: OtherFile,
  slice: string,
  key: string,
  found: string | undefined,
  wanted: Wanted,
  { resolved }: World,
): Drift {
  const reported = isReportOnly(slice, resolved);
  const message = `${key} of ${slice} is ${valueWord(found)}, ${policyWords(wanted.text)}: ${wholePath(file.path)} wins${sinceWords(file)}`;
  const wayOut = reported
    ? 'left as it is, because policy says drift: report'
    : 'take it away, or say the same in policy; with drift: report in site.yaml or the group it is only shown';
  const origin = parseUnitPath(file.path).folder.endsWith('/system.control') ? 'set-property' : 'file';
  return {
    ...factsOf(file, slice, key, found, wanted),
    origin,
    action: reported ? 'report' : 'refuse',
    message,
    wayOut,
  };
}

interface Wanted {
  readonly measure: Measure;
  readonly text?: string;
  readonly place?: Place;
}

function wantedOf(slice: string, key: string, { policy, places }: World): Wanted {
  const setting = effectiveSettings(layersOf(slice, policy)).get(key);
  if (!setting) return { measure: defaultOf(key) };
  const place = places.get(`${setting.file} ${key}`);
  return { measure: setting.measure, text: setting.text, ...(place && { place }) };
}

function factsOf({ path, modified }: OtherFile, slice: string, key: string, found: string | undefined, wanted: Wanted) {
  return {
    slice,
    key,
    file: wholePath(path),
    ...(wanted.text !== undefined && { wanted: wanted.text }),
    ...(found !== undefined && { found }),
    ...(modified !== undefined && { since: new Date(modified).toISOString() }),
    ...(wanted.place && { place: wanted.place }),
  };
}

function sinceWords({ modified }: OtherFile): string {
  return modified === undefined ? '' : ` since ${new Date(modified).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
