import { measureText } from '../units/measures.ts';
import type { Case } from './case.ts';
import { cgroupFile } from './cgroup-file.ts';
import { cgroupName, cgroupWithWhom } from './cgroup-words.ts';
import type { Cause, Evidence } from './check.ts';
import { diskName, rateText } from './disk-words.ts';
import { percentText } from './figures.ts';
import type { DiskMeter, Meter } from './meter.ts';
import { HOLDS_UP, weightOfShare } from './share-weight.ts';
import { causingLimit, wayOut } from './way-out.ts';

/** A cgroup that reads from a disk, or writes to it, as much as it may. */
export interface ReachedRate {
  readonly meter: Meter;
  readonly direction: 'read' | 'write';
  readonly device: string;
  /** Bytes per second. */
  readonly rate: number;
  readonly max: number;
}

/** The share of a rate from which on it is reached: the kernel lets requests through in pieces. */
const REACHED = 0.9;

/** Where a cgroup is at its own limit. */
export function reachedRates(meter: Meter): readonly ReachedRate[] {
  return meter.disks.flatMap((disk) => {
    const both = [reached(meter, disk, 'read'), reached(meter, disk, 'write')];
    return both.filter((rate) => rate !== undefined);
  });
}

function reached(meter: Meter, disk: DiskMeter, direction: 'read' | 'write'): ReachedRate | undefined {
  const [rate, max] = direction === 'read' ? [disk.read, disk.readMax] : [disk.write, disk.writeMax];
  return max !== undefined && rate >= REACHED * max ? { meter, direction, device: disk.device, rate, max } : undefined;
}

/** Whether programs have to wait because of it; what the kernel writes later on keeps nobody waiting. */
export function keepsWaiting({ meter }: ReachedRate): boolean {
  return (meter.pressure?.io?.some ?? 1) >= HOLDS_UP;
}

/** As in `ds01-student.slice (everybody in the group together) writes 9.9M/s to sda, and may write 10M/s`. */
export function reachedText({ meter, direction, device, rate, max }: ReachedRate, found: Case): string {
  const { verb, to } = WORDS[direction];
  const where = `${rateText(rate)} ${to} ${diskName(device, found)}`;
  return `${cgroupWithWhom(meter, found)} ${verb}s ${where}, and may ${verb} ${rateText(max)}`;
}

const WORDS = {
  read: { verb: 'read', to: 'from', key: 'IOReadBandwidthMax', short: 'rbps', v1: 'read' },
  write: { verb: 'write', to: 'to', key: 'IOWriteBandwidthMax', short: 'wbps', v1: 'write' },
} as const;

/** Where nobody says who waits: a rate is hardly reached by programs that do not. */
const UNKNOWN_WAIT = 70;

/** The reason why work waits for a disk that has time for it. */
export function rateCause(reached: ReachedRate, found: Case): Cause {
  const { meter, direction, device, max } = reached;
  const waits = meter.pressure?.io?.some;
  const source = found.sourceOf(meter, `${WORDS[direction].key} ${device}`);
  const waiting = waits === undefined ? '' : `: its programs waited for disks ${percentText(waits)} of the time`;
  return {
    weight: waits === undefined ? UNKNOWN_WAIT : weightOfShare(waits),
    subject: cgroupName(meter, found),
    message: `${reachedText(reached, found)}${waiting}`,
    evidence: evidenceOf(reached, found),
    limit: causingLimit(source),
    wayOut: wayOut(source, measureText(source.key, 2 * max)),
  };
}

function evidenceOf({ meter, direction, device, rate, max }: ReachedRate, found: Case): readonly Evidence[] {
  const { verb, short, v1 } = WORDS[direction];
  const { version } = found.machine;
  const file = (name: string) => cgroupFile(version, meter.path, name);
  const [used, limit] =
    version === 'v2'
      ? ['io.stat', { file: 'io.max', figure: `${device} ${short}=${max}` }]
      : ['blkio.throttle.io_service_bytes', { file: `blkio.throttle.${v1}_bps_device`, figure: `${device} ${max}` }];
  const waits = meter.pressure?.io;
  return [
    { source: file(used), figure: `${device} ${verb} ${rateText(rate)} in ${found.window.toFixed(1)} s` },
    { source: file(limit.file), figure: limit.figure },
    ...(waits ? [{ source: file('io.pressure'), figure: `some ${percentText(waits.some)}` }] : []),
  ];
}
