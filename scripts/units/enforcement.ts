import type { Place } from '../policy/policy.ts';
import { type Drift, valueWord } from './drift.ts';
import { enforcementOf, otherRates } from './kernel.ts';
import { effectiveSettings, type LayeredSetting, layersOf, type UnitFiles } from './layers.ts';
import type { CgroupSlice, CgroupSurvey, LoadedSlice } from './live.ts';
import { defaultOf, isSame, type Measure, measureText } from './measures.ts';

/** A limit of policy that this machine cannot enforce, whatever is written. */
export interface Unenforced {
  readonly key: string;
  /** As policy says it. */
  readonly wanted: string;
  /** The slices that run with it. */
  readonly slices: readonly string[];
  readonly why: string;
  readonly place?: Place;
}

/** What systemd and the kernel make of the files on disk. */
export interface Verification {
  /** What is not as the files say. */
  readonly drift: readonly Drift[];
  readonly unenforced: readonly Unenforced[];
  /** How many limits of how many slices were held against the kernel, and how many only against systemd. */
  readonly inKernel: Count;
  readonly inSystemd: Count;
}

/** How many limits, of how many slices. */
export interface Count {
  readonly limits: number;
  readonly slices: number;
}

/** What the verification needs to know of a host. */
export interface Surroundings {
  /** All unit files as they are on disk. */
  readonly files: UnitFiles;
  /** The units that have a file of ours: systemd must have loaded them. */
  readonly units: readonly string[];
  readonly cgroup: CgroupSurvey;
  /** Files whose limits are compared; what systemd makes of others is taken from systemd. */
  isOurs(path: string): boolean;
  /** The line of policy that says a limit of a file. */
  placeOf(path: string, key: string): Place | undefined;
}

/**
 * Holds the files against what systemd holds, and that against what the kernel enforces for slices that run. A slice that
 * does not run has no cgroup: for it, systemd is the last instance.
 */
export function verify(loaded: readonly LoadedSlice[], surroundings: Surroundings): Verification {
  const cgroups = new Map(surroundings.cgroup.slices.map((slice) => [slice.name, slice]));
  const drift = [...notLoaded(loaded, surroundings), ...notShown(loaded, surroundings)];
  const unenforced = new Map<string, Unenforced>();
  const counts = { kernel: { limits: 0, slices: 0 }, systemd: { limits: 0, slices: 0 } };
  for (const slice of loaded) {
    const cgroup = slice.active ? cgroups.get(slice.name) : undefined;
    const checked = verifySlice(slice, cgroup, surroundings);
    drift.push(...checked.drift);
    for (const limit of checked.unenforced) {
      const id = `${limit.key} ${limit.wanted} ${limit.why}`;
      unenforced.set(id, { ...limit, slices: [...(unenforced.get(id)?.slices ?? []), ...limit.slices] });
    }
    const count = cgroup ? counts.kernel : counts.systemd;
    count.limits += checked.verified;
    count.slices += checked.verified === 0 ? 0 : 1;
  }
  return { drift, unenforced: [...unenforced.values()], inKernel: counts.kernel, inSystemd: counts.systemd };
}

// What systemd does not show, or has not loaded, would otherwise pass as a slice without limits.
function notLoaded(loaded: readonly LoadedSlice[], { units }: Surroundings): readonly Drift[] {
  const states = new Map(loaded.map(({ name, state }) => [name, state]));
  return units.flatMap((slice) => {
    const found = states.get(slice) ?? 'not shown';
    const message = `LoadState of ${slice} is ${found} in systemd, and it has a unit file: systemd has not read it`;
    const facts = driftOf(slice, 'LoadState', 'loaded', found, undefined);
    return found === 'loaded' ? [] : [{ ...facts, origin: 'not-loaded' as const, message }];
  });
}

// A single slice may end between two looks. That nothing is there although something runs is another matter.
function notShown(loaded: readonly LoadedSlice[], { cgroup }: Surroundings): readonly Drift[] {
  const running = cgroup.slices.length === 0 ? loaded.filter(({ active }) => active) : [];
  return running.slice(0, 1).map(({ name }) => {
    const message = `ActiveState of ${name} is active in systemd, and the kernel shows no slice of this site below /sys/fs/cgroup`;
    return { ...driftOf(name, 'ActiveState', 'active', 'not shown', undefined), origin: 'kernel', message };
  });
}

interface CheckedSlice {
  readonly drift: readonly Drift[];
  readonly unenforced: readonly Unenforced[];
  /** How many limits that a file states are in force. */
  readonly verified: number;
}

