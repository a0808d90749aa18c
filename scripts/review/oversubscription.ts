import type { Resolved } from '../policy/resolve.ts';

/** What all groups together may use of one resource. */
export interface Promised {
  /** CPUs, or bytes of memory: the sum of the limits of all groups that have one. */
  readonly limited: number;
  /** Groups that may use all there is, by name. */
  readonly unlimited: readonly string[];
}

/** The groups may use more of something than a host has: fair as long as not all of them do. */
export interface Oversubscription {
  readonly host: string;
  readonly resource: 'cpus' | 'memory';
  /** How much the host has, in CPUs or bytes. */
  readonly has: number;
  /** Absent if nobody knows. */
  readonly before?: Promised;
  readonly after: Promised;
}

/** Where the groups together may use more than a host has, and that is not as it was. Hosts whose size is known. */
export function findOversubscription(before: Resolved | undefined, after: Resolved): readonly Oversubscription[] {
  return after.site.hosts.flatMap((host) => {
    return RESOURCES.flatMap((resource) => {
      const has = host[resource];
      if (has === undefined) return [];
      const promised = promisedBy(after, resource);
      if (!isMore(promised, has, after.site.adminGroup)) return [];
      const was = before && promisedBy(before, resource);
      const had = before?.site.hosts.find(({ name }) => name === host.name)?.[resource];
      if (had === has && JSON.stringify(was) === JSON.stringify(promised)) return [];
      return [{ host: host.name, resource, has, ...(was && { before: was }), after: promised }];
    });
  });
}

const RESOURCES = ['cpus', 'memory'] as const;

function promisedBy({ groups }: Resolved, resource: (typeof RESOURCES)[number]): Promised {
  const amounts = [...groups.values()].map(({ group: { name }, limits: { per_group } }) => {
    const limit = resource === 'cpus' ? per_group.cpu_quota : per_group.memory_max;
    const value = limit?.value ?? Number.POSITIVE_INFINITY;
    return { name, amount: resource === 'cpus' ? value / 100 : value };
  });
  const [free, limited] = [amounts.filter(isUnlimited), amounts.filter((amount) => !isUnlimited(amount))];
  return {
    limited: limited.reduce((sum, { amount }) => sum + amount, 0),
    unlimited: free.map(({ name }) => name).sort(),
  };
}

function isUnlimited({ amount }: { readonly amount: number }): boolean {
  return amount === Number.POSITIVE_INFINITY;
}

// Who repairs the host is never limited.
function isMore({ limited, unlimited }: Promised, has: number, adminGroup: string): boolean {
  return limited > has || unlimited.some((name) => name !== adminGroup);
}
