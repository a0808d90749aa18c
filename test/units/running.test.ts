import { describe, expect, it } from 'vitest';
import type { Change, Difference } from '../../scripts/units/diff.ts';
import { indexUnits } from '../../scripts/units/layers.ts';
import type { CgroupSurvey } from '../../scripts/units/live.ts';
import { lowersQuota, memoryBelowUse, withUse } from '../../scripts/units/running.ts';
import { cgroups } from '../support/live-survey.ts';

type Files = Readonly<Record<string, string>>;

const A = 'ds01-student.slice';
const G = 2 ** 30;

function survey(slices: Readonly<Record<string, Files>>, more: Partial<CgroupSurvey> = {}): CgroupSurvey {
  return cgroups(Object.fromEntries(Object.entries(slices).map(([name, files]) => [name, { files }])), more);
}

function guard(memoryMax: string, files: Files, isManaged = true) {
  const after = indexUnits([{ path: A, text: `[Slice]\nMemoryMax=${memoryMax}\n` }]);
  return memoryBelowUse(after, survey({ [A]: files }), () => isManaged);
}

describe('a memory limit below what programs hold', () => {
  const V2 = { 'memory.max': 'max', 'memory.current': String(40 * G) };
  const V1 = { 'memory.limit_in_bytes': '9223372036854771712', 'memory.usage_in_bytes': String(40 * G) };

  it('is a reason not to apply: the kernel would kill them', () => {
    for (const files of [V2, V1]) {
      expect(guard('32G', files)).toEqual({
        id: 'memory-below-use',
        message: `lowers 1 memory limit below what programs hold now, and the kernel would kill them: ${A} holds 40G, and MemoryMax would be 32G`,
        objects: [A],
        wayOut: 'write a limit above that, or end that work first',
      });
      expect(guard('40G', files)).toBeUndefined();
      expect(guard('infinity', files)).toBeUndefined();
    }
  });

  it('counts slices, and names them in order', () => {
    const after = indexUnits([{ path: 'ds01-.slice.d/x.conf', text: '[Slice]\nMemoryMax=1536M\n' }]);
    const found = memoryBelowUse(after, survey({ 'ds01-b.slice': V2, 'ds01-a.slice': V2 }), () => true);
    expect(found?.objects).toEqual(['ds01-a.slice', 'ds01-b.slice']);
    expect(found?.message).toMatch(
      /^lowers 2 memory limits below .* and MemoryMax would be 1.5G; ds01-a[.]slice holds/,
    );
  });

  it('does not count cached files, which the kernel can give back, but what is in shared memory', () => {
    const stat = (lines: string) => ({ ...V2, 'memory.stat': `anon 1\n${lines}\nfile_mapped 5` });
    expect(guard('32G', stat(`file ${20 * G}\nshmem 0`))).toBeUndefined();
    expect(guard('32G', stat(`file ${20 * G}\nshmem ${15 * G}`))?.message).toContain('holds 35G');
    const statV1 = (lines: string) => ({ ...V1, 'memory.stat': `cache 1\nshmem 1\n${lines}` });
    expect(guard('32G', statV1(`total_cache ${20 * G}\ntotal_shmem 0`))).toBeUndefined();
    expect(guard('32G', statV1(`total_cache ${20 * G}\ntotal_shmem ${15 * G}`))?.message).toContain('holds 35G');
    // The counters are not read at the same moment.
    expect(guard('1K', { 'memory.current': '100', 'memory.stat': `file ${G}` })).toBeUndefined();
  });

  it('is no reason where it is not lowered: it is what holds already, or more', () => {
    for (const now of [32 * G, 16 * G]) {
      expect(guard('32G', { ...V2, 'memory.max': String(now) })).toBeUndefined();
      expect(guard('32G', { ...V1, 'memory.limit_in_bytes': String(now) })).toBeUndefined();
    }
    expect(guard('32G', { ...V2, 'memory.max': String(33 * G) })).toBeDefined();
  });

  it('is no reason where nobody knows: no limit in bytes, no counter, not our affair', () => {
    expect(guard('50%', V2)).toBeUndefined();
    expect(guard('32g', V2)).toBeUndefined();
    expect(guard('32G', { 'memory.max': 'max' })).toBeUndefined();
    expect(guard('32G', { ...V2, 'memory.current': 'rubbish' })).toBeUndefined();
    expect(guard('32G', V2, false)).toBeUndefined();
    expect(memoryBelowUse(indexUnits([]), survey({ [A]: V2 }), () => true)).toBeUndefined();
  });
});

function change(path: string, ...differences: readonly Difference[]): Change {
  return { kind: 'clear', path, before: '', differences };
}

function falls(key: string): Difference {
  return { key, before: '2', after: '1', effect: 'falls' };
}

// What is said to be in use of each limit of a change.
function inUse(
  changes: readonly Change[],
  cgroup: CgroupSurvey,
  earlier?: CgroupSurvey,
): readonly (string | undefined)[] {
  const live = { show: '', cgroup, ...(earlier && { earlier }) };
  return withUse(changes, live).flatMap(({ differences }) => differences.map((difference) => difference.inUse));
}

