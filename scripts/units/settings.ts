import { CONTAINER_FIELDS, type ContainerField } from '../policy/fields.ts';
import { UNLIMITED } from '../policy/unlimited.ts';
import { expandCpuList, readValue } from '../policy/values.ts';
import type { Assignment } from './unit-text.ts';

/** One limit as a unit file states it. */
export interface Setting {
  /** What is limited: `TasksMax`, `IOReadBandwidthMax /dev/sda`, `container memory`. */
  readonly key: string;
  /** As it is written; empty for "not limited". */
  readonly text: string;
  /** To compare with: a number, or a set of CPUs. */
  readonly measure: Measure;
}

/** A number in any unit, where `Infinity` is no limit and `NaN` cannot be read; or a set of CPUs, where `all` is no limit. */
export type Measure = number | 'all' | ReadonlySet<number>;

/** What happens to a limit. `imposed` and `removed` are from and to no limit; `changes` cannot be called up or down. */
export type Effect = 'imposed' | 'falls' | 'removed' | 'rises' | 'changes';

/** The section of our own in unit files: systemd ignores sections that begin with X- (systemd.syntax(7)). */
export const OWN_SECTION = 'X-ds01-policy';

/** The limits among the assignments of a unit file, by key; a later one wins, as in systemd. */
export function settingsOf(assignments: readonly Assignment[]): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const assignment of assignments) {
    const setting = settingOf(assignment);
    if (setting) settings.set(setting.key, setting);
    else if (assignment.section === 'Slice' && isRate(assignment.directive)) clear(settings, assignment.directive);
  }
  return settings;
}

/** What it means that a limit was `before` and is `after`; an absent one is the kernel's default. */
export function effectOf(key: string, before: Setting | undefined, after: Setting | undefined): Effect | undefined {
  const [from, to] = [before?.measure ?? defaultOf(key), after?.measure ?? defaultOf(key)];
  if (typeof from === 'number' && typeof to === 'number') return effectOnNumber(from, to);
  // A number beside a set of CPUs is a set that cannot be read.
  if (typeof from === 'number' || typeof to === 'number') return 'changes';
  return effectOnSet(from, to);
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
  // Anything can stand in a file that was edited by hand, also the name of something that all objects have.
  const read = Object.hasOwn(READERS, directive) ? READERS[directive] : undefined;
  return read && { key: directive, text: value, measure: read(value) };
}

const READERS: Readonly<Record<string, (value: string) => Measure>> = {
  CPUQuota: (value) => (value === '' ? Number.POSITIVE_INFINITY : readNumber(/^([0-9]+)%$/, value)),
  CPUWeight: (value) => readNumber(/^([0-9]+)$/, value),
  MemoryHigh: readBytes,
  MemoryMax: readBytes,
  MemorySwapMax: readBytes,
  TasksMax: (value) => (value === 'infinity' ? Number.POSITIVE_INFINITY : readNumber(/^([0-9]+)$/, value)),
  IOWeight: (value) => readNumber(/^([0-9]+)$/, value),
  AllowedCPUs: (value) => (value === '' ? 'all' : readCpus(value)),
};

// The kernel's default weight is 100 (Control Group v2, cpu.weight and io.weight); everything else is unlimited.
function defaultOf(key: string): Measure {
  if (key === 'AllowedCPUs') return 'all';
  return key.endsWith('Weight') ? 100 : Number.POSITIVE_INFINITY;
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
  const [, device, rate = ''] = /^(\S+)\s+(\S+)$/.exec(value) ?? [];
  return device === undefined
    ? undefined
    : { key: `${directive} ${device}`, text: rate, measure: readUnits(rate, 1000) };
}

function isRate(directive: string): boolean {
  return directive === 'IOReadBandwidthMax' || directive === 'IOWriteBandwidthMax';
}

// An empty assignment takes back all devices said so far.
function clear(settings: Map<string, Setting>, directive: string): void {
  for (const key of settings.keys()) if (key.startsWith(`${directive} `)) settings.delete(key);
}

function readBytes(value: string): number {
  return value === 'infinity' ? Number.POSITIVE_INFINITY : readUnits(value, 1024);
}

function readUnits(value: string, base: number): number {
  const [, number, unit = ''] = /^([0-9]+(?:[.][0-9]+)?)([KMGT]?)$/.exec(value) ?? [];
  return number === undefined ? Number.NaN : Number(number) * base ** ' KMGT'.indexOf(unit || ' ');
}

function readCpus(value: string): ReadonlySet<number> | number {
  const reading = readValue('cpu_list', value.replaceAll(' ', ','));
  return reading.ok && reading.value !== UNLIMITED ? new Set(expandCpuList(reading.value)) : Number.NaN;
}

function readNumber(pattern: RegExp, value: string): number {
  return Number(pattern.exec(value)?.[1] ?? Number.NaN);
}
