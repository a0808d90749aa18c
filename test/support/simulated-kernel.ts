// What a kernel does with work that limits hold up, and what it then shows of that: small enough to be seen to be right.
import { isWithin } from '../../scripts/diagnosis/cgroups-around.ts';
import type { Look } from '../../scripts/diagnosis/sighting.ts';
import { simulateCpu } from './simulated-cpu.ts';

/** Which kernel it is, by what it shows: cgroup v1, and those since which the most tasks and whose limit it was are shown. */
export type Kernel = 'v1' | '5.15' | '6.1' | '6.11';

/** A cgroup with its limits: CPUs, tasks, bytes. What is absent is unlimited. */
export interface SimulatedCgroup {
  readonly path: string;
  readonly cpus?: number;
  readonly tasks?: number;
  readonly memory?: number;
}

/** What somebody runs. */
export interface SimulatedProgram {
  readonly cgroup: string;
  /** How many threads compute, in how many of ten periods, and for how much of such a period, 0 to 1. */
  readonly threads: number;
  readonly periods: number;
  readonly share: number;
  /** Threads and processes: those there are at the first look, and those that it wants by the second. */
  readonly tasks: readonly [before: number, wanted: number];
  /** Bytes, the same. */
  readonly memory: readonly [before: number, wanted: number];
}

/** A machine and what runs on it. */
export interface SimulatedMachine {
  readonly kernel: Kernel;
  readonly cpus: number;
  /** Each before those in it. */
  readonly cgroups: readonly SimulatedCgroup[];
  readonly programs: readonly SimulatedProgram[];
}

/** Two looks at a machine, what its kernel said meanwhile, and whose limit refused and killed each program, by number. */
export interface Simulation {
  readonly before: Look;
  readonly after: Look;
  readonly log: readonly string[];
  readonly refused: ReadonlyMap<number, string>;
  readonly killed: ReadonlyMap<number, string>;
}

/** Seconds between the looks: fifty periods of a quota. */
export const WINDOW = 5;

/** Bytes of the machine. */
export const MEMORY = 2 ** 39;

/** Lets a machine run for a while. */
export function simulate(machine: SimulatedMachine): Simulation {
  const [cpu, tasks, memory] = [simulateCpu(machine, WINDOW), simulateTasks(machine), simulateMemory(machine)];
  const look = (at: 0 | 1): Look => ({
    ...{ at: 1000 + at * WINDOW * 1000, version: machine.kernel === 'v1' ? 'v1' : 'v2' },
    cgroups: machine.cgroups.map((cgroup) => {
      const files = { ...cpu.files(cgroup, at), ...tasks.files(cgroup, at), ...memory.files(cgroup, at) };
      return { path: cgroup.path, files: new Map(Object.entries(files)) };
    }),
    processes: machine.programs.map(({ cgroup }, index) => {
      const cpuSeconds = 1000 + at * WINDOW * (cpu.cores[index] ?? 0);
      return { pid: 4000 + index, uid: 70_001, name: 'python', cgroup, cpuSeconds };
    }),
    proc: new Map([
      ['meminfo', `MemTotal:       ${MEMORY / 1024} kB\n`],
      ['sys/kernel/pid_max', '4194304'],
    ]),
  });
  const log = [...tasks.log, ...memory.log];
  return { before: look(0), after: look(1), log, refused: tasks.refused, killed: memory.killed };
}

/** What a cgroup counts, by path. */
class Counter {
  readonly #counts = new Map<string, number>();

  of(path: string): number {
    return this.#counts.get(path) ?? 0;
  }

  /** In one cgroup only. */
  add(path: string, amount: number): void {
    this.#counts.set(path, this.of(path) + amount);
  }

  /** In a cgroup and all those around it. */
  addUp(path: string, amount: number, { cgroups }: SimulatedMachine): void {
    for (const around of cgroups) if (isWithin(path, around.path)) this.add(around.path, amount);
  }
}

/** The innermost cgroup that has no room, and how much there is room for. */
function roomFor(path: string, limit: 'tasks' | 'memory', used: Counter, { cgroups }: SimulatedMachine) {
  const found: { room: number; full?: SimulatedCgroup } = { room: Number.POSITIVE_INFINITY };
  for (const cgroup of cgroups) {
    const room = Math.max(0, (cgroup[limit] ?? Number.POSITIVE_INFINITY) - used.of(cgroup.path));
    if (room <= found.room && isWithin(path, cgroup.path)) Object.assign(found, { room, full: cgroup });
  }
  return found;
}

