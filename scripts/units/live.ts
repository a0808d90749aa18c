import type { Measure } from './measures.ts';
import { readShown } from './shown-values.ts';

/** What a reader of a live host brings: texts of systemd and of the kernel, not yet understood. */
export interface LiveSurvey {
  /** What `systemctl show` printed: a block of `Name=value` lines for each unit, with an empty line between them. */
  readonly show: string;
  readonly cgroup: CgroupSurvey;
  /** The same cgroups a moment earlier, where the use of CPUs is asked for. */
  readonly earlier?: CgroupSurvey;
  /** Names of containers by id, where they are asked for and Docker answers. */
  readonly containers?: ReadonlyMap<string, string>;
}

/** What the kernel shows of the site's slices below /sys/fs/cgroup. */
export interface CgroupSurvey {
  /** `v1` also for hybrid hosts: their controllers are those of v1. */
  readonly version: 'v1' | 'v2';
  /** When it was read, in milliseconds of a clock that only goes forward. */
  readonly at: number;
  readonly slices: readonly CgroupSlice[];
  /** Numbers of block devices (`8:0`) by path; a device that does not exist is absent. */
  readonly devices: ReadonlyMap<string, string>;
}

/** One slice that runs. */
export interface CgroupSlice {
  readonly name: string;
  /** Texts of the files that were asked for and are there, by name, as in `pids.max`. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Names of services and scopes directly in it that hold a process, as in `docker-<id>.scope`. */
  readonly work: readonly string[];
  /** Whether any process is in it or below. */
  readonly populated: boolean;
}

/** What systemd holds of one slice. */
export interface LoadedSlice {
  readonly name: string;
  /** `loaded`, or why it is not: `not-found`, `masked`, `bad-setting`, `error` (systemctl(1)). */
  readonly state: string;
  readonly active: boolean;
  /** Its files have changed since systemd read them. */
  readonly needsReload: boolean;
  /** The files that systemd read for it, in order. */
  readonly files: readonly string[];
  /** The limits by setting key, as systemd holds them; only those that are not the default. */
  readonly limits: ReadonlyMap<string, Measure>;
}

/** The files to read below a cgroup, by version; for v1 by controller. */
export const CGROUP_FILES = {
  v2: [
    ...['cpu.max', 'cpu.weight', 'cpu.stat', 'cpuset.cpus', 'io.max', 'io.weight'],
    ...['memory.high', 'memory.max', 'memory.swap.max', 'memory.current', 'memory.stat', 'pids.max', 'pids.current'],
  ],
  v1: {
    cpu: ['cpu.cfs_quota_us', 'cpu.cfs_period_us', 'cpu.shares', 'cpu.stat'],
    cpuacct: ['cpuacct.usage'],
    memory: ['memory.limit_in_bytes', 'memory.usage_in_bytes', 'memory.stat'],
    pids: ['pids.max', 'pids.current'],
    blkio: ['blkio.throttle.read_bps_device', 'blkio.throttle.write_bps_device'],
  },
} as const;

/** The properties to ask `systemctl show` for: org.freedesktop.systemd1(5). */
export const SHOWN_PROPERTIES = [
  ...['Id', 'LoadState', 'ActiveState', 'FragmentPath', 'DropInPaths', 'NeedDaemonReload'],
  ...['CPUQuotaPerSecUSec', 'CPUWeight', 'MemoryHigh', 'MemoryMax', 'MemorySwapMax', 'TasksMax', 'IOWeight'],
  ...['AllowedCPUs', 'IOReadBandwidthMax', 'IOWriteBandwidthMax'],
] as const;

/** Understands what `systemctl show` printed; a unit that it names twice is there once. */
export function loadedSlices(show: string): ReadonlyMap<string, LoadedSlice> {
  const blocks = show.split(/\n{2,}/).map(readBlock);
  return new Map(
    blocks.flatMap((block) => {
      const name = block.get('Id');
      return name === undefined ? [] : [[name, loadedSlice(name, block)] as const];
    }),
  );
}

function loadedSlice(name: string, block: ReadonlyMap<string, string>): LoadedSlice {
  const paths = [block.get('FragmentPath') ?? '', ...(block.get('DropInPaths') ?? '').split(' ')];
  return {
    name,
    state: block.get('LoadState') ?? '',
    active: block.get('ActiveState') === 'active',
    needsReload: block.get('NeedDaemonReload') === 'yes',
    files: paths.filter((path) => path !== ''),
    limits: readShown(block),
  };
}

// A property with a value for each device is there once for each of them.
function readBlock(text: string): ReadonlyMap<string, string> {
  const block = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    block.set(name, block.has(name) ? `${block.get(name)} ${value}` : value);
  }
  return block;
}
