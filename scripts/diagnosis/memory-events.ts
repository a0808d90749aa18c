import { wayUp } from './cgroups-around.ts';
import type { MemoryEvents, Meter } from './meter.ts';

/**
 * Adds to the events of each cgroup those of the ones below, as cgroup v2 does by itself: v1 counts a kill only where the
 * program was that died (admin-guide/cgroup-v1/memory of the kernel).
 */
export function withEventsBelow(meters: readonly Meter[]): readonly Meter[] {
  const [events, eventsEver] = [sumsOf(meters, 'events'), sumsOf(meters, 'eventsEver')];
  return meters.map((meter) => {
    const { path, memory } = meter;
    const [watched, ever] = [events.get(path), eventsEver.get(path)];
    if (!memory?.events || !watched || !ever) return meter;
    return { ...meter, memory: { ...memory, events: watched, eventsEver: ever } };
  });
}

/** What was counted in each cgroup and below it, by path. */
function sumsOf(meters: readonly Meter[], what: 'events' | 'eventsEver'): ReadonlyMap<string, MemoryEvents> {
  const sums = new Map<string, MemoryEvents>();
  for (const { path, memory } of meters) {
    const own = memory?.[what];
    if (!own) continue;
    for (const around of wayUp(path, meters)) sums.set(around.path, sumOf(own, sums.get(around.path) ?? NOTHING));
  }
  return sums;
}

const NOTHING: MemoryEvents = { high: 0, max: 0, kills: 0 };

function sumOf(one: MemoryEvents, other: MemoryEvents): MemoryEvents {
  return { high: one.high + other.high, max: one.max + other.max, kills: one.kills + other.kills };
}
