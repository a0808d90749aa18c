import type { FieldValue, SliceField } from '../../scripts/policy/fields.ts';

/** Limits of one slice, as policy reads them. */
export type Values = { readonly [F in SliceField]?: FieldValue<F> };

/** How one host prints what another one prints otherwise. */
export interface Habits {
  /** Microseconds that a CPU quota is counted in. */
  readonly period: number;
  /** Bytes of a page of memory. */
  readonly page: number;
  /** What systemd shows where no weight is set. */
  readonly noWeight: string;
}

/** The usual host. */
export const USUAL: Habits = { period: 100_000, page: 4096, noWeight: '[not set]' };

/** Numbers of the block devices of the tests. */
export const DEVICES: ReadonlyMap<string, string> = new Map([
  ['/dev/sda', '8:0'],
  ['/dev/nvme0n1', '259:0'],
  ['/dev/mapper/x', '253:17'],
  ['/dev/disk/by-id/a_b.c:d-e', '8:16'],
]);

const INFINITY = Number.POSITIVE_INFINITY;

/** The lines of `systemctl show` (systemd 252) for these limits. */
export function shownLines(values: Values, { noWeight }: Habits = USUAL): readonly string[] {
  const number = (value = INFINITY) => (value === INFINITY ? 'infinity' : String(value));
  const rates = (name: string, value: ReadonlyMap<string, number> = new Map()) => {
    return [...value].map(([device, rate]) => `${name}=${device} ${rate}`);
  };
  return [
    `CPUWeight=${values.cpu_weight ?? noWeight}`,
    `CPUQuotaPerSecUSec=${timeSpan((values.cpu_quota ?? INFINITY) * 10_000)}`,
    `AllowedCPUs=${ranges(values.allowed_cpus, ' ')}`,
    `IOWeight=${values.io_weight ?? noWeight}`,
    ...rates('IOReadBandwidthMax', values.io_read_bandwidth_max),
    ...rates('IOWriteBandwidthMax', values.io_write_bandwidth_max),
    `MemoryHigh=${number(values.memory_high)}`,
    `MemoryMax=${number(values.memory_max)}`,
    `MemorySwapMax=${number(values.memory_swap_max)}`,
    `TasksMax=${number(values.tasks_max)}`,
  ];
}

const SPANS = [
  ['d', 86_400_000_000],
  ['h', 3_600_000_000],
  ['min', 60_000_000],
  ['s', 1_000_000],
  ['ms', 1000],
  ['us', 1],
] as const;

/** Microseconds as systemd prints them: below a minute with a fraction, as in `2min 3.450000s`. */
export function timeSpan(microseconds: number): string {
  if (microseconds === INFINITY) return 'infinity';
  const parts: string[] = [];
  let left = microseconds;
  for (const [unit, size] of SPANS) {
    if (left < size) continue;
    const [whole, rest] = [Math.floor(left / size), left % size];
    if (left < 60_000_000 && rest > 0) {
      const digits = String(size).length - 1;
      return [...parts, `${whole}.${String(rest).padStart(digits, '0')}${unit}`].join(' ');
    }
    parts.push(`${whole}${unit}`);
    left = rest;
  }
  return parts.join(' ');
}

/** The files of a cgroup (v2) for these limits. */
export function filesV2(values: Values, habits: Habits = USUAL): Readonly<Record<string, string>> {
  const numbers = new Set([values.io_read_bandwidth_max, values.io_write_bandwidth_max].flatMap(devicesOf));
  const lines = [...numbers].map((device) => {
    const rate = (rates?: ReadonlyMap<string, number>) => maximum(rates?.get(device) ?? INFINITY);
    const [read, write] = [rate(values.io_read_bandwidth_max), rate(values.io_write_bandwidth_max)];
    return `${DEVICES.get(device)} rbps=${read} wbps=${write} riops=max wiops=max`;
  });
  return {
    'cpu.max': quotaOf(values.cpu_quota ?? INFINITY, habits).join(' '),
    'cpu.weight': String(values.cpu_weight ?? 100),
    'cpuset.cpus': ranges(values.allowed_cpus, ','),
    'io.max': lines.join('\n'),
    'io.weight': `default ${values.io_weight ?? 100}`,
    'memory.high': maximum(inPages(values.memory_high, habits)),
    'memory.max': maximum(inPages(values.memory_max, habits)),
    'memory.swap.max': maximum(inPages(values.memory_swap_max, habits)),
    'pids.max': maximum(values.tasks_max ?? INFINITY),
  };
}

/** The files of a cgroup in the trees of cgroup v1, for those limits that systemd sets there. */
export function filesV1(values: Values, habits: Habits = USUAL): Readonly<Record<string, string>> {
  const [quota, period] = quotaOf(values.cpu_quota ?? INFINITY, habits);
  const shares = Math.floor(((values.cpu_weight ?? 100) * 1024) / 100);
  const memory = inPages(values.memory_max, habits);
  const throttle = (rates: ReadonlyMap<string, number> = new Map()) => {
    return [...rates].map(([device, rate]) => `${DEVICES.get(device)} ${rate}`).join('\n');
  };
  return {
    'cpu.cfs_quota_us': quota === 'max' ? '-1' : String(quota),
    'cpu.cfs_period_us': String(period),
    'cpu.shares': String(Math.min(Math.max(shares, 2), 262_144)),
    'memory.limit_in_bytes': memory === INFINITY ? String(2n ** 63n - BigInt(habits.page)) : String(memory),
    'pids.max': maximum(values.tasks_max ?? INFINITY),
    'blkio.throttle.read_bps_device': throttle(values.io_read_bandwidth_max),
    'blkio.throttle.write_bps_device': throttle(values.io_write_bandwidth_max),
  };
}

// The kernel takes no period below a millisecond and none above a second, and no quota below a millisecond.
function quotaOf(percent: number, { period }: Habits): readonly [number | 'max', number] {
  if (percent === INFINITY) return ['max', period];
  const microseconds = percent * 10_000;
  const longer = Math.min(Math.max(period, Math.floor(1e9 / microseconds)), 1_000_000);
  return [Math.max(Math.floor((microseconds * longer) / 1e6), 1000), longer];
}

// Neighbours are one range, whoever prints.
function ranges(list = 'unlimited', separator: string): string {
  if (list === 'unlimited') return '';
  const listed = list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  const known = new Set(listed);
  const starts = listed.filter((cpu) => !known.has(cpu - 1));
  const ends = listed.filter((cpu) => !known.has(cpu + 1));
  return starts.map((start, index) => (start === ends[index] ? start : `${start}-${ends[index]}`)).join(separator);
}

function inPages(bytes = INFINITY, { page }: Habits): number {
  return bytes === INFINITY ? INFINITY : Math.floor(bytes / page) * page;
}

function maximum(value: number): string {
  return value === INFINITY ? 'max' : String(value);
}

function devicesOf(rates: ReadonlyMap<string, number> | undefined): readonly string[] {
  return [...(rates?.keys() ?? [])];
}
