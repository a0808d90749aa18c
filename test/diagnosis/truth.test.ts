// Whether what is blamed is what does it: asked of a kernel that is simulated, where each limit can be taken away alone.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Focus } from '../../scripts/diagnosis/case.ts';
import { isWithin } from '../../scripts/diagnosis/cgroups-around.ts';
import { diagnose } from '../../scripts/diagnosis/diagnose.ts';
import { makeCase } from '../../scripts/diagnosis/make-case.ts';
import { readFacts } from '../../scripts/diagnosis/read-facts.ts';
import { entitlementOf } from '../../scripts/policy/resolve.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { textsIn } from '../support/carry-out.ts';
import { NOW, told } from '../support/case-fixture.ts';
import { cgroups } from '../support/live-survey.ts';
import { aSighting } from '../support/looks.ts';
import { asFound, resolvePolicy } from '../support/resolve-policy.ts';
import { simulateCpu } from '../support/simulated-cpu.ts';
import {
  type Kernel,
  type SimulatedCgroup,
  type SimulatedMachine,
  type SimulatedProgram,
  type Simulation,
  simulate,
  simulateMemory,
  simulateTasks,
  WINDOW,
} from '../support/simulated-kernel.ts';

const G = 2 ** 30;
const SITE = '/ds01.slice';
const STUDENTS = `${SITE}/ds01-student.slice`;
const RESEARCHERS = `${SITE}/ds01-researcher.slice`;
/** Two students that no file lists, and a researcher; with two containers, and one each. */
const [ONE, TWO] = [`${STUDENTS}/ds01-student-100001.slice`, `${STUDENTS}/ds01-student-100002.slice`];
const THREE = `${RESEARCHERS}/ds01-researcher-204214.slice`;
const container = (slice: string, digit: string) => `${slice}/docker-${digit.repeat(64)}.scope`;
const [A, B, C, D] = [container(ONE, 'a'), container(ONE, 'b'), container(TWO, 'c'), container(THREE, 'd')] as const;
const PATHS = [SITE, STUDENTS, ONE, A, B, TWO, C, RESEARCHERS, THREE, D];

const resolved = resolvePolicy();
const account = (name: string): Focus => ({ kind: 'account', entitlement: entitlementOf(resolved, name) });
const inContainer = (digit: string): Focus => ({ kind: 'container', id: digit.repeat(64) });

/** Whose work is asked about, and the cgroup that all of it is in; the first is the machine. */
type Question = readonly [focus: Focus | undefined, top: string];
const MACHINE: Question = [undefined, SITE];
const SOMEBODY: readonly Question[] = [
  [account('100001'), ONE],
  [account('100002'), TWO],
  [account('204214'), THREE],
  [inContainer('a'), A],
  [inContainer('c'), C],
];

const found = asFound(render(resolved));
const usual = { files: textsIn(found), plan: plan(found, resolved) };

function diagnoseRun({ before, after, log }: Simulation, focus?: Focus, { files, plan: planned } = usual) {
  const lines = log.map((MESSAGE) => JSON.stringify({ MESSAGE, __REALTIME_TIMESTAMP: `${NOW + 2000}000` }));
  const programs = { ...aSighting({}, {}).programs, kernelLog: told(lines.join('\n')) };
  const machine = { cpus: 128, asRoot: true, devices: new Map(), nvidiaDevices: [] };
  const input = {
    ...{ sighting: { before, after, machine, programs }, facts: readFacts(programs), resolved, files, plan: planned },
    ...{ live: { show: '', cgroup: cgroups({}) }, now: NOW, placeText: ({ file }: { file: string }) => file },
  };
  return diagnose(makeCase({ ...input, ...(focus && { focus }) })).causes;
}

const KEYS = { CPUQuota: 'cpus', TasksMax: 'tasks', MemoryMax: 'memory' } as const;
type Key = keyof typeof KEYS;
const nameOf = (path: string) => path.replace(/^.*[/]/, '').replace(/^docker-(.{12}).*$/, 'container $1');

function without(
  { [KEYS.CPUQuota]: cpus, [KEYS.TasksMax]: tasks, [KEYS.MemoryMax]: memory, path }: SimulatedCgroup,
  key: Key,
) {
  return {
    path,
    ...(cpus !== undefined && key !== 'CPUQuota' && { cpus }),
    ...(tasks !== undefined && key !== 'TasksMax' && { tasks }),
    ...(memory !== undefined && key !== 'MemoryMax' && { memory }),
  };
}

