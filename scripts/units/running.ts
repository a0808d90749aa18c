import { amount, cpuSeconds, heldMemory } from './counters.ts';
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
    const [most, now] = [
      limit?.measure,
      amount(slice.attributes, 'memory.max') ?? amount(slice.attributes, 'memory.limit_in_bytes'),
    ];
    const held = heldMemory(slice.attributes);
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
  if (key === 'TasksMax') return use(amount(slice.attributes, 'pids.current'), String);
  if (key === 'MemoryMax' || key === 'MemoryHigh') return use(heldMemory(slice.attributes), bytes);
  if (key === 'CPUQuota') return use(usedCores(slice, survey), (cores) => `${cores.toFixed(1)} cores`);
  return undefined;
}

function use(amount: number | undefined, print: (amount: number) => string): Use | undefined {
  return amount === undefined ? undefined : { amount, text: print(amount) };
}

function usedCores(slice: CgroupSlice, { cgroup, earlier }: LiveSurvey): number | undefined {
  const before = earlier?.slices.find(({ name }) => name === slice.name);
  const [from, to] = [before && cpuSeconds(before.attributes), cpuSeconds(slice.attributes)];
  const seconds = (cgroup.at - (earlier?.at ?? cgroup.at)) / 1000;
  return from === undefined || to === undefined || seconds <= 0 ? undefined : (to - from) / seconds;
}

/** Bytes for people, in the largest unit with one decimal: exact enough to choose a limit. */
export function bytes(number: number): string {
  const index = Math.min(Math.max(Math.floor(Math.log2(number || 1) / 10), 1), 4);
  return `${Number((number / 1024 ** index).toFixed(1))}${' KMGT'[index]}`;
}
