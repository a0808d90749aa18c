import { effectiveSettings, indexUnits, layersOf, type UnitFile } from '../../scripts/units/layers.ts';
import type { CgroupSlice, CgroupSurvey, LiveSurvey } from '../../scripts/units/live.ts';
import { DEVICES, filesV1, filesV2, shownLines, USUAL, type Values } from './printed-limits.ts';

/** A slice that runs: what is in it, and files of its cgroup. */
export type Running = Partial<Omit<CgroupSlice, 'name' | 'attributes'>> & {
  readonly files?: Readonly<Record<string, string>>;
};

/** What the kernel shows of slices that run, by name. */
export function cgroups(
  slices: Readonly<Record<string, Running>>,
  more: Partial<Omit<CgroupSurvey, 'slices'>> = {},
): CgroupSurvey {
  const read = Object.entries(slices).map(([name, { files = {}, work = [], populated = true }]) => {
    return { name, attributes: new Map(Object.entries(files)), work, populated };
  });
  return { version: 'v2', at: 0, devices: DEVICES, ...more, slices: read };
}

/** A block of `systemctl show` for one slice. */
export function shownBlock(
  name: string,
  values: Values,
  more: Readonly<Record<string, string>> = {},
  habits = USUAL,
): string {
  const said = {
    Id: name,
    LoadState: 'loaded',
    ActiveState: 'active',
    FragmentPath: '',
    DropInPaths: '',
    NeedDaemonReload: 'no',
    ...more,
  };
  const lines = Object.entries(said).map(([property, value]) => `${property}=${value}`);
  return `${[...lines, ...shownLines(values, habits)].join('\n')}\n`;
}

/**
 * A host whose systemd has read these files, and whose kernel does what systemd says. All slices of the files are loaded,
 * and those that are given run.
 */
export function obedientHost(
  files: readonly UnitFile[],
  running: Readonly<Record<string, Running>> = {},
  version: CgroupSurvey['version'] = 'v2',
): LiveSurvey {
  const named = files.flatMap(({ path }) => (/^[^/]+[.]slice$/.test(path) ? [path] : []));
  const index = indexUnits(files);
  const valuesOf = (slice: string) => heldBy(slice, layersOf(slice, index));
  const blocks = [...new Set([...named, ...Object.keys(running)])].map((slice) => {
    return shownBlock(slice, valuesOf(slice), { ActiveState: slice in running ? 'active' : 'inactive' });
  });
  const slices = Object.entries(running).map(([slice, { files: own, ...more }]) => {
    const print = version === 'v2' ? filesV2 : filesV1;
    return [slice, { ...more, files: { ...print(valuesOf(slice), USUAL), ...own } }] as const;
  });
  return { show: blocks.join('\n'), cgroup: cgroups(Object.fromEntries(slices), { version }) };
}

function heldBy(slice: string, layers: readonly UnitFile[]): Values {
  const values: Record<string, unknown> = {};
  const rates = { read: new Map<string, number>(), write: new Map<string, number>() };
  for (const [key, { measure }] of effectiveSettings(layers)) {
    const [directive = '', device] = key.split(' ');
    const number = typeof measure === 'number' ? measure : Number.NaN;
    if (device !== undefined) rates[directive === 'IOReadBandwidthMax' ? 'read' : 'write'].set(device, number);
    else if (typeof measure === 'object') values.allowed_cpus = [...measure].sort((a, b) => a - b).join(',');
    else if (typeof measure === 'number') values[FIELDS[directive] ?? slice] = measure;
  }
  return { ...values, io_read_bandwidth_max: rates.read, io_write_bandwidth_max: rates.write };
}

const FIELDS: Readonly<Record<string, string>> = {
  CPUQuota: 'cpu_quota',
  CPUWeight: 'cpu_weight',
  MemoryHigh: 'memory_high',
  MemoryMax: 'memory_max',
  MemorySwapMax: 'memory_swap_max',
  TasksMax: 'tasks_max',
  IOWeight: 'io_weight',
};