/** What each program comes to: CPUs, tasks, or whether it lives. */
const YIELDS: Readonly<Record<Key, (machine: SimulatedMachine) => readonly number[]>> = {
  CPUQuota: (machine) => simulateCpu(machine, WINDOW).cores,
  TasksMax: (machine) => simulateTasks(machine).got,
  MemoryMax: (machine) => {
    const { killed } = simulateMemory(machine);
    return machine.programs.map((_program, index) => (killed.has(index) ? 0 : 1));
  },
};

/** What the work below a cgroup comes to. */
function yieldOf(machine: SimulatedMachine, key: Key, top: string): number {
  return YIELDS[key](machine).reduce((sum, amount, index) => {
    return sum + (isWithin(machine.programs[index]?.cgroup ?? '', top) ? amount : 0);
  }, 0);
}

interface Gain {
  readonly path: string;
  readonly gain: number;
}

/** What the work below a cgroup would gain without each of the limits, the most first. */
function gainsOf(machine: SimulatedMachine, key: Key, top: string): readonly Gain[] {
  const now = yieldOf(machine, key, top);
  const limited = machine.cgroups.filter((cgroup) => cgroup[KEYS[key]] !== undefined);
  const gains = limited.map((cgroup) => {
    const all = machine.cgroups.map((one) => (one === cgroup ? without(one, key) : one));
    return { path: cgroup.path, gain: yieldOf({ ...machine, cgroups: all }, key, top) - now };
  });
  return gains.sort((a, b) => b.gain - a.gain);
}

const isSome = ({ gain }: Gain) => gain > 0.01;

/** The limit without which it would come to clearly more than without any other one. */
function culprit(machine: SimulatedMachine, key: Key, top: string): string | undefined {
  const [best, second] = gainsOf(machine, key, top);
  const least = key === 'CPUQuota' ? 0.15 * yieldOf(machine, key, top) : 0;
  return best && best.gain > least && best.gain > 1.3 * (second?.gain ?? 0) ? best.path : undefined;
}

const maybe = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 });
// No limit is the same as one around it: then none of them holds anything up alone.
const cgroup = (path: string): fc.Arbitrary<SimulatedCgroup> => {
  const level = path.split('/').length;
  return fc
    .record({ cpus: maybe(2, 6, 10, 14), tasks: maybe(100, 200, 300, 400), memory: maybe(3, 5, 9, 14) })
    .map((some) => ({
      path,
      ...(some.cpus !== undefined && { cpus: some.cpus + level }),
      ...(some.tasks !== undefined && { tasks: some.tasks + 10 * level }),
      ...(some.memory !== undefined && { memory: some.memory * G + level * 2 ** 28 }),
    }));
};
const program = (path: string): fc.Arbitrary<SimulatedProgram> =>
  fc.record({
    cgroup: fc.constant(path),
    threads: fc.constantFrom(1, 4, 8, 16),
    periods: fc.constantFrom(0, 3, 10, 10),
    share: fc.constantFrom(0.3, 1, 1),
    tasks: fc.constantFrom([20, 20], [20, 100], [20, 300], [25, 200]),
    memory: fc.constantFrom([G, G], [G, 4 * G], [G, 8 * G], [2 * G, 2 * G]),
  });
const machineWith = (cgroups: fc.Arbitrary<readonly SimulatedCgroup[]>): fc.Arbitrary<SimulatedMachine> =>
  fc.record({
    kernel: fc.constantFrom<Kernel>('v1', '5.15', '6.1', '6.11'),
    cpus: fc.constant(128),
    cgroups,
    programs: fc.tuple(...[A, B, C, D].map(program)),
  });
const machines = machineWith(fc.tuple(...PATHS.map(cgroup)));
const keys = fc.constantFrom<Key>('CPUQuota', 'TasksMax', 'MemoryMax');
const SEED = 20251205;

