import { isOverpromised, type Promised, promisedBy } from '../policy/promised.ts';
import type { Resolved } from '../policy/resolve.ts';

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
      if (!isOverpromised(promised, has, after.site.adminGroup)) return [];
      const was = before && promisedBy(before, resource);
      const had = before?.site.hosts.find(({ name }) => name === host.name)?.[resource];
      if (had === has && JSON.stringify(was) === JSON.stringify(promised)) return [];
      return [{ host: host.name, resource, has, ...(was && { before: was }), after: promised }];
    });
  });
}

const RESOURCES = ['cpus', 'memory'] as const;
