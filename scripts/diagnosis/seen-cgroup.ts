import type { CgroupFileTexts } from '../units/counters.ts';
import { limitInKernel } from '../units/kernel.ts';
import type { Look } from './sighting.ts';

/** The files of one cgroup in two looks. */
export interface SeenCgroup {
  /** Empty for one that has begun since. */
  readonly before: CgroupFileTexts;
  readonly after: CgroupFileTexts;
  readonly version: Look['version'];
  /** Seconds between the looks. */
  readonly seconds: number;
}

/**
 * A limit that the kernel enforces on a cgroup, in the unit of its directive; absent where there is none, or none that can
 * be read. `device` is the number of a disk, for rates.
 */
export function enforcedLimit(directive: string, { after, version }: SeenCgroup, device?: string): number | undefined {
  const limit = limitInKernel(directive, { attributes: after }, version, device);
  return typeof limit === 'number' && Number.isFinite(limit) ? limit : undefined;
}
