import type { Case } from './case.ts';
import { cgroupName } from './cgroup-words.ts';
import { innermost } from './cgroups-around.ts';
import type { Meter } from './meter.ts';
import { programsIn } from './work-owner.ts';

/** What runs in a slice: containers, services and scopes as they are called, or that there are processes; empty for nothing. */
export function workIn(slice: Meter, found: Case): readonly string[] {
  const inside = innermost(found.all).filter(({ path }) => path.startsWith(`${slice.path}/`));
  const names = inside.filter(isWork).map((meter) => cgroupName(meter, found));
  const isBusy = (slice.tasks?.current ?? 0) > 0 || programsIn(slice.path, found).length > 0;
  return names.length === 0 && isBusy ? ['processes'] : names;
}

/** Whether a cgroup is something that runs in a slice, and not a slice itself. */
export function isWork({ level }: Meter): boolean {
  return level === 'container' || level === 'work';
}
