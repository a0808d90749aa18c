import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Meter } from '../../scripts/diagnosis/meter.ts';
import { readMeters } from '../../scripts/diagnosis/read-meters.ts';
import type { Look } from '../../scripts/diagnosis/sighting.ts';
import { ACCOUNT, CONTAINER, CONTAINER_ID, GROUP, SCOPE, SITE } from '../support/case-fixture.ts';
import { aLook, type Texts } from '../support/looks.ts';
import { filesV1, filesV2 } from '../support/printed-limits.ts';

const G = 2 ** 30;
const LIMITS = { cpu_quota: 1600, memory_max: 32 * G, memory_high: 30 * G, memory_swap_max: G, tasks_max: 512 };

// What a cgroup says at two looks, four seconds apart.
function meterOf(before: Texts | undefined, after: Texts, version: Look['version'] = 'v2'): Meter {
  const earlier = aLook({ at: 1000, version, cgroups: before ? { [GROUP]: before } : {} });
  const [meter] = readMeters(earlier, aLook({ at: 5000, version, cgroups: { [GROUP]: after } }), 'ds01');
  if (!meter) throw new Error('no meter');
  return meter;
}

function metersAt(cgroups: readonly string[]): readonly Meter[] {
  const look = aLook({ cgroups: Object.fromEntries(cgroups.map((path) => [path, {}])) });
  return readMeters(look, look, 'ds01');
}

describe('which cgroups', () => {
  it('are those of the site, each before those in it, and containers elsewhere', () => {
    const elsewhere = `/docker/${'a'.repeat(64)}`;
    const paths = ['/', '/system.slice', '/system.slice/x.service', '/docker', elsewhere, SITE, GROUP, ACCOUNT];
    const inside = [CONTAINER, `${CONTAINER}/init`, `${ACCOUNT}/run-1.scope`, `${ACCOUNT}/run-1.scope/a`];
    expect(metersAt([...paths, ...inside])).toEqual([
      { path: elsewhere, name: 'a'.repeat(64), level: 'outside', container: 'a'.repeat(64), disks: [] },
      { path: SITE, name: 'ds01.slice', level: 'site', disks: [] },
      { path: GROUP, name: 'ds01-student.slice', level: 'group', disks: [] },
      { path: ACCOUNT, name: 'ds01-student-100001.slice', level: 'account', disks: [] },
      { path: CONTAINER, name: SCOPE, level: 'container', container: CONTAINER_ID, disks: [] },
      { path: `${ACCOUNT}/run-1.scope`, name: 'run-1.scope', level: 'work', disks: [] },
    ]);
  });

  it('is what is there at the end', () => {
    const [before, after] = [aLook({ cgroups: { [GROUP]: {} } }), aLook({ at: 5000, cgroups: { [SITE]: {} } })];
    expect(readMeters(before, after, 'ds01').map(({ path }) => path)).toEqual([SITE]);
  });
});

describe('CPUs', () => {
  const stat = (usage: number, periods: number, throttled: number, waited: number) => {
    return `usage_usec ${usage}\nuser_usec 1\nnr_periods ${periods}\nnr_throttled ${throttled}\nthrottled_usec ${waited}`;
  };

  it('are what was used in the window, what the quota grants, and what it held up', () => {
    const before = { 'cpu.stat': stat(10_000_000, 1000, 100, 5_000_000) };
    const after = { ...filesV2(LIMITS), 'cpu.stat': stat(70_000_000, 1040, 130, 7_500_000) };
    expect(meterOf(before, after).cpu).toEqual({
      ...{ cores: 15, quota: 16 },
      throttling: { periods: 40, throttled: 30, seconds: 2.5 },
    });
  });

  it('are counted in nanoseconds on cgroup v1', () => {
    const stat = (periods: number, throttled: number, waited: number) => {
      return `nr_periods ${periods}\nnr_throttled ${throttled}\nthrottled_time ${waited}`;
    };
    const before = { 'cpuacct.usage': '10000000000', 'cpu.stat': stat(1000, 100, 5_000_000_000) };
    const after = { ...filesV1(LIMITS), 'cpuacct.usage': '70000000000', 'cpu.stat': stat(1040, 130, 7_500_000_000) };
    expect(meterOf(before, after, 'v1').cpu).toEqual({
      ...{ cores: 15, quota: 16 },
      throttling: { periods: 40, throttled: 30, seconds: 2.5 },
    });
  });

  it('of a cgroup that has begun since are counted from zero, and so are those of one that has begun anew', () => {
    const after = { 'cpu.stat': stat(8_000_000, 40, 20, 1_000_000) };
    const counted = { cores: 2, throttling: { periods: 40, throttled: 20, seconds: 1 } };
    expect(meterOf(undefined, after).cpu).toEqual(counted);
    expect(meterOf({ 'cpu.stat': stat(90_000_000, 41, 21, 1_000_001) }, after).cpu).toEqual(counted);
  });

  it('have no quota and no periods where none was ever set', () => {
    const after = { ...filesV2({}), 'cpu.stat': 'usage_usec 4000000' };
    expect(meterOf({ 'cpu.stat': 'usage_usec 0' }, after).cpu).toEqual({ cores: 1 });
  });

  it('are never held up more often than there were periods', () => {
    const after = { 'cpu.stat': stat(2, 50, 51, 1) };
    expect(meterOf({ 'cpu.stat': stat(1, 0, 0, 0) }, after).cpu?.throttling).toMatchObject({
      periods: 50,
      throttled: 50,
    });
  });

  it('are absent where the kernel does not say what was used', () => {
    expect(meterOf({}, filesV2(LIMITS))).not.toHaveProperty('cpu');
  });
});

