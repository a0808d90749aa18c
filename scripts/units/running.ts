import type { Change, Difference } from './diff.ts';
import type { Guard } from './guards.ts';
import { effectiveSettings, layersOf, type UnitFiles } from './layers.ts';
import type { CgroupSlice, CgroupSurvey, LiveSurvey } from './live.ts';
import { parseUnitPath } from './unit-path.ts';

/**
 * The guard against a memory limit below what programs hold: the kernel would kill them (Control Group v2, memory.max).
 * What the kernel can give back at once, such as cached files, does not count.
 */
export function memoryBelowUse(
  after: UnitFiles,
  { slices }: CgroupSurvey,
  isManaged: (slice: string) => boolean,
): Guard | undefined {
  const cases = slices.flatMap((slice) => {
    const limit = isManaged(slice.name) ? effectiveSettings(layersOf(slice.name, after)).get('MemoryMax') : undefined;
    const [most, now] = [limit?.measure, amount(slice, 'memory.max') ?? amount(slice, 'memory.limit_in_bytes')];
    const held = heldMemory(slice);
    if (typeof most !== 'number' || held === undefined || held <= most || (now ?? Number.POSITIVE_INFINITY) <= most)
      return [];
    return [{ slice: slice.name, most, held }];
  });
  if (cases.length === 0) return undefined;
  const words = cases.map(
    ({ slice, most, held }) => `${slice} holds ${bytes(held)}, and MemoryMax would be ${bytes(most)}`,
  );
  return {
    id: 'memory-below-use',
    message: `lowers ${cases.length} memory limit${cases.length === 1 ? '' : 's'} below what programs hold now, and the kernel would kill them: ${words.join('; ')}`,
    objects: cases.map(({ slice }) => slice).sort(),
    wayOut: 'write a limit above that, or end that work first',
  };
}

/** Adds to limits that fall or are new how much of them is in use now. */
export function withUse(changes: readonly Change[], survey: LiveSurvey): readonly Change[] {
  return changes.map((change) => {
    const slices = slicesOf(change.path, survey.cgroup);
    if (slices.length === 0) return change;
    const differences = change.differences.map((difference) => withUseOf(difference, slices, survey));
    return { ...change, differences };
  });
}

function withUseOf(difference: Difference, slices: readonly CgroupSlice[], survey: LiveSurvey): Difference {
  if (difference.effect !== 'falls' && difference.effect !== 'imposed') return difference;
  const uses = slices
    .flatMap((slice) => useOf(difference.key, slice, survey) ?? [])
    .sort((a, b) => b.amount - a.amount);
  return uses[0] ? { ...difference, inUse: uses[0].text } : difference;
}

/** Whether a plan lowers a CPU quota: then a second look at the counters says how much is in use. */
export function lowersQuota(changes: readonly Change[]): boolean {
  const differences = changes.flatMap((change) => change.differences);
  return differences.some(({ key, effect }) => key === 'CPUQuota' && (effect === 'falls' || effect === 'imposed'));
}

// The slices that a file limits: one, or all members of a group.
function slicesOf(path: string, { slices }: CgroupSurvey): readonly CgroupSlice[] {
  const { unit } = parseUnitPath(path);
  const prefix = unit.endsWith('-.slice') ? unit.replace(/[.]slice$/, '') : undefined;
  return slices.filter(({ name }) => (prefix === undefined ? name === unit : name.startsWith(prefix)));
}

interface Use {
  readonly amount: number;
  readonly text: string;
}

function useOf(key: string, slice: CgroupSlice, survey: LiveSurvey): Use | undefined {
  if (key === 'TasksMax') return use(amount(slice, 'pids.current'), String);
  if (key === 'MemoryMax' || key === 'MemoryHigh') return use(heldMemory(slice), bytes);
  if (key === 'CPUQuota') return use(usedCores(slice, survey), (cores) => `${cores.toFixed(1)} cores`);
  return undefined;
}

function use(amount: number | undefined, print: (amount: number) => string): Use | undefined {
  return amount === undefined ? undefined : { amount, text: print(amount) };
}

// memory.stat counts what is in shared memory as file pages, too, and that cannot be given back.
function heldMemory(slice: CgroupSlice): number | undefined {
  const all = amount(slice, 'memory.current') ?? amount(slice, 'memory.usage_in_bytes');
  const stat = slice.attributes.get('memory.stat') ?? '';
  // On cgroup v1 the names without `total_` do not count what is below.
  const [cache, shared] = [
    counter(stat, 'total_cache') ?? counter(stat, 'file'),
    counter(stat, 'total_shmem') ?? counter(stat, 'shmem'),
  ];
  return all === undefined ? undefined : Math.max(0, all - (cache ?? 0) + (shared ?? 0));
}

function usedCores(slice: CgroupSlice, { cgroup, earlier }: LiveSurvey): number | undefined {
  const before = earlier?.slices.find(({ name }) => name === slice.name);
  const [from, to] = [before && cpuSeconds(before), cpuSeconds(slice)];
  const seconds = (cgroup.at - (earlier?.at ?? cgroup.at)) / 1000;
  return from === undefined || to === undefined || seconds <= 0 ? undefined : (to - from) / seconds;
}

function cpuSeconds(slice: CgroupSlice): number | undefined {
  const microseconds = counter(slice.attributes.get('cpu.stat') ?? '', 'usage_usec');
  const nanoseconds = amount(slice, 'cpuacct.usage');
  if (microseconds !== undefined) return microseconds / 1e6;
  return nanoseconds === undefined ? undefined : nanoseconds / 1e9;
}

/** A number that the kernel counts, from a file such as `cpu.stat`. */
export function counter(stat: string, name: string): number | undefined {
  const [, number] = new RegExp(`^${name} ([0-9]+)$`, 'm').exec(stat) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** The number in a file of a cgroup; absent where the file is not there, and where it says `max`. */
export function amount(slice: CgroupSlice, file: string): number | undefined {
  const text = slice.attributes.get(file);
  return text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

// In the largest unit with one decimal: exact enough to choose a limit.
function bytes(number: number): string {
  const index = Math.min(Math.max(Math.floor(Math.log2(number || 1) / 10), 1), 4);
  return `${Number((number / 1024 ** index).toFixed(1))}${' KMGT'[index]}`;
}
