import { isWithin } from '../../scripts/diagnosis/cgroups-around.ts';
import type { SimulatedCgroup, SimulatedMachine } from './simulated-kernel.ts';

/** Seconds: what the kernel has without a word of anybody. */
const PERIOD = 0.1;
/** After so many periods the same comes again. */
const CYCLE = 10;
const NOTHING = 1e-9;

/** What the kernel counts for one cgroup; seconds, and numbers of periods. */
interface Counted {
  usage: number;
  periods: number;
  throttled: number;
  /** For how long its quota stopped threads, added up over all of them. */
  waited: number;
  /** In which anything in it had to wait. */
  pressure: number;
}

interface Period {
  /** By cgroup and by program. */
  readonly counts: readonly Counted[];
  readonly used: readonly number[];
}

/**
 * What CPU quotas do with programs that all run at once, as a fluid: each thread gets a CPU, or its share of all there are,
 * until its program has done what it wants in a period, or a quota around it is used up (scheduler/sched-bwc of the kernel).
 */
export function simulateCpu(machine: SimulatedMachine, seconds: number) {
  const { cgroups, programs, kernel } = machine;
  const inside = cgroups.map(({ path }) => programs.map(({ cgroup }) => isWithin(cgroup, path)));
  const known = new Map<string, Period>();
  const cycle = Array.from({ length: CYCLE }, (_, number): Period => {
    const wanted = programs.map(({ threads, periods, share }, index) => {
      return (number * 3 + index) % CYCLE < periods ? threads * share * PERIOD : 0;
    });
    const same = wanted.join(' ');
    const period = known.get(same) ?? runPeriod(machine, inside, wanted);
    known.set(same, period);
    return period;
  });
  const times = seconds / (PERIOD * CYCLE);
  const files = (cgroup: SimulatedCgroup, at: 0 | 1): Readonly<Record<string, string>> => {
    const index = cgroups.indexOf(cgroup);
    const grown = (what: keyof Counted, unit: number, since: number) => {
      const amount = cycle.reduce((sum, { counts }) => sum + (counts[index]?.[what] ?? 0), 0);
      return Math.round(since + (at === 0 ? 0 : amount * times * unit));
    };
    return (kernel === 'v1' ? filesV1 : filesV2)(cgroup, grown);
  };
  const cores = programs.map((_program, index) => {
    return cycle.reduce((sum, { used }) => sum + (used[index] ?? 0), 0) / (PERIOD * CYCLE);
  });
  return { files, cores };
}

type Grown = (what: keyof Counted, unit: number, since: number) => number;

// A long life before, in which the quota held it up all the time: totals since it began mislead.
function filesV2({ cpus }: SimulatedCgroup, grown: Grown): Readonly<Record<string, string>> {
  const stat = [
    `usage_usec ${grown('usage', 1e6, 4e9)}`,
    `nr_periods ${grown('periods', 1, 9000)}`,
    `nr_throttled ${grown('throttled', 1, 9000)}`,
    `throttled_usec ${grown('waited', 1e6, 9e8)}`,
  ];
  const averages = 'avg10=0.00 avg60=0.00 avg300=0.00';
  return {
    'cpu.max': `${cpus === undefined ? 'max' : cpus * 100_000} 100000`,
    'cpu.stat': stat.join('\n'),
    'cpu.pressure': `some ${averages} total=${grown('pressure', 1e6, 5e8)}\nfull ${averages} total=0`,
  };
}

function filesV1({ cpus }: SimulatedCgroup, grown: Grown): Readonly<Record<string, string>> {
  const periods = `nr_periods ${grown('periods', 1, 9000)}\nnr_throttled ${grown('throttled', 1, 9000)}`;
  return {
    ...{ 'cpu.cfs_quota_us': cpus === undefined ? '-1' : String(cpus * 100_000), 'cpu.cfs_period_us': '100000' },
    'cpuacct.usage': String(grown('usage', 1e9, 4e12)),
    'cpu.stat': `${periods}\nthrottled_time ${grown('waited', 1e9, 9e11)}`,
  };
}

function runPeriod(
  { cgroups, programs, cpus }: SimulatedMachine,
  inside: readonly (readonly boolean[])[],
  wanted: readonly number[],
): Period {
  const all = programs.map((_program, index) => index);
  const [left, used] = [[...wanted], wanted.map(() => 0)];
  const counts = inside.map((has): Counted => {
    const periods = all.some((program) => has[program] && left[program]! > 0) ? 1 : 0;
    return { usage: 0, periods, throttled: 0, waited: 0, pressure: 0 };
  });
  const quotas = cgroups.map((cgroup) => (cgroup.cpus ?? Number.POSITIVE_INFINITY) * PERIOD);
  const stopped = cgroups.map(() => false);
  const threadsOf = (some: readonly number[]) => some.reduce((sum, program) => sum + programs[program]!.threads, 0);
  for (let time = 0; time < PERIOD - NOTHING; ) {
    const hungry = all.filter((program) => left[program]! > NOTHING);
    const running = hungry.filter((program) => !inside.some((has, cgroup) => stopped[cgroup] && has[program]));
    const speed = Math.min(1, cpus / Math.max(1, threadsOf(running)));
    const rates = inside.map((has) => threadsOf(running.filter((program) => has[program])) * speed);
    const step = Math.min(
      PERIOD - time,
      ...running.map((program) => left[program]! / (programs[program]!.threads * speed)),
      ...rates.map((rate, cgroup) => (rate > 0 ? (quotas[cgroup]! - counts[cgroup]!.usage) / rate : PERIOD)),
    );
    for (const [cgroup, count] of counts.entries()) {
      const waiting = hungry.filter((one) => inside[cgroup]?.[one] && (speed < 1 || !running.includes(one)));
      count.usage += rates[cgroup]! * step;
      count.pressure += waiting.length > 0 ? step : 0;
      count.waited += stopped[cgroup] ? threadsOf(waiting) * step : 0;
    }
    for (const program of running) {
      const done = programs[program]!.threads * speed * step;
      left[program]! -= done;
      used[program]! += done;
    }
    time += step;
    if (time >= PERIOD - NOTHING) break;
    // From the inside out: what an inner quota has stopped does not ask the outer one.
    for (let cgroup = cgroups.length - 1; cgroup >= 0; cgroup -= 1) {
      const asks = running.some((one) => {
        const isStopped = inside.some((has, other) => stopped[other] && has[one]);
        return inside[cgroup]?.[one] && left[one]! > NOTHING && !isStopped;
      });
      if (!asks || quotas[cgroup]! - counts[cgroup]!.usage > NOTHING) continue;
      stopped[cgroup] = true;
      counts[cgroup]!.throttled = 1;
    }
  }
  return { counts, used };
}
