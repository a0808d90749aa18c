import { growth, perSecond } from './growth.ts';
import type { Waiting } from './meter.ts';

/**
 * The share of a window in which programs waited, from two texts such as those of /proc/pressure/cpu and of a cgroup's
 * `cpu.pressure` (accounting/psi of the kernel). Older kernels have no line `full` for CPUs: there, nobody says that all of
 * them waited. Absent where the kernel does not say anything.
 */
export function readWaiting(
  before: string | undefined,
  after: string | undefined,
  seconds: number,
): Waiting | undefined {
  const some = shareOf('some', before, after, seconds);
  return some === undefined ? undefined : { some, full: shareOf('full', before, after, seconds) ?? 0 };
}

// The kernel counts in microseconds, and adds what is going on only now and then: a share may come out above all of it.
function shareOf(kind: 'some' | 'full', before = '', after = '', seconds: number): number | undefined {
  const total = totalIn(after, kind);
  return total === undefined ? undefined : Math.min(perSecond(growth(totalIn(before, kind), total), seconds) / 1e6, 1);
}

function totalIn(text: string, kind: 'some' | 'full'): number | undefined {
  const [, total] = new RegExp(`^${kind} .*\\btotal=([0-9]{1,20})$`, 'm').exec(text) ?? [];
  return total === undefined ? undefined : Number(total);
}