describe('tasks', () => {
  it('are those now, the most there may be and there were, and what was refused', () => {
    const before = { 'pids.events': 'max 62' };
    const after = { 'pids.max': '512', 'pids.current': '511', 'pids.peak': '512', 'pids.events': 'max 95' };
    expect(meterOf(before, after).tasks).toEqual({ current: 511, max: 512, peak: 512, refused: 33, refusedEver: 95 });
    expect(meterOf(undefined, after).tasks).toMatchObject({ refused: 95, refusedEver: 95 });
    expect(meterOf({ 'pids.events': 'max 95' }, after).tasks).toMatchObject({ refused: 0, refusedEver: 95 });
  });

  it('have no more than the kernel says', () => {
    expect(meterOf({}, { 'pids.current': '3', 'pids.max': 'max' }).tasks).toEqual({ current: 3 });
    expect(meterOf({}, { 'pids.max': '512' })).not.toHaveProperty('tasks');
  });
});

describe('memory', () => {
  const events = (high: number, max: number, kills: number) => {
    return `low 7\nhigh ${high}\nmax ${max}\noom 9\noom_kill ${kills}\noom_group_kill 8`;
  };
  const use = { 'memory.current': String(20 * G), 'memory.stat': `anon 1\nfile ${8 * G}\nshmem ${3 * G}` };

  it('is what is in use, what of it cannot be given back, the limits, and how often they were met', () => {
    const before = { 'memory.events': events(1, 10, 2) };
    const after = { ...filesV2(LIMITS), ...use, 'memory.events': events(5, 30, 3) };
    expect(meterOf(before, after).memory).toEqual({
      ...{ current: 20 * G, held: 15 * G, max: 32 * G, high: 30 * G, swapMax: G },
      events: { high: 4, max: 20, kills: 1 },
      eventsEver: { high: 5, max: 30, kills: 3 },
    });
    expect(meterOf(undefined, after).memory?.events).toEqual({ high: 5, max: 30, kills: 3 });
    expect(meterOf({ 'memory.events': events(6, 31, 4) }, after).memory?.events).toEqual({
      high: 5,
      max: 30,
      kills: 3,
    });
  });

  it('is in files of other names on cgroup v1, which knows no memory.high', () => {
    const oom = (kills: number) => `oom_kill_disable 0\nunder_oom 0\noom_kill ${kills}`;
    const before = { 'memory.failcnt': '10', 'memory.oom_control': oom(2) };
    const after = {
      ...filesV1(LIMITS),
      'memory.usage_in_bytes': String(20 * G),
      'memory.stat': `cache 1\nshmem 2\ntotal_cache ${8 * G}\ntotal_shmem ${3 * G}`,
      ...{ 'memory.failcnt': '30', 'memory.oom_control': oom(3) },
    };
    expect(meterOf(before, after, 'v1').memory).toEqual({
      ...{ current: 20 * G, held: 15 * G, max: 32 * G },
      events: { high: 0, max: 20, kills: 1 },
      eventsEver: { high: 0, max: 30, kills: 3 },
    });
  });

  it('has no limits where none are set, and no events where nobody counts kills', () => {
    expect(meterOf({}, { ...filesV2({}), ...use }).memory).toEqual({ current: 20 * G, held: 15 * G });
    const v1 = {
      ...filesV1({}),
      'memory.usage_in_bytes': '5',
      'memory.failcnt': '1',
      'memory.oom_control': 'under_oom 0',
    };
    expect(meterOf({}, v1, 'v1').memory).toEqual({ current: 5, held: 5 });
    expect(meterOf({}, { ...use, 'memory.events': 'oom_kill 1' }).memory).not.toHaveProperty('events');
    expect(meterOf({}, filesV2(LIMITS))).not.toHaveProperty('memory');
  });
});