describe('of somebody’s work', () => {
  it('the first limit that is blamed is the one without which it would come to most', () => {
    let clear = 0;
    const property = fc.property(machines, fc.constantFrom(...SOMEBODY), keys, (machine, [focus, top], key) => {
      const path = culprit(machine, key, top);
      if (path === undefined) return;
      clear += 1;
      const causes = diagnoseRun(simulate(machine), focus);
      expect(causes.find(({ limit }) => limit?.key === key)?.subject).toBe(nameOf(path));
    });
    fc.assert(property, { numRuns: 110, seed: SEED });
    expect(clear).toBeGreaterThan(30);
  });

  it('no limit is blamed that does nothing to it, whatever it does to others', () => {
    let quiet = 0;
    const property = fc.property(machines, fc.constantFrom(...SOMEBODY), (machine, [focus, top]) => {
      // On cgroup v1 nobody knows who waits: only who does not compute at all does certainly not.
      if (machine.kernel === 'v1' && yieldOf(machine, 'CPUQuota', top) > 0) return;
      const free = { ...machine, cgroups: machine.cgroups.map((one) => without(one, 'CPUQuota')) };
      if (yieldOf(free, 'CPUQuota', top) > yieldOf(machine, 'CPUQuota', top)) return;
      quiet += 1;
      expect(diagnoseRun(simulate(machine), focus).filter(({ limit }) => limit?.key === 'CPUQuota')).toEqual([]);
    });
    fc.assert(property, { numRuns: 80, seed: SEED });
    expect(quiet).toBeGreaterThan(20);
  });
});

describe('of the machine', () => {
  it('the first limit that is blamed is one that stops somebody', () => {
    let clear = 0;
    const property = fc.property(machines, keys, (machine, key) => {
      const run = simulate(machine);
      const stopped = {
        CPUQuota: () =>
          [A, B, C, D].flatMap((path) =>
            gainsOf(machine, key, path)
              .filter(isSome)
              .map((one) => one.path),
          ),
        TasksMax: () => [...run.refused.values()],
        MemoryMax: () => [...run.killed.values()],
      }[key]();
      const names = stopped.flatMap((path) => (path === undefined ? [] : [nameOf(path)]));
      if (names.length === 0) return;
      clear += 1;
      expect(names).toContain(diagnoseRun(run).find(({ limit }) => limit?.key === key)?.subject);
    });
    fc.assert(property, { numRuns: 80, seed: SEED });
    expect(clear).toBeGreaterThan(30);
  });
});

describe('where all that is wanted fits', () => {
  const fitting = machineWith(fc.constant(PATHS.map((path) => ({ path, cpus: 64, tasks: 1300, memory: 128 * G }))));

  it('nobody is blamed', () => {
    const property = fc.property(fitting, fc.constantFrom(MACHINE, ...SOMEBODY), (machine, [focus]) => {
      expect(diagnoseRun(simulate(machine), focus).filter(({ weight }) => weight >= 10)).toEqual([]);
    });
    fc.assert(property, { numRuns: 60, seed: SEED });
  });
});

