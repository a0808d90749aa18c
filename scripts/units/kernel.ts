import type { CgroupSlice, CgroupSurvey } from './live.ts';
import { defaultOf, isSame, type Measure, readCpuSet } from './measures.ts';

/** What the kernel makes of one limit of a slice. */
export type Enforcement =
  | { readonly kind: 'enforced' }
  | { readonly kind: 'other'; readonly found: Measure; readonly file: string }
  /** The kernel has no place for this limit, or not here. */
  | { readonly kind: 'absent'; readonly why: string };

/**
 * Holds a limit, in the unit of its key, against the files of a slice that runs. Memory counts in whole pages, and the
 * weights of cgroup v1 are shares: what the kernel makes of a value by rounding is the same limit.
 */
export function enforcementOf(key: string, wanted: Measure, slice: CgroupSlice, survey: CgroupSurvey): Enforcement {
  const [directive = '', device] = key.split(' ');
  const reader = READERS[survey.version][directive];
  if (!reader) return absent(wanted, key, `nothing in cgroup ${survey.version} says that it is enforced`);
  const number = device === undefined ? undefined : (survey.devices.get(device) ?? '');
  if (number === '') return absent(wanted, key, `there is no block device ${device}`);
  const text = slice.attributes.get(reader.file);
  if (text === undefined) return absent(wanted, key, `the kernel has no ${reader.file} here`);
  const found = reader.read(text, slice, number);
  return isInForce(directive, wanted, found, survey.version)
    ? { kind: 'enforced' }
    : { kind: 'other', found, file: reader.file };
}

/**
 * What the kernel enforces of a limit, in the unit of the directive; absent where it has no place for it or says what this
 * program cannot read. `device` is the number of a block device, for rates.
 */
export function limitInKernel(
  directive: string,
  cgroup: Attributes,
  version: CgroupSurvey['version'],
  device?: string,
): Measure | undefined {
  const reader = READERS[version][directive];
  const text = reader && cgroup.attributes.get(reader.file);
  const found = text === undefined ? undefined : reader?.read(text, cgroup, device);
  return Number.isNaN(found) ? undefined : found;
}

/** The file of a cgroup that says a limit, by setting key, as in `pids.max`; absent where the kernel has none. */
export function limitFile(key: string, version: CgroupSurvey['version']): string | undefined {
  const [directive = ''] = key.split(' ');
  return READERS[version][directive]?.file;
}

/** Devices that the kernel limits in a slice although none of `keys` names them: setting keys with a device number. */
export function otherRates(keys: Iterable<string>, slice: CgroupSlice, survey: CgroupSurvey): readonly string[] {
  const known = new Set<string>();
  for (const key of keys) {
    const [directive, device = ''] = key.split(' ');
    known.add(`${directive} ${survey.devices.get(device)}`);
  }
  const readers = Object.entries(READERS[survey.version]).filter(([directive]) => directive.endsWith('BandwidthMax'));
  return readers.flatMap(([directive, { file, read }]) => {
    const text = slice.attributes.get(file) ?? '';
    return [...text.matchAll(/^\S+/gm)]
      .filter(([number]) => read(text, slice, number) !== Number.POSITIVE_INFINITY)
      .map(([number]) => `${directive} ${number}`)
      .filter((key) => !known.has(key));
  });
}

function absent(wanted: Measure, key: string, why: string): Enforcement {
  return isSame(wanted, defaultOf(key)) ? { kind: 'enforced' } : { kind: 'absent', why };
}

type Attributes = Pick<CgroupSlice, 'attributes'>;

interface Reader {
  readonly file: string;
  read(text: string, slice: Attributes, device: string | undefined): Measure;
}

type Readers = Readonly<Record<string, Reader>>;

