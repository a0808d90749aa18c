import type { Case, Disk } from './case.ts';
import { cgroupName } from './cgroup-words.ts';
import { innermost, wayUp } from './cgroups-around.ts';
import type { Cause } from './check.ts';
import { reachedRates } from './disk-limits.ts';
import { busyDisks } from './disk-use.ts';
import { rateText } from './disk-words.ts';
import { percentText } from './figures.ts';
import { hasMemory, limitHoldingUp } from './memory-limits.ts';
import type { Meter } from './meter.ts';
import { type Waiter, waitersFor, waitersText, waitFigures, weightOfWait } from './waiters.ts';

/** From this share of the time on, waiting for disks is felt. */
const FELT = 0.2;
/** A disk that has less to do keeps nobody waiting. */
const IN_USE = 0.3;

/**
 * That work waits for what it reads and writes although no disk is busy all the time and no limit is reached: those are told
 * by the check of disks, and what waits because its cached files were dropped by that of memory.
 */
export function ioWait(found: Case): Cause | undefined {
  if (busyDisks(found).length > 0) return undefined;
  const [first, ...others] = waitersFor('io', FELT, found).filter(({ meter }) => !isLimited(meter, found));
  if (!first) return undefined;
  const waiters: readonly [Waiter, ...Waiter[]] = [first, ...others];
  const [disk] = found.machine.disks.filter(({ busy }) => busy >= IN_USE).sort((a, b) => b.busy - a.busy);
  return {
    weight: weightOfWait(first.share),
    subject: cgroupName(first.meter, found),
    message: `${waitersText('io', waiters, found)}: ${disk ? diskText(disk, found) : NO_DISK}`,
    evidence: [...waitFigures('io', waiters, found), ...(disk ? [diskFigure(disk)] : [])],
    wayOut: disk
      ? 'read and write less at the same time, or in larger pieces'
      : 'look at the servers of mounted file systems: findmnt --types nfs,nfs4,cifs',
  };
}

const NO_DISK = 'no disk of the machine has much to do, so it is most likely a file system on the network';

function isLimited({ path }: Meter, { all }: Case): boolean {
  return wayUp(path, all).some((meter) => {
    return reachedRates(meter).length > 0 || (hasMemory(meter) && limitHoldingUp(meter, all) !== undefined);
  });
}

function diskText({ device, name, busy }: Disk, found: Case): string {
  const uses = innermost(found.all).flatMap((meter) => {
    const used = meter.disks.filter((disk) => disk.device === device && disk.read + disk.write > 0);
    return used.map(({ read, write }) => ({ meter, read, write }));
  });
  const [most] = uses.sort((a, b) => b.read + b.write - (a.read + a.write));
  const user =
    most && `; ${cgroupName(most.meter, found)} reads ${rateText(most.read)} and writes ${rateText(most.write)}`;
  return `${name} was busy ${percentText(busy)} of the time${user ?? ''}`;
}

function diskFigure({ device, name, busy }: Disk) {
  return { source: '/proc/diskstats', figure: `${name} (${device}) busy ${percentText(busy)} of the time` };
}