describe('pressure', () => {
  const psi = (some: number, full: number) => {
    const rest = 'avg10=0.00 avg60=0.00 avg300=0.00';
    return `some ${rest} total=${some}\nfull ${rest} total=${full}`;
  };

  it('is the share of the window in which programs waited', () => {
    const before = { 'cpu.pressure': psi(1_000_000, 0), 'memory.pressure': psi(0, 0), 'io.pressure': psi(0, 0) };
    const after = {
      'cpu.pressure': psi(3_000_000, 0),
      'memory.pressure': psi(400_000, 200_000),
      'io.pressure': psi(4, 0),
    };
    expect(meterOf(before, after).pressure).toEqual({
      ...{ cpu: { some: 0.5, full: 0 }, memory: { some: 0.1, full: 0.05 }, io: { some: 1e-6, full: 0 } },
    });
  });

  it.each(['cpu', 'memory', 'io'])('of %s alone is that alone', (what) => {
    const meter = meterOf({}, { [`${what}.pressure`]: psi(2_000_000, 0) });
    expect(meter.pressure).toEqual({ [what]: { some: 0.5, full: 0 } });
  });

  it('is absent without PSI', () => {
    expect(meterOf({}, filesV2({}))).not.toHaveProperty('pressure');
  });
});

it('on cgroup v1 the events of a slice are those below, too, as on v2 they are by themselves', () => {
  const files = (kills: number) => ({
    ...{ 'memory.usage_in_bytes': '1', 'memory.failcnt': '0', 'memory.oom_control': `oom_kill ${kills}` },
  });
  const cgroups = (kills: number) => ({ [GROUP]: files(0), [ACCOUNT]: files(1), [CONTAINER]: files(kills) });
  const [before, after] = [
    aLook({ version: 'v1', cgroups: cgroups(2) }),
    aLook({ version: 'v1', cgroups: cgroups(5) }),
  ];
  const kills = readMeters(before, after, 'ds01').map(({ memory }) => [
    memory?.events?.kills,
    memory?.eventsEver?.kills,
  ]);
  expect(kills).toEqual([
    [3, 6],
    [3, 6],
    [3, 5],
  ]);
});

describe('whatever the kernel says', () => {
  const number = fc.oneof(
    fc.nat(100),
    fc.nat(),
    fc.constantFrom(2 ** 53, 2 ** 63),
    fc.constant('max'),
    fc.constant('-1'),
  );
  const counted = fc.oneof({ weight: 9, arbitrary: fc.nat() }, { weight: 1, arbitrary: fc.constant('') });
  const pressure = fc
    .tuple(counted, counted)
    .map(([some, full]) => `some avg10=0 total=${some}\nfull avg10=0 total=${full}`);
  const lines = (...names: readonly string[]) => {
    return fc
      .tuple(...names.map(() => counted))
      .map((values) => names.map((name, i) => `${name} ${values[i]}`).join('\n'));
  };
  const files: fc.Arbitrary<Texts> = fc.record(
    {
      'cpu.max': fc.tuple(number, number).map((parts) => parts.join(' ')),
      'cpu.stat': lines('usage_usec', 'nr_periods', 'nr_throttled', 'throttled_usec', 'throttled_time'),
      'cpuacct.usage': number.map(String),
      'cpu.cfs_quota_us': number.map(String),
      'cpu.cfs_period_us': number.map(String),
      ...Object.fromEntries(
        ['pids.current', 'pids.max', 'pids.peak', 'memory.max'].map((n) => [n, number.map(String)]),
      ),
      ...Object.fromEntries(['memory.current', 'memory.usage_in_bytes'].map((n) => [n, number.map(String)])),
      'memory.stat': lines('file', 'shmem', 'total_cache', 'total_shmem'),
      'memory.events': lines('high', 'max', 'oom_kill'),
      'pids.events': lines('max'),
      ...Object.fromEntries(['cpu.pressure', 'memory.pressure', 'io.pressure'].map((n) => [n, pressure])),
      'io.stat': fc.tuple(counted, counted).map(([read, write]) => `8:0 rbytes=${read} wbytes=${write} rios=1`),
      'io.max': fc.tuple(number, number).map(([read, write]) => `8:0 rbps=${read} wbps=${write} riops=max wiops=max`),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Texts>;
  const cgroups = fc.record(
    { [SITE]: files, [GROUP]: files, [ACCOUNT]: files, [CONTAINER]: files },
    { requiredKeys: [] },
  );

  it('shares are between 0 and 1, nothing is less than nothing, and everything is a number', () => {
    const looks = fc.record({ before: cgroups, after: cgroups, ms: fc.integer({ min: 0, max: 60_000 }) });
    fc.assert(
      fc.property(looks, fc.constantFrom('v1', 'v2'), ({ before, after, ms }, version) => {
        const later = aLook({ at: ms, version, cgroups: after as Record<string, Texts> });
        const meters = readMeters(aLook({ version, cgroups: before as Record<string, Texts> }), later, 'ds01');
        const wrong = meters.flatMap(({ pressure, ...meter }) => {
          const { periods, throttled } = meter.cpu?.throttling ?? { periods: 0, throttled: 0 };
          const figures = [...numbersIn(meter), periods - throttled, ...numbersIn(pressure).map((share) => 1 - share)];
          return [...figures, ...numbersIn(pressure)].filter(
            (figure) => !(figure >= 0 && figure < Number.POSITIVE_INFINITY),
          );
        });
        expect([wrong, meters.length]).toEqual([[], Object.keys(after).length]);
      }),
      { seed: 6, numRuns: 100 },
    );
  });
});

function numbersIn(value: unknown): readonly number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}
