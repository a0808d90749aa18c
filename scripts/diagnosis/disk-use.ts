import type { Case, Disk } from './case.ts';
import { cgroupFile } from './cgroup-file.ts';
import { cgroupName } from './cgroup-words.ts';
import { innermost } from './cgroups-around.ts';
import type { Cause, Evidence } from './check.ts';
import { rateText } from './disk-words.ts';
import { percentText } from './figures.ts';
import type { DiskMeter, Meter } from './meter.ts';
import { HOLDS_UP } from './share-weight.ts';
import { inQuestion, weightOfWait } from './waiters.ts';
import { ownerOfCgroup } from './work-owner.ts';

/** How much those in question wait for disks: the share of the time, and the file that says so. */
export interface DiskWait {
  readonly share: number;
  readonly file: string;
}

/** The share of the window from which on a disk has no time left that counts. */
const BUSY = 0.9;
const MOST_USERS = 3;
/** The weight where nobody says who waits. */
const UNKNOWN_WAIT = 35;

/** Disks that had something to do all the time, the busiest first. */
export function busyDisks({ machine }: Pick<Case, 'machine'>): readonly Disk[] {
  return machine.disks.filter(({ busy }) => busy >= BUSY).sort((a, b) => b.busy - a.busy);
}

/** How much the machine's programs wait for disks, or those of the focus; absent where the kernel does not say. */
export function diskWait(found: Case): DiskWait | undefined {
  const { focus, machine } = found;
  if (!focus) return machine.pressure.io && { share: machine.pressure.io.some, file: '/proc/pressure/io' };
  const waits = inQuestion(found).flatMap(({ path, pressure }) => {
    return pressure?.io ? [{ share: pressure.io.some, file: cgroupFile(machine.version, path, 'io.pressure') }] : [];
  });
  return waits.sort((a, b) => b.share - a.share)[0];
}

/** Whether a busy disk holds up those in question, as far as anybody can say: many disks do several things at once. */
export function isFelt(wait: DiskWait | undefined): boolean {
  return wait === undefined || wait.share >= HOLDS_UP;
}

/** As in `sda was busy 97 % of the time, dm-0 96 %`. */
export function busyText([first, ...others]: readonly [Disk, ...Disk[]]): string {
  const more = others.map(({ name, busy }) => `, ${name} ${percentText(busy)}`);
  return `${first.name} was busy ${percentText(first.busy)} of the time${more.join('')}`;
}

/**
 * Disks that can do no more, and who keeps them busy. One cause for all of them: what is done on a logical volume is done on
 * the disk below, too.
 */
export function busyCause(disks: readonly [Disk, ...Disk[]], wait: DiskWait | undefined, found: Case): Cause {
  const users = usersOf(disks, found);
  const shown = users.slice(0, MOST_USERS);
  const site = `${found.resolved.site.name}.slice`;
  const who = shown.map((user) => useText(user, found)).join('; ') || `no program in ${site} uses it`;
  return {
    weight: wait === undefined ? UNKNOWN_WAIT : weightOfWait(wait.share),
    subject: disks[0].name,
    message: `${busyText(disks)}: ${who}; what is done outside of ${site} is only known of containers`,
    evidence: [
      ...disks.map((disk) => diskFigure(disk, found)),
      ...(wait ? [{ source: wait.file, figure: `some ${percentText(wait.share)}` }] : []),
      ...shown.map((user) => userFigure(user, found)),
    ],
    wayOut: lessUse(disks[0], users[0], found),
  };
}

interface DiskUser {
  readonly meter: Meter;
  readonly disk: DiskMeter;
}

// Of all disks the one that is used most: what goes through several of them is not that much more.
function usersOf(disks: readonly Disk[], { all }: Case): readonly DiskUser[] {
  const busy = new Set(disks.map(({ device }) => device));
  const users = innermost(all).flatMap((meter) => {
    const used = meter.disks.filter(({ device, read, write }) => busy.has(device) && read + write > 0);
    const [disk] = used.sort((a, b) => amountOf(b) - amountOf(a));
    return disk ? [{ meter, disk }] : [];
  });
  return users.sort((a, b) => amountOf(b.disk) - amountOf(a.disk));
}

function amountOf({ read, write }: DiskMeter): number {
  return read + write;
}

function useText({ meter, disk: { read, write } }: DiskUser, found: Case): string {
  const owner = meter.level === 'account' ? undefined : ownerOfCgroup(meter.path, found);
  const whose = owner === undefined ? '' : ` of ${owner.account}`;
  return `${cgroupName(meter, found)}${whose} reads ${rateText(read)} and writes ${rateText(write)}`;
}

function diskFigure({ device, name, busy }: Disk, { window }: Case): Evidence {
  return {
    source: '/proc/diskstats',
    figure: `${name} (${device}) busy in ${percentText(busy)} of ${window.toFixed(1)} s`,
  };
}

function userFigure({ meter, disk: { device, read, write } }: DiskUser, { machine: { version } }: Case): Evidence {
  const file = version === 'v2' ? 'io.stat' : 'blkio.throttle.io_service_bytes';
  const figure = `${device} read ${rateText(read)}, write ${rateText(write)}`;
  return { source: cgroupFile(version, meter.path, file), figure };
}

function lessUse({ name }: Disk, user: DiskUser | undefined, found: Case): string {
  const owner = user && ownerOfCgroup(user.meter.path, found);
  if (!user) return 'as root, iotop or pidstat -d 5 shows who it is';
  const elsewhere = 'keep the data on another disk';
  // The name of a device comes from the kernel; what is no path of one is in no command.
  if (!owner || owner.account === found.focus?.entitlement?.account || !DEVICE.test(name)) {
    return `read and write less at the same time, or ${elsewhere}`;
  }
  const field = user.disk.read > user.disk.write ? 'io_read_bandwidth_max' : 'io_write_bandwidth_max';
  const command = `ds01-policy set-limit ${owner.group.group.name} per_member.${field} RATE --device /dev/${name} --reason TEXT`;
  return `limit what each account of the group may do at most: ${command}; or ${elsewhere}`;
}

const DEVICE = /^[a-zA-Z0-9_-]+$/;
