import {
  amount,
  type CgroupFileTexts,
  counter,
  cpuSeconds,
  heldMemory,
  throttlingOf,
  usedMemory,
} from '../units/counters.ts';
import { cgroupKind, isInsideOfWork } from './cgroup-level.ts';
import { growth, perSecond } from './growth.ts';
import { withEventsBelow } from './memory-events.ts';
import type { CpuMeter, MemoryEvents, MemoryMeter, Meter, PressureMeter, TasksMeter, Throttled } from './meter.ts';
import { readWaiting } from './psi.ts';
import { readDiskMeters } from './read-disk-meters.ts';
import { enforcedLimit, type SeenCgroup } from './seen-cgroup.ts';
import type { Look } from './sighting.ts';

/**
 * What the cgroups of a site did between two looks, and containers elsewhere, each before those in it; of what divides
 * itself, such as a service or a container, only the whole. What is only in the second look has begun since: its counters
 * count from zero (Control Group v2, and admin-guide/cgroup-v1 of the kernel).
 */
export function readMeters(before: Look, after: Look, site: string): readonly Meter[] {
  const earlier = new Map(before.cgroups.map(({ path, files }) => [path, files]));
  const [version, seconds] = [after.version, (after.at - before.at) / 1000];
  const meters = after.cgroups.flatMap(({ path, files }): readonly Meter[] => {
    const kind = cgroupKind(path, site);
    if (isInsideOfWork(path) || (kind.level === 'outside' && kind.container === undefined)) return [];
    const seen = { before: earlier.get(path) ?? NO_FILES, after: files, version, seconds };
    return [{ path, name: path.replace(/^.*[/]/, ''), ...kind, ...readMeter(seen) }];
  });
  return version === 'v2' ? meters : withEventsBelow(meters);
}

const NO_FILES: CgroupFileTexts = new Map();

function readMeter(seen: SeenCgroup): Pick<Meter, 'cpu' | 'tasks' | 'memory' | 'pressure' | 'disks'> {
  const [cpu, tasks, memory, pressure] = [readCpu(seen), readTasks(seen), readMemory(seen), readPressure(seen)];
  return {
    ...(cpu && { cpu }),
    ...(tasks && { tasks }),
    ...(memory && { memory }),
    ...(pressure && { pressure }),
    disks: readDiskMeters(seen),
  };
}

function readCpu(seen: SeenCgroup): CpuMeter | undefined {
  const used = cpuSeconds(seen.after);
  if (used === undefined) return undefined;
  const [quota, throttling] = [enforcedLimit('CPUQuota', seen), readThrottling(seen)];
  return {
    cores: perSecond(growth(cpuSeconds(seen.before), used), seen.seconds),
    ...(quota !== undefined && { quota: quota / 100 }),
    ...(throttling && { throttling }),
  };
}

function readThrottling({ before, after }: SeenCgroup): Throttled | undefined {
  const [then, now] = [throttlingOf(before), throttlingOf(after)];
  if (!now) return undefined;
  const periods = growth(then?.periods, now.periods);
  return {
    periods,
    // The kernel does not write both at once.
    throttled: Math.min(growth(then?.throttled, now.throttled), periods),
    seconds: growth(then?.seconds, now.seconds),
  };
}

function readTasks(seen: SeenCgroup): TasksMeter | undefined {
  const { before, after } = seen;
  const current = amount(after, 'pids.current');
  if (current === undefined) return undefined;
  const refusals = (files: CgroupFileTexts) => counter(files.get('pids.events') ?? '', 'max');
  const [max, peak, refusedEver] = [enforcedLimit('TasksMax', seen), amount(after, 'pids.peak'), refusals(after)];
  return {
    current,
    ...(max !== undefined && { max }),
    ...(peak !== undefined && { peak }),
    ...(refusedEver !== undefined && { refused: growth(refusals(before), refusedEver), refusedEver }),
  };
}

function readMemory(seen: SeenCgroup): MemoryMeter | undefined {
  const { before, after } = seen;
  const [current, held] = [usedMemory(after), heldMemory(after)];
  if (current === undefined || held === undefined) return undefined;
  const [max, high, swapMax] = ['MemoryMax', 'MemoryHigh', 'MemorySwapMax'].map((key) => enforcedLimit(key, seen));
  const [then, now] = [readEvents(before), readEvents(after)];
  return {
    current,
    held,
    ...(max !== undefined && { max }),
    ...(high !== undefined && { high }),
    ...(swapMax !== undefined && { swapMax }),
    ...(now && { events: eventsSince(then, now), eventsEver: now }),
  };
}

function readEvents(files: CgroupFileTexts): MemoryEvents | undefined {
  const events = files.get('memory.events') ?? '';
  // On cgroup v1 there is no memory.high, and each of the others is in a file of its own.
  const max = counter(events, 'max') ?? amount(files, 'memory.failcnt');
  const kills = counter(events, 'oom_kill') ?? counter(files.get('memory.oom_control') ?? '', 'oom_kill');
  return max === undefined || kills === undefined ? undefined : { high: counter(events, 'high') ?? 0, max, kills };
}

function eventsSince(then: MemoryEvents | undefined, now: MemoryEvents): MemoryEvents {
  return {
    high: growth(then?.high, now.high),
    max: growth(then?.max, now.max),
    kills: growth(then?.kills, now.kills),
  };
}

function readPressure({ before, after, seconds }: SeenCgroup): PressureMeter | undefined {
  const [cpu, memory, io] = ['cpu', 'memory', 'io'].map((what) => {
    return readWaiting(before.get(`${what}.pressure`), after.get(`${what}.pressure`), seconds);
  });
  return cpu || memory || io ? { ...(cpu && { cpu }), ...(memory && { memory }), ...(io && { io }) } : undefined;
}
