import type { Place } from '../policy/policy.ts';
import { DROP_IN, type Unit } from './render.ts';
import { type Effect, effectOf, isIgnored, OWN_SECTION, settingsOf } from './settings.ts';
import { type Assignment, parseUnit } from './unit-text.ts';

/** One limit, or another line of a unit file, that is not as policy wants it. */
export interface Difference {
  /** `TasksMax`, `IOReadBandwidthMax /dev/sda`, `container memory`, or a line that limits nothing: `Description`. */
  readonly key: string;
  /** As the host has it; absent if it says nothing. */
  readonly before?: string;
  readonly after?: string;
  /** What happens to the limit; absent where nothing is limited. */
  readonly effect?: Effect;
  /** True if systemd ignores `before`, because it cannot read it: the limit was never in force. */
  readonly ignored?: true;
  /** How much of it programs hold now, where a limit falls or is new and the slice runs. */
  readonly inUse?: string;
  /** The line of policy that says `after`. */
  readonly place?: Place;
}

/**
 * What happens to one file. `adopt` is the update of a unit that somebody else wrote, `clear` takes away what
 * `systemctl set-property` wrote; a copy of both is kept.
 */
export type Change = { readonly path: string; readonly differences: readonly Difference[] } & (
  | { readonly kind: 'create'; readonly after: string; readonly place: Place }
  | { readonly kind: 'update' | 'adopt'; readonly before: string; readonly after: string; readonly place: Place }
  | { readonly kind: 'remove' | 'clear'; readonly before: string }
);

/** Texts of unit files by path. */
export type UnitTexts = ReadonlyMap<string, string>;

/**
 * The changes that make `found` into `wanted`, in the order they are safe in: new units and limits that rise, then limits
 * that fall or are new in a unit that exists, then removals; among each of them parents before members. `adopted` are
 * those of `found` that somebody else wrote.
 */
export function diff(
  found: UnitTexts,
  wanted: readonly Unit[],
  adopted: ReadonlySet<string> = new Set(),
): readonly Change[] {
  const texts = new Map(wanted.map(({ path, text }) => [path, text]));
  const written = wanted.flatMap((unit) => writeChange(unit, found, texts, adopted) ?? []);
  const removed = [...found].flatMap(([path, before]) => (texts.has(path) ? [] : removal(path, before, found, texts)));
  return [...written, ...removed].sort((a, b) => {
    return phaseOf(a) - phaseOf(b) || depthOf(a) - depthOf(b) || (a.path < b.path ? -1 : 1);
  });
}

function writeChange(
  unit: Unit,
  found: UnitTexts,
  wanted: UnitTexts,
  adopted: ReadonlySet<string>,
): Change | undefined {
  const { path, text: after, place } = unit;
  const before = found.get(path);
  if (before === after) return undefined;
  const differences = differencesOf(path, found, wanted, unit);
  if (before === undefined) return { kind: 'create', path, after, place, differences };
  return { kind: adopted.has(path) ? 'adopt' : 'update', path, before, after, place, differences };
}

function removal(path: string, before: string, found: UnitTexts, wanted: UnitTexts): Change {
  return { kind: 'remove', path, before, differences: differencesOf(path, found, wanted) };
}

// A member's own drop-in masks the one of the group (systemd.unit(5)): where one of them is missing, the other holds.
function differencesOf(path: string, found: UnitTexts, wanted: UnitTexts, unit?: Unit): readonly Difference[] {
  const mask = maskedBy(path);
  const [before = [], after = []] = [found, wanted].map((texts) => {
    return parseUnit(texts.get(path) ?? (mask && texts.get(mask)) ?? '');
  });
  const ofGroup = [before, after].some(hasContainers) ? path.replace(/-[^-]+[.]slice$/, '.slice') : path;
  const [from, to] = [inFull(before, found.get(ofGroup)), inFull(after, wanted.get(ofGroup))];
  return [...limitDifferences(from, to, unit), ...lineDifferences(before, after)];
}

// What a container of a member gets is all said in the member's unit, or else in that of the group.
function inFull(own: readonly Assignment[], group = ''): readonly Assignment[] {
  return hasContainers(own) ? own : [...own, ...parseUnit(group).filter((line) => hasContainers([line]))];
}

function hasContainers(assignments: readonly Assignment[]): boolean {
  return [...settingsOf(assignments).keys()].some((key) => key.startsWith('container '));
}

function limitDifferences(
  before: readonly Assignment[],
  after: readonly Assignment[],
  unit?: Unit,
): readonly Difference[] {
  const [from, to] = [settingsOf(before), settingsOf(after)];
  return [...new Set([...to.keys(), ...from.keys()])].flatMap((key) => {
    const [old, now] = [from.get(key), to.get(key)];
    if (old?.text === now?.text) return [];
    const effect = effectOf(key, old, now);
    const place = unit?.places.get(key) ?? unit?.place;
    return [
      {
        key,
        ...(old && { before: old.text }),
        ...(now && { after: now.text }),
        ...(effect && { effect }),
        ...(old && isIgnored(old) && !key.startsWith('container ') && { ignored: true as const }),
        ...(place && { place }),
      },
    ];
  });
}

// What limits nothing: descriptions, accounting switches. Who gets which unit is told in other words.
function lineDifferences(before: readonly Assignment[], after: readonly Assignment[]): readonly Difference[] {
  const [from, to] = [otherLines(before), otherLines(after)];
  // A new unit and a removed one have all their lines new or gone: not worth saying.
  if (from.size === 0 || to.size === 0) return [];
  return [...new Set([...to.keys(), ...from.keys()])].flatMap((key) => {
    const [old, now] = [from.get(key), to.get(key)];
    return old === now
      ? []
      : [{ key, ...(old !== undefined && { before: old }), ...(now !== undefined && { after: now }) }];
  });
}

function otherLines(assignments: readonly Assignment[]): ReadonlyMap<string, string> {
  const others = assignments.filter((assignment) => {
    return assignment.section !== OWN_SECTION && settingsOf([assignment]).size === 0;
  });
  return new Map(others.map(({ directive, value }) => [directive, value]));
}

function maskedBy(path: string): string | undefined {
  return path.endsWith(`/${DROP_IN}`) ? path.replace(/-[^-]+[.]slice[.]d\//, '-.slice.d/') : undefined;
}

function phaseOf(change: Change): number {
  if (change.kind === 'remove') return 2;
  const lowers = change.differences.some(
    ({ effect }) => effect === 'falls' || (effect === 'imposed' && change.kind !== 'create'),
  );
  return lowers ? 1 : 0;
}

// How far down the tree of slices: each `-` in a slice's name is one level (systemd.slice(5)).
function depthOf({ path }: Change): number {
  return path.replace(/[.]slice.*$/, '').split('-').length;
}
