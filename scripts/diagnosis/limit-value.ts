import type { Measure } from '../units/measures.ts';
import type { Meter } from './meter.ts';

/**
 * What the kernel enforces of a limit on a cgroup, in the unit of the setting's key; `Infinity` for none, absent where the
 * meter does not say. `device` is the number of a disk, for rates.
 */
export function limitValue({ cpu, memory, tasks, disks }: Meter, key: string, device?: string): Measure | undefined {
  const [directive = ''] = key.split(' ');
  const disk = disks.find((found) => found.device === device);
  const read: Readonly<Record<string, () => number | undefined>> = {
    CPUQuota: () => cpu && orNone(cpu.quota === undefined ? undefined : percentOf(cpu.quota)),
    MemoryMax: () => memory && orNone(memory.max),
    MemoryHigh: () => memory && orNone(memory.high),
    MemorySwapMax: () => memory && orNone(memory.swapMax),
    TasksMax: () => tasks && orNone(tasks.max),
    IOReadBandwidthMax: () => disk && orNone(disk.readMax),
    IOWriteBandwidthMax: () => disk && orNone(disk.writeMax),
  };
  return read[directive]?.();
}

/** CPUs as a quota in percent: 0.07 are 7, whatever floating point makes of it. */
export function percentOf(cores: number): number {
  return Math.round(cores * 10_000) / 100;
}

function orNone(limit: number | undefined): number {
  return limit ?? Number.POSITIVE_INFINITY;
}
