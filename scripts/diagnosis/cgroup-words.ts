import type { Case } from './case.ts';
import { containerById } from './container-by-id.ts';
import type { Meter } from './meter.ts';

/** How a cgroup is called in a sentence: a container by its name, or by the digits that `docker ps` shows; else as systemd does. */
export function cgroupName({ name, container }: Meter, found: Pick<Case, 'facts'>): string {
  if (container === undefined) return name;
  return `container ${containerById(container, found)?.name ?? container.slice(0, 12)}`;
}

/** The same at the beginning of a sentence about its limit, with whom it holds for, where that is not one piece of work. */
export function cgroupWithWhom(meter: Meter, found: Pick<Case, 'facts'>): string {
  const whom = WHOM[meter.level];
  return `${cgroupName(meter, found)}${whom === undefined ? '' : ` (${whom})`}`;
}

const WHOM: Readonly<Partial<Record<Meter['level'], string>>> = {
  site: 'all groups together',
  group: 'everybody in the group together',
  account: "all of the account's work together",
};
