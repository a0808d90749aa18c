import type { Entitlement } from '../policy/resolve.ts';
import type { Case } from './case.ts';
import type { CpuUser } from './cpu-users.ts';
import { grantedTo } from './granted.ts';
import type { Meter } from './meter.ts';
import { ownerOf } from './owner-of.ts';

/** What leaves more CPU to somebody who waits, where somebody else uses it, or the same one. */
export function lessCpu(waiter: Meter, user: CpuUser, found: Case): string {
  const [own, other] = [ownerOf(waiter, found), userOf(user, found)];
  if (!other) return 'end it, or start it anew in a slice of the site, where a limit holds for it';
  if (!own) return 'start the work that waits anew in a slice of the site, where it has a share of its own';
  if (own.account === other.account) return 'run less of this account at the same time';
  const [group, otherGroup] = [own.group.group.name, other.group.group.name];
  const half = Math.floor((found.machine.cpus * 100) / 2);
  if (group === otherGroup) {
    const most = Math.min(half, Math.floor(grantedTo(own.limits, 'CPUQuota') / 2));
    return `ds01-policy set-limit ${group} per_member.cpu_quota ${most}% --reason TEXT; then no account takes it all from the others`;
  }
  const wanted = 2 * weightOf(other);
  if (weightOf(own) >= wanted || wanted > MOST_WEIGHT) {
    if (otherGroup === found.resolved.site.adminGroup) return `ask ${other.account}: no limit holds for administrators`;
    return `ds01-policy set-limit ${otherGroup} per_group.cpu_quota ${half}% --reason TEXT; the other half is left then`;
  }
  return `ds01-policy set-limit ${group} per_group.cpu_weight ${wanted} --reason TEXT; that is twice the share of ${otherGroup} when cores are short`;
}

/** As in `cpu_weight of student is 100, of researcher 200`; nothing where shares are the same. */
export function weightsText(waiter: Meter, user: CpuUser, found: Case): string | undefined {
  const [own, other] = [ownerOf(waiter, found), userOf(user, found)];
  if (!own || !other || weightOf(own) === weightOf(other)) return undefined;
  const [group, otherGroup] = [own.group.group.name, other.group.group.name];
  return `cpu_weight of ${group} is ${weightOf(own)}, of ${otherGroup} ${weightOf(other)}`;
}

/** What the kernel takes at most, and what it has without a word of anybody: Control Group v2, cpu.weight. */
const [MOST_WEIGHT, USUAL_WEIGHT] = [10_000, 100];

function weightOf({ group }: Entitlement): number {
  return group.limits.per_group.cpu_weight?.value ?? USUAL_WEIGHT;
}

function userOf(user: CpuUser, found: Case): Entitlement | undefined {
  return user.kind === 'cgroup' ? ownerOf(user.meter, found) : undefined;
}