// Control Group v2, "Interface Files".
const V2: Readers = {
  CPUQuota: { file: 'cpu.max', read: (text) => readQuota(...text.split(' ')) },
  CPUWeight: { file: 'cpu.weight', read: readMax },
  MemoryHigh: { file: 'memory.high', read: readMax },
  MemoryMax: { file: 'memory.max', read: readMax },
  MemorySwapMax: { file: 'memory.swap.max', read: readMax },
  TasksMax: { file: 'pids.max', read: readMax },
  IOWeight: { file: 'io.weight', read: (text) => readMax(/^default ([0-9]+)$/m.exec(text)?.[1] ?? text) },
  AllowedCPUs: { file: 'cpuset.cpus', read: readCpuSet },
  IOReadBandwidthMax: { file: 'io.max', read: (text, _slice, device) => readRate(text, device, 'rbps') },
  IOWriteBandwidthMax: { file: 'io.max', read: (text, _slice, device) => readRate(text, device, 'wbps') },
};

// Documentation of the kernel, admin-guide/cgroup-v1; systemd sets nothing else there.
const V1: Readers = {
  CPUQuota: {
    file: 'cpu.cfs_quota_us',
    read: (text, slice) => readQuota(text === '-1' ? 'max' : text, slice.attributes.get('cpu.cfs_period_us')),
  },
  CPUWeight: { file: 'cpu.shares', read: readMax },
  MemoryMax: { file: 'memory.limit_in_bytes', read: readLimitV1 },
  TasksMax: { file: 'pids.max', read: readMax },
  IOReadBandwidthMax: { file: 'blkio.throttle.read_bps_device', read: readThrottle },
  IOWriteBandwidthMax: { file: 'blkio.throttle.write_bps_device', read: readThrottle },
};

const READERS: Readonly<Record<CgroupSurvey['version'], Readers>> = { v1: V1, v2: V2 };

/** Whether `found` is what the kernel makes of `wanted`: by rounding, it may be something else. */
export function isInForce(
  directive: string,
  wanted: Measure,
  found: Measure,
  version: CgroupSurvey['version'],
): boolean {
  if (typeof wanted !== 'number' || typeof found !== 'number') return isSame(wanted, found);
  if (directive.startsWith('Memory')) return inPages(wanted).includes(found);
  if (directive === 'CPUWeight' && version === 'v1') return found === sharesOf(wanted);
  // The kernel counts the quota in microseconds, and so does systemd.
  if (directive === 'CPUQuota' && Number.isFinite(wanted)) return Math.abs(wanted - found) < 0.1;
  return wanted === found;
}

// The kernel counts memory in pages of 4, 16 or 64 KiB, and rounds down.
function inPages(bytes: number): readonly number[] {
  if (bytes === Number.POSITIVE_INFINITY) return [bytes];
  return [4096, 16_384, 65_536].map((page) => Math.floor(bytes / page) * page);
}

// What systemd makes of a weight where the kernel has shares: 100 is 1024.
function sharesOf(weight: number): number {
  return Math.min(Math.max(Math.floor((weight * 1024) / 100), 2), 262_144);
}

function readMax(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  return /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
}

function readQuota(quota = '', period = ''): number {
  return (readMax(quota) / readMax(period)) * 100;
}

// "No limit" is the largest number of whole pages.
function readLimitV1(text: string): number {
  const bytes = readMax(text);
  return bytes >= 2 ** 63 - 65_536 ? Number.POSITIVE_INFINITY : bytes;
}

function readRate(text: string, device: string | undefined, direction: 'rbps' | 'wbps'): number {
  const line = text.split('\n').find((rates) => rates.startsWith(`${device} `));
  return readMax(new RegExp(`\\b${direction}=(\\S+)`).exec(line ?? '')?.[1] ?? 'max');
}

function readThrottle(text: string, _slice: Attributes, device: string | undefined): number {
  const line = text.split('\n').find((rate) => rate.startsWith(`${device} `));
  return readMax(line?.split(' ')[1] ?? 'max');
}

/** The block devices that unit files speak of: their numbers have to be known to find their limits in the kernel. */
export function devicesIn(texts: readonly string[]): readonly string[] {
  const found = texts.flatMap((text) => [...text.matchAll(/^[ \t]*IO(?:Read|Write)BandwidthMax[ \t]*=[ \t]*(\S+)/gm)]);
  return [...new Set(found.map(([, device = '']) => device))].sort();
}
