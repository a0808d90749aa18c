import { CONTAINER_FIELDS, type ContainerField } from '../policy/fields.ts';
import { readValue } from '../policy/values.ts';
import { defaultOf, type Measure, measureText } from './measures.ts';
import { readDirective } from './systemd-values.ts';
import type { Assignment } from './unit-text.ts';

/** One limit as a unit file states it. */
export interface Setting {
  /** What is limited: `TasksMax`, `IOReadBandwidthMax /dev/sda`, `container memory`. */
  readonly key: string;
  /** As it is written; empty for "not limited". */
  readonly text: string;
  /** To compare with; `NaN` for a line that systemd ignores because it cannot read it. */
  readonly measure: Measure;
}

/** What happens to a limit. `imposed` and `removed` are from and to no limit; `changes` cannot be called up or down. */
export type Effect = 'imposed' | 'falls' | 'removed' | 'rises' | 'changes';

/** The section of our own in unit files: systemd ignores sections that begin with X- (systemd.syntax(7)). */
export const OWN_SECTION = 'X-ds01-policy';

/** The limits among the assignments of a unit file, by key. */
export function settingsOf(assignments: readonly Assignment[]): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const assignment of assignments) laySetting(settings, assignment, {});
  return settings;
}

/**
 * Lays one more assignment over the limits of a unit: a later one wins, as in systemd, unless systemd ignores it; an empty
 * rate takes back those of all devices; CPUs are added to those before. `mark` goes to the setting.
 */
export function laySetting<M extends object>(
  settings: Map<string, Setting & M>,
  assignment: Assignment,
  mark: M,
): void {
  const setting = settingOf(assignment);
  if (setting) {
    const before = settings.get(setting.key);
    if (!before || !isIgnored(setting)) settings.set(setting.key, { ...joined(before, setting), ...mark });
  } else if (assignment.section === 'Slice' && isRate(assignment.directive)) clear(settings, assignment.directive);
}

// Sets of CPUs add up until an empty one takes them back: so does systemd 252.
function joined(before: Setting | undefined, setting: Setting): Setting {
  if (typeof before?.measure !== 'object' || typeof setting.measure !== 'object') return setting;
  const measure = new Set([...before.measure, ...setting.measure]);
  return { ...setting, text: measureText(setting.key, measure), measure };
}

/** Whether systemd ignores the line: then what it says is not in force, and never was. */
export function isIgnored({ measure }: Setting): boolean {
  return Number.isNaN(measure);
}

/** A limit for people: systemctl writes 1073741824, and people read 1G. What cannot be compared is shown as it is written. */
export function settingText({ key, text, measure }: Setting): string {
  return measure === 'incomparable' || Number.isNaN(measure) ? text : measureText(key, measure);
}

/** What it means that a limit was `before` and is `after`; an absent or ignored one is the kernel's default. */
export function effectOf(key: string, before: Setting | undefined, after: Setting | undefined): Effect | undefined {
  const [from, to] = [measureOf(key, before), measureOf(key, after)];
  if (typeof from === 'number' && typeof to === 'number') return effectOnNumber(from, to);
  // A share of memory beside a number, or a number beside a set of CPUs.
  if (isAmount(from) || isAmount(to)) return 'changes';
  return effectOnSet(from, to);
}

// What a container gets is for the container tools to read: nobody knows what they make of a word they do not know.
function measureOf(key: string, setting: Setting | undefined): Measure {
  if (!setting || (isIgnored(setting) && !key.startsWith('container '))) return defaultOf(key);
  return setting.measure;
}

function isAmount(measure: Measure): measure is number | 'incomparable' {
  return typeof measure === 'number' || measure === 'incomparable';
}

function effectOnNumber(from: number, to: number): Effect | undefined {
  if (Number.isNaN(from) || Number.isNaN(to)) return 'changes';
  if (from === to) return undefined;
  if (from === Number.POSITIVE_INFINITY) return 'imposed';
  if (to === Number.POSITIVE_INFINITY) return 'removed';
  return to < from ? 'falls' : 'rises';
}

function effectOnSet(from: ReadonlySet<number> | 'all', to: ReadonlySet<number> | 'all'): Effect | undefined {
  if (from === 'all') return to === 'all' ? undefined : 'imposed';
  if (to === 'all') return 'removed';
  const kept = [...to].filter((cpu) => from.has(cpu)).length;
  if (kept === to.size) return kept === from.size ? undefined : 'falls';
  return kept === from.size ? 'rises' : 'changes';
}

function settingOf({ section, directive, value }: Assignment): Setting | undefined {
  if (section === OWN_SECTION && directive === 'Container') return containerSetting(value);
  if (section !== 'Slice') return undefined;
  if (isRate(directive)) return rateSetting(directive, value);
  const measure = readDirective(directive, value);
  return measure === undefined ? undefined : { key: directive, text: value, measure };
}

function containerSetting(value: string): Setting | undefined {
  const [field = '', ...rest] = value.split(' ');
  const text = rest.join(' ');
  if (!Object.hasOwn(CONTAINER_FIELDS, field)) return undefined;
  const kind = CONTAINER_FIELDS[field as ContainerField];
  const reading = readValue(kind, /^[0-9.]+$/.test(text) ? Number(text) : text);
  return { key: `container ${field}`, text, measure: reading.ok ? reading.value : Number.NaN };
}

function rateSetting(directive: string, value: string): Setting | undefined {
  const [, device, rate = ''] = /^(\S+)\s+(\S.*)$/.exec(value) ?? [];
  const measure = device === undefined ? undefined : readDirective(directive, rate);
  return measure === undefined ? undefined : { key: `${directive} ${device}`, text: rate, measure };
}

function isRate(directive: string): boolean {
  return directive === 'IOReadBandwidthMax' || directive === 'IOWriteBandwidthMax';
}

// An empty assignment takes back all devices said so far.
function clear(settings: Map<string, Setting>, directive: string): void {
  for (const key of settings.keys()) if (key.startsWith(`${directive} `)) settings.delete(key);
}
