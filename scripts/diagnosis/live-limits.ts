import type { Scope } from '../policy/fields.ts';
import type { Place } from '../policy/policy.ts';
import type { Entitlement, Resolved } from '../policy/resolve.ts';
import { enforcementOf } from '../units/kernel.ts';
import { effectiveSettings, indexUnits, layersOf, type UnitFiles } from '../units/layers.ts';
import { type CgroupSlice, type CgroupSurvey, type LiveSurvey, type LoadedSlice, loadedSlices } from '../units/live.ts';
import { defaultOf, isSame, type Measure, measureText } from '../units/measures.ts';
import { render, type Unit } from '../units/render.ts';
import { bytes } from '../units/running.ts';
import { limitValue, percentOf } from './limit-value.ts';
import type { Meter } from './meter.ts';

/** One slice or container on the way to an account's work, with everybody's word about its limits. */
export interface LiveSlice {
  /** Name of the slice or of the container's scope. */
  readonly name: string;
  /** Where the limits bite; `site` is the slice around all groups. */
  readonly scope: Scope | 'site';
  /** Whether anything runs there: where nothing does, the kernel enforces nothing. */
  readonly running: boolean;
  readonly limits: readonly LiveLimit[];
}

/** One limit in systemd's spelling, `infinity` for none: what policy says, what systemd holds, what the kernel enforces. */
export interface LiveLimit {
  /** As in `CPUQuota`. */
  readonly key: string;
  readonly policy: string;
  /** The line of policy that says it. */
  readonly place?: Place;
  /** Absent if systemd does not show it. */
  readonly systemd?: string;
  /** Absent if nothing runs there, or the kernel has no place for it. */
  readonly kernel?: string;
  /** What is in use now, as in `12.3 cores`, `3.1G`, `64`. */
  readonly used?: string;
  /** Why the kernel enforces nothing, although something runs there. */
  readonly unenforced?: string;
  /** Whether somebody says something else than policy. */
  readonly differs: boolean;
}

/** What is in force, as it was read: systemd, the kernel's limits, and the kernel's counters. */
export interface LiveReadings {
  readonly survey: Pick<LiveSurvey, 'show' | 'cgroup'>;
  readonly meters: readonly Meter[];
}

/**
 * Holds what policy gives an account against what is in force, from the group's slice to the account's containers. The
 * site's own slice is there if anybody limits it.
 */
export function liveLimits(entitlement: Entitlement, resolved: Resolved, readings: LiveReadings): readonly LiveSlice[] {
  const { slice, group } = entitlement;
  const units = render(resolved);
  const world = { ...readings, units, inPolicy: indexUnits(units), loaded: loadedSlices(readings.survey.show) };
  const site = liveSlice(`${resolved.site.name}.slice`, 'site', world);
  return [
    ...(site.limits.some(({ differs }) => differs) ? [site] : []),
    liveSlice(group.slice, 'per_group', world),
    liveSlice(slice, 'per_member', world),
    ...containersOf(entitlement, readings.meters).map((meter) => {
      return liveContainer(meter, entitlement, world.loaded.get(meter.name));
    }),
  ];
}

/** The containers in an account's slice. */
export function containersOf({ slice }: Entitlement, meters: readonly Meter[]): readonly Meter[] {
  return meters.filter(({ level, path }) => level === 'container' && path.includes(`/${slice}/`));
}

interface World extends LiveReadings {
  /** What policy asks for, and the same by slice. */
  readonly units: readonly Unit[];
  readonly inPolicy: UnitFiles;
  readonly loaded: ReadonlyMap<string, LoadedSlice>;
}

function liveSlice(name: string, scope: LiveSlice['scope'], world: World): LiveSlice {
  const { survey, meters, units, inPolicy, loaded } = world;
  const settings = effectiveSettings(layersOf(name, inPolicy));
  const held = loaded.get(name);
  const cgroup = survey.cgroup.slices.find((slice) => slice.name === name);
  const meter = meters.find((found) => found.name === name);
  const keys = [...new Set([...USED_KEYS, ...settings.keys(), ...(held?.limits.keys() ?? [])])];
  const limits = keys.map((key) => {
    const setting = settings.get(key);
    const wanted = setting?.measure ?? defaultOf(key);
    const systemd = held && (held.limits.get(key) ?? defaultOf(key));
    const enforced = cgroup && inKernel(key, systemd ?? wanted, cgroup, survey.cgroup);
    const place = units.find(({ path }) => path === setting?.file)?.places.get(key);
    return liveLimit(key, wanted, { systemd, ...enforced, place, meter });
  });
  return { name, scope, running: cgroup !== undefined, limits };
}

// What the kernel makes of a limit by rounding is the same limit.
function inKernel(key: string, asked: Measure, cgroup: CgroupSlice, survey: CgroupSurvey) {
  const enforcement = enforcementOf(key, asked, cgroup, survey);
  if (enforcement.kind === 'absent') return { unenforced: enforcement.why };
  return { kernel: enforcement.kind === 'other' ? enforcement.found : asked };
}

// What is limited and used everywhere, whether anybody has said so or not.
const USED_KEYS = ['CPUQuota', 'MemoryMax', 'TasksMax'];

// What the container tools were told when they made it: it keeps that for life.
function liveContainer(meter: Meter, { limits }: Entitlement, held: LoadedSlice | undefined): LiveSlice {
  const { cpus, memory, pids_limit } = limits.per_container;
  const rows = [
    { key: 'CPUQuota', said: cpus && { ...cpus, value: percentOf(cpus.value) } },
    { key: 'MemoryMax', said: memory },
    { key: 'TasksMax', said: pids_limit },
  ];
  const live = rows.map(({ key, said }) => {
    const systemd = held && (held.limits.get(key) ?? defaultOf(key));
    return liveLimit(key, said?.value ?? defaultOf(key), {
      systemd,
      kernel: limitValue(meter, key),
      place: said?.place,
      meter,
    });
  });
  return { name: meter.name, scope: 'per_container', running: true, limits: live };
}

interface Others {
  readonly systemd: Measure | undefined;
  readonly kernel?: Measure | undefined;
  readonly unenforced?: string;
  readonly place: Place | undefined;
  readonly meter: Meter | undefined;
}

function liveLimit(key: string, policy: Measure, { systemd, kernel, unenforced, place, meter }: Others): LiveLimit {
  const used = meter && usedOf(key, meter);
  const others = [systemd, kernel].filter((measure) => measure !== undefined);
  return {
    key,
    policy: measureText(key, policy),
    ...(place && { place }),
    ...(systemd !== undefined && { systemd: measureText(key, systemd) }),
    ...(kernel !== undefined && { kernel: measureText(key, kernel) }),
    ...(used !== undefined && { used }),
    ...(unenforced !== undefined && { unenforced }),
    differs: others.some((measure) => !isSame(measure, policy)),
  };
}

function usedOf(key: string, { cpu, memory, tasks }: Meter): string | undefined {
  if (key === 'CPUQuota') return cpu && `${cpu.cores.toFixed(1)} cores`;
  if (key === 'TasksMax') return tasks && String(tasks.current);
  return key === 'MemoryMax' || key === 'MemoryHigh' ? memory && bytes(memory.held) : undefined;
}
