import type { Place } from '../policy/policy.ts';
import type { Resolved } from '../policy/resolve.ts';
import { measureText } from '../units/measures.ts';
import { groupOfSlice } from '../units/unit-path.ts';
import { accountOfWork } from './account-of-slice.ts';
import { type KnownDevices, settingKey } from './device-keys.ts';
import type { Container } from './facts.ts';
import { containerFieldOf } from './limit-fields.ts';
import type { LimitOrigin, LimitSource } from './limit-source.ts';
import { limitValue, percentOf } from './limit-value.ts';
import type { Meter } from './meter.ts';

/** What has to be known to say who limits a container, a service or a scope. */
export interface WorkInput {
  readonly resolved: Resolved;
  readonly devices: KnownDevices;
  /** The most tasks that the machine has, where that is known: systemd's default is a share of them. */
  readonly tasks?: number;
  /** By id, where Docker tells. */
  readonly containers: ReadonlyMap<string, Container>;
}

/**
 * Who says a limit of something that is no slice. A container has what it was made with; what policy says is what the
 * container tools would give to one that is made now. A service or scope has what whoever started it asked for: no file that
 * this program reads says so.
 */
export function findWorkSource(meter: Meter, asked: string, input: WorkInput): LimitSource {
  const { key, number } = settingKey(asked, [], input.devices);
  const limit = meter.level === 'container' ? policyOf(meter, key, input.resolved) : undefined;
  return {
    ...{ key, cgroup: meter.name, value: textOf(key, limitValue(meter, key, number)) },
    origin: originOf(meter, key, input),
    ...limit,
  };
}

function originOf(meter: Meter, key: string, { tasks, containers }: WorkInput): LimitOrigin {
  const made = meter.container === undefined ? undefined : containers.get(meter.container);
  if (key === 'TasksMax' && (made ? made.pidsLimit === undefined : isDefault(meter, tasks))) return 'default';
  return meter.container === undefined ? 'kernel' : 'container';
}

// 15 % of what the machine has, rounded in one way or the other (systemd-system.conf(5), DefaultTasksMax=). Where nobody
// knows how much that is, a service or scope most likely has what all of them have.
function isDefault({ container, tasks }: Meter, most: number | undefined): boolean {
  if (most === undefined) return container === undefined;
  return Math.abs((tasks?.max ?? Number.POSITIVE_INFINITY) - most * 0.15) <= 1;
}

type PolicyWord = Pick<LimitSource, 'place' | 'policy' | 'owner'>;

function policyOf({ path }: Meter, key: string, resolved: Resolved): PolicyWord | undefined {
  const [, slice = ''] = path.split('/').reverse();
  const account = accountOfWork(resolved, slice);
  const group = account?.group ?? resolved.groups.get(groupOfSlice(slice, resolved.site.name) ?? '');
  const field = containerFieldOf(key);
  const said = field && (account ?? group)?.limits.per_container[field];
  if (!group || !said) return undefined;
  const policy = textOf(key, field === 'cpus' ? percentOf(said.value) : said.value);
  return {
    place: said.place,
    policy,
    owner: { name: ownerName(said.place, account?.account, group.group.name), scope: 'per_container' },
  };
}

/** Whose line of policy a limit is: that of a member, if it stands in a member's file. What the site says, a group can say better. */
export function ownerName({ file }: Place, account: string | undefined, group: string): string {
  return account !== undefined && file.startsWith('members/') ? account : group;
}

function textOf(key: string, limit: Parameters<typeof measureText>[1] = Number.POSITIVE_INFINITY): string {
  return measureText(key, limit);
}
