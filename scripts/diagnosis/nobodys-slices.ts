import { listing } from '../units/listing.ts';
import { groupOfSlice } from '../units/unit-path.ts';
import { accountOfWork } from './account-of-slice.ts';
import type { Case } from './case.ts';
import { cgroupFile } from './cgroup-file.ts';
import { cgroupName } from './cgroup-words.ts';
import { innermost, isWithin, wayUp } from './cgroups-around.ts';
import type { Cause } from './check.ts';
import type { Meter } from './meter.ts';
import { onceFor } from './once-for.ts';
import { isWork } from './work-in.ts';

const WEIGHT = 15;

/** Work in slices of the site that are of a group that policy does not have, and of no account that it has. */
export function nobodysWork(found: Case): readonly Cause[] {
  const { resolved, meters } = found;
  return meters.flatMap((meter) => {
    const group = meter.level === 'group' ? groupOfSlice(meter.name, resolved.site.name) : undefined;
    const work = group === undefined || resolved.groups.has(group) ? [] : nobodysIn(meter, found);
    return group !== undefined && work.length > 0 ? [causeOf(meter, group, work, found)] : [];
  });
}

function nobodysIn(meter: Meter, found: Case): readonly string[] {
  const work = workOfNobody(found).filter(({ path }) => isWithin(path, meter.path));
  return work.map((one) => cgroupName(one, found));
}

// What an account has left behind is the account's.
const workOfNobody = onceFor(({ all, resolved }: Case) => {
  return innermost(all)
    .filter(isWork)
    .filter(({ path }) => {
      return !wayUp(path, all).some(({ level, name }) => level === 'account' && accountOfWork(resolved, name));
    });
});

function causeOf({ name, path }: Meter, group: string, work: readonly string[], { machine }: Case): Cause {
  return {
    weight: WEIGHT,
    subject: name,
    message: `${name} holds ${listing(work)}, and policy has no group "${group}": what limits it has, policy does not say`,
    evidence: [{ source: cgroupFile(machine.version, path, 'cgroup.procs'), figure: listing(work) }],
    wayOut: `make anew what runs there in the slice of an account, or add policy/groups/${group}.yaml`,
  };
}
