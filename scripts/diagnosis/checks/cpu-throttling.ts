import type { Case } from '../case.ts';
import { cgroupFile } from '../cgroup-file.ts';
import { cgroupName, cgroupWithWhom } from '../cgroup-words.ts';
import { isWithin } from '../cgroups-around.ts';
import type { Cause, Check, Evidence, Unknown } from '../check.ts';
import { coresText, percentText } from '../figures.ts';
import { idleCores } from '../idle-cores.ts';
import { moreCpu } from '../more-cpu.ts';
import { weightOfShare } from '../share-weight.ts';
import { isThrottled, shareAlone, shareOf, type ThrottledCgroup } from '../throttling.ts';
import { isFeltAt } from '../waiters.ts';
import { causingLimit } from '../way-out.ts';

/** Work that has to stand still in a part of every tenth of a second, because its CPU quota is used up. */
export const cpuThrottling: Check = {
  id: 'cpu-throttling',
  title: 'CPU quota',
  about: 'work',
  examine(found) {
    const throttled = found.meters.filter(isThrottled);
    // Of what is as likely, what waited most comes first: weights are whole numbers, and sorting keeps the order of equals.
    const felt = throttled
      .filter((meter) => isFeltAt(meter, 'cpu', found))
      .sort((a, b) => b.cpu.throttling.seconds - a.cpu.throttling.seconds);
    const others = throttled.filter((meter) => !felt.includes(meter));
    return {
      causes: felt.map((meter) => causeOf(meter, felt, found)).sort((a, b) => b.weight - a.weight),
      saw: sawText(found),
      notes: others.map((meter) => `${heldUpText(meter, found)}; hardly anything in question waited for a CPU`),
      unknown: unknownIn(found),
    };
  },
};

function causeOf(meter: ThrottledCgroup, throttled: readonly ThrottledCgroup[], found: Case): Cause {
  const { quota, cores } = meter.cpu;
  const source = found.sourceOf(meter, 'CPUQuota');
  const idle = idleCores(found);
  const rest = idle === undefined ? '' : `; ${idleText(idle, found.machine.cpus)}`;
  return {
    weight: weightOfShare(shareAlone(meter, throttled, found)),
    subject: cgroupName(meter, found),
    message: `${heldUpText(meter, found)}: ${coresText(quota)} granted, ${coresText(cores)} used${rest}`,
    evidence: [...figures(meter, found), ...users(meter, found)],
    limit: causingLimit(source),
    wayOut: moreCpu(meter, source, found),
  };
}

function heldUpText(meter: ThrottledCgroup, found: Case): string {
  const share = percentText(shareOf(meter.cpu.throttling));
  return `${cgroupWithWhom(meter, found)} was held up by its CPU quota ${share} of the time`;
}

function idleText(idle: number, cpus: number): string {
  if (idle < 1) return `the machine itself is busy on all of its ${coresText(cpus)}`;
  return `about ${Math.floor(idle)} of the machine's ${coresText(cpus)} had nothing to do`;
}

function figures({ path, cpu: { cores, throttling } }: ThrottledCgroup, found: Case): readonly Evidence[] {
  const { periods, throttled, seconds } = throttling;
  const waited = `held up for ${seconds.toFixed(1)} s, added up over all CPUs`;
  return [
    {
      source: cgroupFile(found.machine.version, path, 'cpu.stat'),
      figure: `nr_throttled +${throttled} of nr_periods +${periods} in ${found.window.toFixed(1)} s; ${waited}`,
    },
    useFigure(path, cores, found),
  ];
}

function useFigure(path: string, cores: number, { machine: { version } }: Case): Evidence {
  const file = version === 'v2' ? 'cpu.stat' : 'cpuacct.usage';
  return { source: cgroupFile(version, path, file), figure: `${coresText(cores)} used` };
}

const MOST_USERS = 3;

/** Whose work it is that uses a quota which several share. */
function users(meter: ThrottledCgroup, found: Case): readonly Evidence[] {
  if (meter.level !== 'site' && meter.level !== 'group') return [];
  const used = found.all.flatMap(({ level, path, cpu }) => {
    return level === 'account' && isWithin(path, meter.path) && cpu && cpu.cores > 0
      ? [{ path, cores: cpu.cores }]
      : [];
  });
  const most = used.sort((a, b) => b.cores - a.cores).slice(0, MOST_USERS);
  return most.map(({ path, cores }) => useFigure(path, cores, found));
}

function sawText({ meters, window }: Case): string {
  const shares = meters.flatMap(({ cpu }) => (cpu?.quota !== undefined && cpu.throttling ? [cpu.throttling] : []));
  if (shares.length === 0) return 'nothing has a CPU quota';
  const most = Math.max(...shares.map(shareOf));
  const seconds = `${window.toFixed(1)} s`;
  return most === 0
    ? `no quota held anything up in ${seconds}`
    : `quotas held work up ${percentText(most)} of ${seconds} at most`;
}

function unknownIn({ meters }: Case): readonly Unknown[] {
  if (meters.length > 0 && meters.every(({ cpu }) => cpu === undefined)) {
    return [{ why: 'the kernel counts no CPU time here: the controller cpu is not at work' }];
  }
  return meters.flatMap(({ name, cpu }) => {
    return cpu?.quota !== undefined && !cpu.throttling
      ? [{ why: `${name} has a CPU quota, and the kernel does not count what it does` }]
      : [];
  });
}