function verifySlice(slice: LoadedSlice, cgroup: CgroupSlice | undefined, surroundings: Surroundings): CheckedSlice {
  const settings = effectiveSettings(layersOf(slice.name, surroundings.files));
  const keys = new Set([...SIMPLE_KEYS, ...settings.keys(), ...slice.limits.keys()]);
  const results = [...keys].map((key) => verifyLimit(key, slice, cgroup, settings.get(key), surroundings));
  const strays = cgroup ? otherRates(keys, cgroup, surroundings.cgroup) : [];
  return {
    drift: [
      ...results.flatMap((result) => (result.kind === 'drift' ? [result.drift] : [])),
      ...strays.map((key) => kernelDrift(key, slice.name, undefined, 'a limit', 'io.max', undefined)),
    ],
    unenforced: results.flatMap((result) => (result.kind === 'unenforced' ? [result.limit] : [])),
    verified: results.filter(({ kind }) => kind === 'verified').length,
  };
}

type Result =
  | { readonly kind: 'verified' | 'nothing' }
  | { readonly kind: 'drift'; readonly drift: Drift }
  | { readonly kind: 'unenforced'; readonly limit: Unenforced };

function verifyLimit(
  key: string,
  slice: LoadedSlice,
  cgroup: CgroupSlice | undefined,
  setting: LayeredSetting | undefined,
  { cgroup: survey, isOurs, placeOf }: Surroundings,
): Result {
  const loaded = slice.limits.get(key) ?? defaultOf(key);
  const ours = setting === undefined || isOurs(setting.file);
  const wanted = ours ? (setting?.measure ?? defaultOf(key)) : loaded;
  const place = setting && placeOf(setting.file, key);
  // Something of somebody else's that this program cannot read, such as the weight `idle`: it is in nobody's plan.
  if (!ours && Number.isNaN(loaded)) return { kind: 'nothing' };
  if (!isSame(loaded, wanted)) return { kind: 'drift', drift: loadedDrift(key, slice, setting, loaded, place) };
  const passed = setting && ours ? ({ kind: 'verified' } as const) : ({ kind: 'nothing' } as const);
  if (!cgroup) return passed;
  const enforcement = enforcementOf(key, wanted, cgroup, survey);
  if (enforcement.kind === 'enforced') return passed;
  if (enforcement.kind === 'other') {
    const found = measureText(key, enforcement.found);
    return { kind: 'drift', drift: kernelDrift(key, slice.name, setting?.text, found, enforcement.file, place) };
  }
  const limit = { key, wanted: measureText(key, wanted), slices: [slice.name], why: enforcement.why };
  return { kind: 'unenforced', limit: { ...limit, ...(place && { place }) } };
}

const SIMPLE_KEYS = [
  ...['CPUQuota', 'CPUWeight', 'MemoryHigh', 'MemoryMax', 'MemorySwapMax', 'TasksMax', 'IOWeight', 'AllowedCPUs'],
];

function loadedDrift(
  key: string,
  { name, needsReload, files }: LoadedSlice,
  setting: LayeredSetting | undefined,
  loaded: Measure,
  place: Place | undefined,
): Drift {
  const found = measureText(key, loaded);
  const why = needsReload
    ? 'systemd has not read its files since they changed'
    : `systemd read ${files.length === 0 ? 'no file' : files.join(', ')}`;
  const message = `${key} of ${name} is ${valueWord(found)} in systemd, ${filesWords(setting?.text)}: ${why}`;
  return { ...driftOf(name, key, setting?.text, found, place), origin: 'not-loaded', message };
}

function kernelDrift(
  key: string,
  slice: string,
  wanted: string | undefined,
  found: string,
  file: string,
  place: Place | undefined,
): Drift {
  const message = `${key} of ${slice} is ${valueWord(found)} in the kernel, ${filesWords(wanted)}: somebody wrote to ${file}, or the kernel refused the value`;
  return { ...driftOf(slice, key, wanted, found, place), origin: 'kernel', message };
}

function driftOf(slice: string, key: string, wanted: string | undefined, found: string, place: Place | undefined) {
  return {
    slice,
    key,
    ...(wanted !== undefined && { wanted }),
    found,
    ...(place && { place }),
    action: 'reload' as const,
    wayOut: 'apply has systemd read its files again',
  };
}

function filesWords(text: string | undefined): string {
  return text === undefined ? 'its files set no limit' : `its files say ${valueWord(text)}`;
}
