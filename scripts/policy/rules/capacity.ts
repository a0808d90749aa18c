import type { Site } from '../policy.ts';
import type { Rule } from '../rule.ts';
import { amountOf, type LimitSet, limitSets, type Subject, sitesOf, spotOf } from '../subjects.ts';
import { UNLIMITED } from '../unlimited.ts';
import { expandCpuList, printValue } from '../values.ts';
import type { Violation } from '../violation.ts';

type Resource = 'cpus' | 'gpus' | 'memory';

/** Limits that are amounts of something a host has, with the factor between their unit and the host's. */
const AMOUNTS = [
  ['per_group', 'cpu_quota', 'cpus', 100, 'percent'],
  ['per_member', 'cpu_quota', 'cpus', 100, 'percent'],
  ['per_group', 'memory_high', 'memory', 1, 'size'],
  ['per_group', 'memory_max', 'memory', 1, 'size'],
  ['per_member', 'memory_high', 'memory', 1, 'size'],
  ['per_member', 'memory_max', 'memory', 1, 'size'],
  ['per_container', 'cpus', 'cpus', 1, 'cores'],
  ['per_container', 'memory', 'memory', 1, 'size'],
  ['per_container', 'gpus', 'gpus', 1, 'count'],
] as const;

type Amount = (typeof AMOUNTS)[number];

/** A promise that no host can keep: 8 GPUs on a server with 4. */
export const capacity: Rule = {
  id: 'capacity',
  summary: 'No limit is above what the largest host of the site has.',
  severity: 'error',
  *check(draft) {
    for (const site of sitesOf(draft)) {
      for (const set of limitSets(draft)) {
        yield* AMOUNTS.flatMap((amount) => compareAmount(site, set, amount) ?? []);
        yield* absentCpus(site, set);
      }
    }
  },
};

function compareAmount(
  site: Subject<Site>,
  set: LimitSet,
  [scope, field, resource, factor, kind]: Amount,
): Violation | undefined {
  const value = amountOf(set.written, scope, field);
  const host = largest(site.content, resource);
  const most = host.amount * factor;
  if (value === undefined || value === Number.POSITIVE_INFINITY || value <= most) return undefined;
  const has =
    resource === 'memory'
      ? `${printValue('size', most)} of memory`
      : `${host.amount} ${resource === 'cpus' ? 'CPUs' : 'GPUs'}`;
  return {
    ...spotOf(set, scope, field),
    message: `${field} ${printValue(kind, value)} is above what host "${host.name}" has: ${has}`,
    related: [{ source: site.source, path: ['hosts', host.name, resource], message: 'the size of the host' }],
    fix: `write ${printValue(kind, most)} or less, or unlimited`,
  };
}

function* absentCpus(site: Subject<Site>, set: LimitSet): Iterable<Violation> {
  const host = largest(site.content, 'cpus');
  for (const scope of ['per_group', 'per_member'] as const) {
    const list = set.written[scope].allowed_cpus?.value;
    if (list === undefined || list === UNLIMITED) continue;
    const [last, highest] = [Math.max(...expandCpuList(list)), host.amount - 1];
    if (last <= highest) continue;
    const message = `allowed_cpus ${list} names CPU ${last}, and the CPUs of host "${host.name}" are 0 to ${highest}`;
    const related = [{ source: site.source, path: ['hosts', host.name, 'cpus'], message: 'the size of the host' }];
    yield { ...spotOf(set, scope, 'allowed_cpus'), message, related, fix: `name CPUs up to ${highest}` };
  }
}

// A host whose memory is not on record could be larger than any limit.
function largest(site: Site, resource: Resource): { readonly name: string; readonly amount: number } {
  const sizes = site.hosts.map(({ name, [resource]: amount = Number.POSITIVE_INFINITY }) => ({ name, amount }));
  return sizes.reduce((most, size) => (size.amount > most.amount ? size : most));
}
