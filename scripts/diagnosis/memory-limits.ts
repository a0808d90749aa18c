import { ownCount } from './cgroups-around.ts';
import type { MemoryEvents, MemoryMeter, Meter } from './meter.ts';
import { HOLDS_UP } from './share-weight.ts';

/** A cgroup whose memory the kernel counts. */
export type CountedMemory = Meter & { readonly memory: MemoryMeter };

/** Whether the kernel counts the memory of a cgroup. */
export function hasMemory(meter: Meter): meter is CountedMemory {
  return meter.memory !== undefined;
}

/** A cgroup with a limit of memory. */
export type LimitedMemory = Meter & { readonly memory: MemoryMeter & { readonly max: number } };

/** Whether a cgroup has a limit of memory beyond which the kernel kills. */
export function hasMemoryMax(meter: Meter): meter is LimitedMemory {
  return meter.memory?.max !== undefined;
}

/** A limit that holds programs up, in bytes. */
export interface HoldingUp {
  readonly key: 'MemoryMax' | 'MemoryHigh';
  readonly limit: number;
  /** How often it was reached in the window, there or in a cgroup below. */
  readonly times: number;
  /** Whether nearly all of it is what the kernel cannot give back; else a part is cached files. */
  readonly isHeld: boolean;
}

/** So close to a limit, nothing that can be given back at once is left to speak of. */
const HELD = 0.95;

/**
 * Which of its own limits holds the programs of a cgroup up: `MemoryMax`, where the kernel makes room before it gives any more,
 * or `MemoryHigh`, where it slows programs down on purpose. A limit that is reached with cached files alone is at work as it
 * should be, unless somebody has to wait for them.
 */
export function limitHoldingUp(meter: CountedMemory, all: readonly Meter[]): HoldingUp | undefined {
  const { held, max, high, events } = meter.memory;
  const waits = meter.pressure?.memory?.some;
  if (!events) return undefined;
  if (max !== undefined && isReached(meter, all, 'max')) {
    const isHeld = held >= HELD * max;
    if (isHeld || (waits ?? 0) >= HOLDS_UP) return { key: 'MemoryMax', limit: max, times: events.max, isHeld };
  }
  if (high === undefined || !isReached(meter, all, 'high')) return undefined;
  const isHeld = held >= HELD * high;
  const isSlow = waits === undefined ? isHeld : waits >= HOLDS_UP;
  return isSlow ? { key: 'MemoryHigh', limit: high, times: events.high, isHeld } : undefined;
}

// A cgroup counts what those in it reached, too.
function isReached(meter: Meter, all: readonly Meter[], what: keyof MemoryEvents): boolean {
  return ownCount(meter, all, ({ memory }) => memory?.events?.[what]) > 0;
}
