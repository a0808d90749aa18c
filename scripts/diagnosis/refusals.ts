import type { Case } from './case.ts';
import { ownCount, wayUp } from './cgroups-around.ts';
import type { Happened } from './happened.ts';
import { refusedForks } from './kernel-words.ts';
import type { Meter, TasksMeter } from './meter.ts';
import { onceFor } from './once-for.ts';

/** A cgroup with a limit of tasks. */
export type LimitedTasks = Meter & { readonly tasks: TasksMeter & { readonly max: number } };

/** New threads and processes that were refused in one cgroup, because of one limit. */
export interface Refusal {
  /** Where the fork was tried: a cgroup that may be gone by now. */
  readonly path: string;
  readonly happened: Happened;
  /** How many; of those in the kernel's log only the first is known. */
  readonly times: number;
  /** Whether the cgroup with the limit is known to have been at it. */
  readonly isCertain: boolean;
}

/** Whether a cgroup has a limit of tasks. */
export function hasTasksLimit(meter: Meter): meter is LimitedTasks {
  return meter.tasks?.max !== undefined;
}

/** Whether not one more thread or process may be started. */
export function isFull({ tasks }: LimitedTasks): boolean {
  return tasks.current >= tasks.max;
}

/** Whether that was so at some time since the cgroup began; false where the kernel does not say. */
export function wasFull({ tasks: { peak, max } }: LimitedTasks): boolean {
  return peak !== undefined && peak >= max;
}

/**
 * All refusals by the path of the cgroup whose limit it was. The kernel counts them where the fork was tried, and looks for a
 * limit from there to the top: the first one that is reached refuses (Control Group v2, "PID").
 */
export function refusalsByLimit(found: Seen): ReadonlyMap<string, readonly Refusal[]> {
  return findRefusals(found);
}

type Seen = Pick<Case, 'all' | 'facts'>;

const findRefusals = onceFor(({ all, facts }: Seen) => {
  const logged = facts.kernelLog.kind === 'told' ? refusedForks(facts.kernelLog.value) : [];
  const found = [
    ...all.flatMap((meter) => countedIn(meter, all)),
    ...logged.map(({ at, path }) => ({ path, happened: { kind: 'logged', at } as const, times: 1 })),
  ];
  const byLimit = new Map<string, Refusal[]>();
  for (const refusal of found) {
    const { limits, isCertain } = limitsBehind(refusal.path, all);
    for (const { path } of limits) {
      const refusals = byLimit.get(path) ?? [];
      refusals.push({ ...refusal, isCertain });
      byLimit.set(path, refusals);
    }
  }
  return byLimit;
});

function countedIn(meter: Meter, all: readonly Meter[]): readonly Omit<Refusal, 'isCertain'>[] {
  const { path } = meter;
  const watched = ownCount(meter, all, ({ tasks }) => tasks?.refused);
  if (watched > 0) return [{ path, happened: { kind: 'watched' }, times: watched }];
  const counted = ownCount(meter, all, ({ tasks }) => tasks?.refusedEver);
  return counted > 0 ? [{ path, happened: { kind: 'counted' }, times: counted }] : [];
}

interface Behind {
  readonly limits: readonly LimitedTasks[];
  readonly isCertain: boolean;
}

/** The limits that may have refused something in a cgroup. One that was never reached has not. */
function limitsBehind(path: string, all: readonly Meter[]): Behind {
  const limited = wayUp(path, all).filter(hasTasksLimit);
  const full = limited.find(isFull);
  if (full) return { limits: [full], isCertain: true };
  const once = limited.filter(wasFull);
  if (once.length > 0) return { limits: once, isCertain: true };
  // Before Linux 6.1 nothing says that a limit was reached: what has the least room is the most likely one.
  const silent = limited.filter(({ tasks }) => tasks.peak === undefined);
  return { limits: silent.sort((a, b) => roomIn(a) - roomIn(b)).slice(0, 1), isCertain: false };
}

function roomIn({ tasks }: LimitedTasks): number {
  return tasks.max - tasks.current;
}