describe('whatever else happens meanwhile', () => {
  const idle = { threads: 1, periods: 0, share: 1, tasks: [20, 20], memory: [G, G] } as const;
  const busy = (path: string, threads = 16) => ({ ...idle, cgroup: path, threads, periods: 10 });
  const run = (limits: Readonly<Record<string, number>>, programs: readonly SimulatedProgram[], paths = PATHS) => {
    const cgroups = paths.map((path) => ({ path, ...(limits[path] !== undefined && { cpus: limits[path] }) }));
    return simulate({ kernel: '6.1', cpus: 128, cgroups, programs });
  };
  const blamed = (simulation: Simulation, focus?: Focus) => {
    return diagnoseRun(simulation, focus).flatMap(({ limit, subject }) => (limit?.key === 'CPUQuota' ? [subject] : []));
  };
  const keep = (look: Simulation['after'], isKept: (path: string) => boolean) => {
    return { ...look, cgroups: look.cgroups.filter(({ path }) => isKept(path)) };
  };
  const rewritten = (look: Simulation['after'], at: string, stat: string) => {
    const cgroups = look.cgroups.map(({ path, files }) => {
      return { path, files: path === at ? new Map([...files, ['cpu.stat', stat]]) : files };
    });
    return { ...look, cgroups };
  };

  it('a container is at its limit, and its group as well', () => {
    const seen = run({ [STUDENTS]: 6, [C]: 2 }, [busy(A), busy(C)]);
    expect(blamed(seen, inContainer('c'))).toEqual(['container cccccccccccc', 'ds01-student.slice']);
    expect(blamed(seen, account('100001'))).toEqual(['ds01-student.slice']);
    expect(blamed(seen)[0]).toBe('ds01-student.slice');
  });

  it('one account takes it all from another one', () => {
    const seen = run({ [STUDENTS]: 8 }, [busy(A, 64), busy(C, 1)]);
    expect(blamed(seen, account('100002'))).toEqual(['ds01-student.slice']);
  });

  it('containers begin and end', () => {
    const seen = run({ [STUDENTS]: 4 }, [busy(A), busy(C)]);
    const changed = {
      ...seen,
      before: keep(seen.before, (path) => path !== A),
      after: keep(seen.after, (path) => path !== B),
    };
    expect(blamed(changed, account('100001'))).toEqual(['ds01-student.slice']);
    expect(blamed({ ...seen, after: keep(seen.after, (path) => path !== C && path !== TWO) })).toEqual([
      'ds01-student.slice',
    ]);
  });

  it('counters begin anew', () => {
    const seen = run({ [A]: 4 }, [{ ...idle, cgroup: A }]);
    const calm = rewritten(seen.after, A, 'usage_usec 9\nnr_periods 40\nnr_throttled 0\nthrottled_usec 0');
    expect(blamed({ ...seen, after: calm })).toEqual([]);
    const held = rewritten(seen.after, A, 'usage_usec 9\nnr_periods 40\nnr_throttled 39\nthrottled_usec 9');
    expect(blamed({ ...seen, after: held }, inContainer('a'))).toEqual(['container aaaaaaaaaaaa']);
  });

  it('the machine sleeps between the looks', () => {
    const seen = run({ [ONE]: 4 }, [busy(A)]);
    expect(blamed({ ...seen, after: { ...seen.after, at: seen.before.at + 3_600_000 } }, account('100001'))).toEqual([
      'ds01-student-100001.slice',
    ]);
  });

  it('there was but one period', () => {
    const seen = run({ [A]: 4 }, [busy(A)]);
    const one = rewritten(
      seen.after,
      A,
      'usage_usec 4000400000\nnr_periods 9001\nnr_throttled 9001\nthrottled_usec 900060000',
    );
    expect(blamed({ ...seen, after: one })).toEqual([]);
  });

  it('somebody else has the last word on a limit', () => {
    const seen = run({ [STUDENTS]: 4 }, [busy(A), busy(C)]);
    const originWith = (path: string) => {
      const file = { kind: 'file', path, text: '[Slice]\nCPUQuota=400%\n' } as const;
      const others = [...found.filter((one) => one.path !== path), file];
      const host = { files: textsIn(others), plan: plan(others, resolved) };
      return diagnoseRun(seen, account('100001'), host)[0]?.limit;
    };
    const control = '/etc/systemd/system.control/ds01-student.slice.d/50-CPUQuota.conf';
    const place = { file: 'groups/student.yaml', line: 6 };
    const limit = { key: 'CPUQuota', value: '400%', place };
    expect(originWith(control)).toEqual({ ...limit, origin: `systemctl set-property, in ${control}` });
    expect(originWith('ds01-student.slice')).toEqual({ ...limit, origin: '/etc/systemd/system/ds01-student.slice' });
    expect(originWith('unrelated.slice')?.origin).toBe('nobody but the kernel: no file says it');
  });

  it('a container stays in the slice that its account has left', () => {
    const left = `${STUDENTS}/ds01-student-204214.slice`;
    const [stayed, other] = [container(left, 'e'), busy(C, 64)];
    const paths = [SITE, STUDENTS, TWO, C, left, stayed, RESEARCHERS];
    const seen = run({ [STUDENTS]: 16 }, [busy(stayed, 1), other], paths);
    const [first] = diagnoseRun(seen, account('204214'));
    expect(first?.limit).toMatchObject({ key: 'CPUQuota', value: '1600%', origin: 'policy' });
    expect(first?.wayOut).toContain('--cgroup-parent=ds01-researcher-204214.slice');
    // Whoever does not compute is not held up there.
    const calm = run({ [STUDENTS]: 16 }, [{ ...idle, cgroup: stayed }, other], paths);
    expect(blamed(calm, account('204214'))).toEqual([]);
    expect(blamed(calm, account('100002'))).toEqual(['ds01-student.slice']);
  });
});
