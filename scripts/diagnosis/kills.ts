import type { Case } from './case.ts';
import { isWithin, ownCount, wayUp } from './cgroups-around.ts';
import type { Happened } from './happened.ts';
import { type OomKill, oomKills } from './kernel-words.ts';
import { hasMemoryMax, type LimitedMemory } from './memory-limits.ts';
import type { MemoryEvents, Meter } from './meter.ts';

/** Processes of one cgroup that the kernel killed. */
export interface Kill {
  /** The cgroup they were in; it may be gone by now. */
  readonly path: string;
  readonly happened: Happened;
  readonly times: number;
  /** Which one, where the kernel's log has it. */
  readonly process?: Pick<OomKill, 'name' | 'pid'>;
  readonly reached: Reached;
}

/**
 * Whose memory was used up: that of a cgroup with a limit, by the log or, less certain, by counters; that of a cgroup which is
 * gone, has no limit any more, or is a part of a container; that of the whole machine; or nobody can say.
 */
export type Reached =
  | { readonly kind: 'limit'; readonly meter: LimitedMemory; readonly isCertain: boolean }
  | { readonly kind: 'elsewhere'; readonly path: string }
  | { readonly kind: 'machine' }
  | { readonly kind: 'unknown' };

type Seen = Pick<Case, 'all' | 'facts' | 'now'>;

/** All kills in cgroups of the site and in containers: those in the kernel's log, and those that only counters know of. */
export function findKills({ all, facts, now }: Seen): readonly Kill[] {
  const log = facts.kernelLog.kind === 'told' ? oomKills(facts.kernelLog.value) : [];
  const logged = log.filter(({ path }) => wayUp(path, all).length > 0);
  const inside = new Map<string | undefined, OomKill[]>();
  for (const kill of logged) {
    const [nearest] = wayUp(kill.path, all);
    const kills = inside.get(nearest?.path) ?? [];
    kills.push(kill);
    inside.set(nearest?.path, kills);
  }
  const counted = all.flatMap((meter) => countedKills(meter, inside.get(meter.path) ?? [], now, all));
  return [...logged.map((kill) => loggedKill(kill, all)), ...counted];
}

function loggedKill({ at, limit, path, name, pid }: OomKill, all: readonly Meter[]): Kill {
  return { path, happened: { kind: 'logged', at }, times: 1, process: { name, pid }, reached: reachedBy(limit, all) };
}

function reachedBy(limit: string | undefined, all: readonly Meter[]): Reached {
  if (limit === undefined) return { kind: 'machine' };
  const [meter] = wayUp(limit, all).filter(hasMemoryMax);
  return meter?.path === limit ? { kind: 'limit', meter, isCertain: true } : { kind: 'elsewhere', path: limit };
}

/** What a counter has beyond the log: what has just happened, and what was before the log began or may not be read. */
function countedKills(meter: Meter, here: readonly OomKill[], now: number, all: readonly Meter[]): readonly Kill[] {
  const killed = (events: MemoryEvents | undefined) => events?.kills;
  const watched = ownCount(meter, all, ({ memory }) => killed(memory?.events));
  const ever = ownCount(meter, all, ({ memory }) => killed(memory?.eventsEver));
  // The log is read while counters are watched, and may have some of the same.
  const unlogged = Math.max(0, watched - here.filter(({ at }) => at > now).length);
  const before = ever - unlogged - here.length;
  const counted = (happened: Happened, times: number): readonly Kill[] => {
    if (times <= 0) return [];
    return [{ path: meter.path, happened, times, reached: mostLikely(meter, happened, here, all) }];
  };
  return [...counted({ kind: 'watched' }, unlogged), ...counted({ kind: 'counted' }, before)];
}

/**
 * The innermost limit that was reached itself, and not only one in it. What the log has said of the same cgroup counts more,
 * but for what has just happened, where only one limit was reached meanwhile.
 */
function mostLikely(victim: Meter, happened: Happened, here: readonly OomKill[], all: readonly Meter[]): Reached {
  const isWatched = happened.kind === 'watched';
  const limited = wayUp(victim.path, all).filter(hasMemoryMax);
  const [meter, another] = limited.filter((one) => {
    return ownCount(one, all, ({ memory }) => (isWatched ? memory?.events : memory?.eventsEver)?.max) > 0;
  });
  const last = here.at(-1);
  if (last && !(isWatched && meter && !another)) return reachedBy(last.limit, all);
  if (!meter) return { kind: 'unknown' };
  // What was in a slice and reached a limit of its own may be gone, and the slice has what it counted.
  return { kind: 'limit', meter, isCertain: another === undefined && !isSlice(meter) };
}

function isSlice({ level }: Meter): boolean {
  return level === 'site' || level === 'group' || level === 'account';
}

/** Whether a kill is about a case: it was in what somebody asks about, or because of a limit around that. */
export function concerns(kill: Kill, { focus, meters }: Pick<Case, 'focus' | 'meters'>): boolean {
  const { reached, path } = kill;
  if (reached.kind === 'limit' && meters.some((meter) => meter.path === reached.meter.path)) return true;
  if (!focus) return true;
  return meters.some((meter) => meter.level !== 'site' && meter.level !== 'group' && isWithin(path, meter.path));
}