describe('a limit that falls or is new', () => {
  const busy = {
    'pids.current': '1700',
    'memory.current': String(41.5 * G),
    'memory.stat': `file ${G}\nshmem 0`,
    'cpu.stat': 'usage_usec 5000000\nuser_usec 1',
  };

  it('says how much of it is in use now', () => {
    const differences = ['TasksMax', 'MemoryMax', 'MemoryHigh', 'IOWeight'].map(falls);
    expect(inUse([change(A, ...differences)], survey({ [A]: busy }))).toEqual(['1700', '40.5G', '40.5G', undefined]);
    const imposed: Difference = { key: 'TasksMax', after: '1', effect: 'imposed' };
    expect(inUse([change(A, imposed)], survey({ [A]: busy }))).toEqual(['1700']);
  });

  it.each([
    [0, '0K'],
    [512, '0.5K'],
    [1536, '1.5K'],
    [300 * 2 ** 20, '300M'],
    [2 ** 41, '2T'],
    [2 ** 51, '2048T'],
  ])('says %d bytes as %s', (bytes, text) => {
    expect(inUse([change(A, falls('MemoryMax'))], survey({ [A]: { 'memory.current': String(bytes) } }))).toEqual([
      text,
    ]);
  });

  it('says nothing where it rises, vanishes, or the kernel says nothing', () => {
    const rises: Difference = { key: 'TasksMax', before: '1', after: '2', effect: 'rises' };
    const removed: Difference = { key: 'TasksMax', before: '1', effect: 'removed' };
    expect(inUse([change(A, rises, removed)], survey({ [A]: busy }))).toEqual([undefined, undefined]);
    expect(inUse([change(A, ...['TasksMax', 'MemoryMax', 'CPUQuota'].map(falls))], survey({ [A]: {} }))).toEqual([
      ...[undefined, undefined, undefined],
    ]);
    expect(inUse([change('ds01-other.slice', falls('TasksMax'))], survey({ [A]: busy }))).toEqual([undefined]);
  });

  it('says how many cores are in use, from two looks at the counters', () => {
    const [before, after] = [
      survey({ [A]: busy }, { at: 1000 }),
      survey({ [A]: { 'cpu.stat': 'usage_usec 11200000' } }, { at: 1500 }),
    ];
    expect(inUse([change(A, falls('CPUQuota'))], after, before)).toEqual(['12.4 cores']);
    // In nanoseconds on cgroup v1.
    const [old, now] = [1e9, 1.75e9].map((time, at) =>
      survey({ [A]: { 'cpuacct.usage': String(time) } }, { at: at * 500 }),
    );
    expect(inUse([change(A, falls('CPUQuota'))], now ?? after, old)).toEqual(['1.5 cores']);
  });

  it('says nothing of cores after one look, or if the slice was not there at the first', () => {
    const now = survey({ [A]: busy }, { at: 1500 });
    const [quota] = [change(A, falls('CPUQuota'))];
    expect(inUse([quota], now)).toEqual([undefined]);
    expect(inUse([quota], now, survey({}, { at: 1000 }))).toEqual([undefined]);
    expect(inUse([quota], now, survey({ [A]: {} }, { at: 1000 }))).toEqual([undefined]);
    expect(inUse([quota], now, survey({ [A]: busy }, { at: 1500 }))).toEqual([undefined]);
    expect(inUse([quota], survey({ [A]: {} }, { at: 1500 }), survey({ [A]: busy }, { at: 1000 }))).toEqual([undefined]);
  });

  it('for all members of a group says what the one with the most uses', () => {
    const tasks = (number: number) => ({ 'pids.current': String(number) });
    const cgroup = survey({
      [A]: tasks(9000),
      'ds01-student-a.slice': tasks(9),
      'ds01-student-b.slice': tasks(100),
      'ds01-students-c.slice': tasks(500),
    });
    expect(inUse([change('ds01-student-.slice.d/50-ds01-policy.conf', falls('TasksMax'))], cgroup)).toEqual(['100']);
    expect(inUse([change('ds01-student-a.slice.d/50-ds01-policy.conf', falls('TasksMax'))], cgroup)).toEqual(['9']);
    expect(inUse([change(`/run/systemd/system.control/${A}.d/x.conf`, falls('TasksMax'))], cgroup)).toEqual(['9000']);
  });
});

it('a second look is worth it only for a CPU quota that falls or is new', () => {
  const quota = (effect: Difference['effect']): Difference => ({ key: 'CPUQuota', ...(effect && { effect }) });
  expect(lowersQuota([change(A, falls('TasksMax')), change(A, quota('falls'))])).toBe(true);
  expect(lowersQuota([change(A, quota('imposed'))])).toBe(true);
  expect(lowersQuota([change(A, falls('TasksMax'), quota('rises'), quota('removed'), quota(undefined))])).toBe(false);
  expect(lowersQuota([])).toBe(false);
});
