import type { Resolved } from './resolve.ts';

/** What all groups together may use of one resource. */
export interface Promised {
  /** CPUs, bytes of memory, or tasks: the sum of the limits of all groups that have one. */
  readonly limited: number;
  /** Groups that may use all there is, by name. */
  readonly unlimited: readonly string[];
}

/** What a machine has, and limits of groups divide. */
export type Resource = 'cpus' | 'memory' | 'tasks';

/** How much of a resource each group may use, all its members together: CPUs, bytes or tasks; `Infinity` for all there is. */
export function sharesOf({ groups }: Resolved, resource: Resource): ReadonlyMap<string, number> {
  const { field, factor } = DIVIDED[resource];
  const shares = [...groups.values()].map(({ group: { name }, limits: { per_group } }) => {
    return [name, (per_group[field]?.value ?? Number.POSITIVE_INFINITY) / factor] as const;
  });
  return new Map(shares);
}

const DIVIDED = {
  cpus: { field: 'cpu_quota', factor: 100 },
  memory: { field: 'memory_max', factor: 1 },
  tasks: { field: 'tasks_max', factor: 1 },
} as const;

/** How much of a resource the groups may use, all together. */
export function promisedBy(resolved: Resolved, resource: Resource): Promised {
  const shares = [...sharesOf(resolved, resource)];
  const limited = shares.filter(([, share]) => share !== Number.POSITIVE_INFINITY);
  const unlimited = shares.filter(([, share]) => share === Number.POSITIVE_INFINITY);
  return {
    limited: limited.reduce((sum, [, share]) => sum + share, 0),
    unlimited: unlimited.map(([name]) => name).sort(),
  };
}

/** Whether that is more than a machine has. Who repairs it is never limited, and does not count. */
export function isOverpromised({ limited, unlimited }: Promised, has: number, adminGroup: string): boolean {
  return limited > has || unlimited.some((name) => name !== adminGroup);
}
