import type { Meter } from './meter.ts';
import { isThrottled } from './throttling.ts';

/** What holds work up in a cgroup, named after the figure that says so. */
export interface Strain {
  readonly what: 'tasks' | 'memory' | 'throttling' | 'cpu-wait' | 'memory-wait' | 'io-wait';
  readonly grade: Grade;
}

/** Work was refused or killed; a limit of the cgroup's own holds it up, or is about to; it waits for others or the hardware. */
export type Grade = 'fails' | 'held-up' | 'waits';

/** How much that hurts; nothing is 0. */
export const WEIGHTS: Readonly<Record<Grade, number>> = { fails: 3, 'held-up': 2, waits: 1 };

/** What holds work up in a cgroup, by what the kernel counted in the window. What it does not count is not known, and no strain. */
export function strainsOf(meter: Meter): readonly Strain[] {
  const [tasks, memory] = [tasksGrade(meter), memoryGrade(meter)];
  return [
    ...(tasks ? ([{ what: 'tasks', grade: tasks }] as const) : []),
    ...(memory ? ([{ what: 'memory', grade: memory }] as const) : []),
    ...(isThrottled(meter) ? ([{ what: 'throttling', grade: 'held-up' }] as const) : []),
    ...waitsOf(meter),
  ];
}

/** From this share of a limit on, nothing that is worth while has room. */
const FULL = 0.95;

function tasksGrade({ tasks }: Meter): Grade | undefined {
  if (!tasks) return undefined;
  const { current, max = Number.POSITIVE_INFINITY, refused = 0 } = tasks;
  if (refused > 0 || current >= max) return 'fails';
  return current >= FULL * max ? 'held-up' : undefined;
}

// memory.max is reached by cached files, too, and giving those back is usual and quick: only what cannot be given back counts.
function memoryGrade({ memory }: Meter): Grade | undefined {
  if (!memory) return undefined;
  const { held, max = Number.POSITIVE_INFINITY, high = Number.POSITIVE_INFINITY, events } = memory;
  if (events && events.kills > 0) return 'fails';
  return held >= FULL * Math.min(max, high) ? 'held-up' : undefined;
}

/**
 * From this share of the window on, waiting is felt; `doctor` has the same shares. Some program of many waits for a moment
 * for a CPU also where cores are idle, and how many are is not looked at here. What waits for memory does work again.
 */
const FELT = { cpu: 0.6, memory: 0.1, io: 0.2 } as const;

function waitsOf({ pressure = {} }: Meter): readonly Strain[] {
  return (['cpu', 'memory', 'io'] as const)
    .filter((what) => (pressure[what]?.some ?? 0) >= FELT[what])
    .map((what) => ({ what: `${what}-wait`, grade: 'waits' }));
}
