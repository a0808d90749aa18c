import type { CgroupFileTexts } from '../units/counters.ts';
import { growth, perSecond } from './growth.ts';
import type { DiskMeter } from './meter.ts';
import { enforcedLimit, type SeenCgroup } from './seen-cgroup.ts';

/** The disks that a cgroup has used, or has a limit for. */
export function readDiskMeters(seen: SeenCgroup): readonly DiskMeter[] {
  return devicesIn(seen.after).flatMap((device) => {
    const [read, write] = [rateOf(device, 'read', seen), rateOf(device, 'write', seen)];
    const readMax = enforcedLimit('IOReadBandwidthMax', seen, device);
    const writeMax = enforcedLimit('IOWriteBandwidthMax', seen, device);
    const limits = { ...(readMax !== undefined && { readMax }), ...(writeMax !== undefined && { writeMax }) };
    return read + write > 0 || Object.keys(limits).length > 0 ? [{ device, read, write, ...limits }] : [];
  });
}

// On cgroup v1 the last one counts only what programs directly in the cgroup do, and the one before has those below, too.
const COUNTED = ['io.stat', 'blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_service_bytes'];
const LIMITED = ['io.max', 'blkio.throttle.read_bps_device', 'blkio.throttle.write_bps_device'];

function devicesIn(files: CgroupFileTexts): readonly string[] {
  const texts = [...COUNTED, ...LIMITED].map((file) => files.get(file) ?? '');
  const found = texts.flatMap((text) => [...text.matchAll(/^([0-9]+:[0-9]+) /gm)]);
  return [...new Set(found.map(([, device = '']) => device))];
}

type Direction = 'read' | 'write';

function rateOf(device: string, direction: Direction, { before, after, seconds }: SeenCgroup): number {
  const bytes = bytesOf(device, direction, after) ?? 0;
  return perSecond(growth(bytesOf(device, direction, before), bytes), seconds);
}

// `8:0 rbytes=1 wbytes=2 …` on cgroup v2, and on v1 a line for each direction: `8:0 Read 1`.
function bytesOf(device: string, direction: Direction, files: CgroupFileTexts): number | undefined {
  const text = COUNTED.map((file) => files.get(file)).find((found) => found !== undefined) ?? '';
  const [v2, v1] = direction === 'read' ? ['rbytes', 'Read'] : ['wbytes', 'Write'];
  const [, bytes] = new RegExp(`^${device} (?:.*\\b${v2}=|${v1} )([0-9]{1,20})\\b`, 'm').exec(text) ?? [];
  return bytes === undefined ? undefined : Number(bytes);
}
