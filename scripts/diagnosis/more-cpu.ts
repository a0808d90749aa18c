import { ACCOUNT, canonicalAccount, slugOf } from '../policy/account.ts';
import type { Entitlement } from '../policy/resolve.ts';
import type { Case } from './case.ts';
import { cgroupName } from './cgroup-words.ts';
import { isWithin } from './cgroups-around.ts';
import { coresText } from './figures.ts';
import { grantedTo } from './granted.ts';
import type { LimitSource } from './limit-source.ts';
import { percentOf } from './limit-value.ts';
import { afterAround, limitsAround } from './limits-around.ts';
import { makeAnew } from './make-anew.ts';
import type { Meter } from './meter.ts';
import type { ThrottledCgroup } from './throttling.ts';
import { wayOut } from './way-out.ts';

/**
 * What gives work more CPU that its quota holds up: twice the quota, as far as the machine has so much; for one account among
 * others also another group, where policy has one with more. What has stayed in a group that its account has left is made anew.
 */
export function moreCpu(meter: ThrottledCgroup, source: LimitSource, found: Case): string {
  const anew = makeAnew(meter, 'CPUQuota', found, mainUser(meter, found));
  if (anew !== undefined) return anew;
  const { quota } = meter.cpu;
  const { cpus } = found.machine;
  if (quota >= cpus) {
    return `${cgroupName(meter, found)} may use all ${coresText(cpus)} of the machine already: run less at the same time`;
  }
  const around = limitsAround(meter, 'CPUQuota', percentOf(quota), found);
  const wanted = Math.min(percentOf(Math.min(2 * quota, cpus)), around.room);
  const grant = source.origin === 'policy' ? grantElsewhere(meter, found) : undefined;
  // Policy has whole percent for slices, and hundredths of a CPU for containers.
  const spelled = meter.container === undefined ? `${Math.ceil(wanted)}%` : String(Math.ceil(wanted) / 100);
  const more = afterAround(around, 'CPUQuota', `${Math.ceil(wanted)}%`, wayOut(source, spelled), found);
  return `${more}${grant === undefined ? '' : `; or ${grant}`}`;
}

/** A grant of the group with the next larger quota, to whoever asks, or who uses more than half of it all. */
function grantElsewhere(meter: ThrottledCgroup, found: Case): string | undefined {
  const main = found.focus ? undefined : mainUser(meter, found);
  const owner = found.focus ? found.focus.entitlement : main && found.accountOf(main.name);
  if (!owner) return undefined;
  const { groups, site } = found.resolved;
  const others = [...groups.values()].filter(({ group: { name } }) => {
    return name !== owner.group.group.name && name !== site.adminGroup;
  });
  const [next] = others
    .filter((group) => grantedTo(group.limits, 'CPUQuota') > percentOf(meter.cpu.quota))
    .sort((a, b) => grantedTo(a.limits, 'CPUQuota') - grantedTo(b.limits, 'CPUQuota'));
  if (!next) return undefined;
  const { name } = next.group;
  const quota = grantedTo(next.limits, 'CPUQuota');
  const has = quota === Number.POSITIVE_INFINITY ? 'no quota' : `${quota}%`;
  return `move the account to group ${name} (${has}): ds01-policy grant ${accountWord(owner, found)} ${name} --until DATE --reason TEXT`;
}

/** The account whose work uses more than half of it. */
function mainUser(meter: ThrottledCgroup, { all }: Case): Meter | undefined {
  const accounts = all.filter(({ level, path }) => level === 'account' && isWithin(path, meter.path));
  return accounts.find(({ cpu }) => (cpu?.cores ?? 0) > meter.cpu.cores / 2);
}

/** How a command calls an account. Of one that nobody lists only the slug may be known, and `a_b` may be `a.b`. */
function accountWord({ account, state }: Entitlement, { facts: { people }, resolved: { site } }: Case): string {
  if (state !== 'unlisted' || !/_.*@/.test(account)) return account;
  const names = people.kind === 'told' ? people.value.map(({ name }) => canonicalAccount(name, site)) : [];
  const [name, another] = new Set(names.filter((known) => ACCOUNT.test(known) && slugOf(known) === slugOf(account)));
  return name !== undefined && another === undefined ? name : 'ACCOUNT';
}