/** Lets programs start what they want; `got` is how many tasks each has then (kernel/cgroup/pids.c). */
export function simulateTasks(machine: SimulatedMachine) {
  const [current, events] = [new Counter(), new Counter()];
  const [got, log, refused] = [[] as number[], [] as string[], new Map<number, string>()];
  for (const { cgroup, tasks } of machine.programs) current.addUp(cgroup, tasks[0], machine);
  const first = new Map(machine.cgroups.map(({ path }) => [path, current.of(path)]));
  for (const [index, { cgroup, tasks }] of machine.programs.entries()) {
    const more = tasks[1] - tasks[0];
    const { room, full } = roomFor(cgroup, 'tasks', current, machine);
    const granted = Math.min(more, room);
    current.addUp(cgroup, granted, machine);
    got.push(tasks[0] + granted);
    if (granted >= more || full === undefined) continue;
    refused.set(index, full.path);
    if (!log.some((line) => line.endsWith(` ${cgroup}`)))
      log.push(`cgroup: fork rejected by pids controller in ${cgroup}`);
    if (machine.kernel === '6.11') events.addUp(full.path, more - granted, machine);
    else events.add(cgroup, more - granted);
  }
  const files = ({ path, tasks }: SimulatedCgroup, at: 0 | 1) => ({
    ...{ 'pids.current': String(at === 0 ? first.get(path) : current.of(path)), 'pids.max': String(tasks ?? 'max') },
    'pids.events': `max ${at === 0 ? 0 : events.of(path)}`,
    ...(/^6/.test(machine.kernel) && { 'pids.peak': String(at === 0 ? first.get(path) : current.of(path)) }),
  });
  return { files, got, log, refused };
}

const STEP = 2 ** 29;

/** Lets programs grow: nothing can be given back, and of what is below a limit that is reached, the largest is killed. */
export function simulateMemory(machine: SimulatedMachine) {
  const { programs, kernel } = machine;
  const [used, max, kills] = [new Counter(), new Counter(), new Counter()];
  const held = programs.map(({ memory }) => memory[0]);
  const [killed, log] = [new Map<number, string>(), [] as string[]];
  for (const { cgroup, memory } of programs) used.addUp(cgroup, memory[0], machine);
  const first = new Map(machine.cgroups.map(({ path }) => [path, used.of(path)]));
  const kill = (full: SimulatedCgroup) => {
    const inside = programs.flatMap(({ cgroup }, index) =>
      isWithin(cgroup, full.path) && !killed.has(index) ? [index] : [],
    );
    const [victim = -1] = inside.sort((a, b) => (held[b] ?? 0) - (held[a] ?? 0));
    const path = programs[victim]?.cgroup ?? '';
    used.addUp(path, -(held[victim] ?? 0), machine);
    killed.set(victim, full.path);
    const count = (counter: Counter, at: string) =>
      kernel === 'v1' ? counter.add(at, 1) : counter.addUp(at, 1, machine);
    count(max, full.path);
    count(kills, path);
    const where = `oom_memcg=${full.path},task_memcg=${path}`;
    const whom = `task=python,pid=${4000 + victim},uid=70001`;
    log.push(`oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,${where},${whom}`);
  };
  for (let isGrowing = true; isGrowing; ) {
    isGrowing = false;
    for (const [index, { cgroup, memory }] of programs.entries()) {
      if ((held[index] ?? 0) >= memory[1] || killed.has(index)) continue;
      const { room, full } = roomFor(cgroup, 'memory', used, machine);
      if (room < STEP && full) kill(full);
      if (room < STEP || killed.has(index)) continue;
      used.addUp(cgroup, STEP, machine);
      held[index] = (held[index] ?? 0) + STEP;
      isGrowing = true;
    }
  }
  return {
    files: memoryFiles(kernel, (path, at) => (at === 0 ? (first.get(path) ?? 0) : used.of(path)), max, kills),
    killed,
    log,
  };
}

function memoryFiles(kernel: Kernel, used: (path: string, at: 0 | 1) => number, max: Counter, kills: Counter) {
  return ({ path, memory }: SimulatedCgroup, at: 0 | 1): Readonly<Record<string, string>> => {
    const current = String(used(path, at));
    const [reached, killed] = at === 0 ? [0, 0] : [max.of(path), kills.of(path)];
    if (kernel === 'v1') {
      return {
        ...{ 'memory.usage_in_bytes': current, 'memory.stat': 'total_cache 0\ntotal_shmem 0' },
        ...{ 'memory.limit_in_bytes': String(memory ?? 2n ** 63n - 4096n), 'memory.failcnt': String(reached) },
        'memory.oom_control': `oom_kill_disable 0\nunder_oom 0\noom_kill ${killed}`,
      };
    }
    return {
      ...{ 'memory.current': current, 'memory.stat': 'file 0\nshmem 0' },
      ...{ 'memory.max': String(memory ?? 'max'), 'memory.high': 'max' },
      'memory.events': `low 0\nhigh 0\nmax ${reached}\noom ${killed}\noom_kill ${killed}`,
    };
  };
}
