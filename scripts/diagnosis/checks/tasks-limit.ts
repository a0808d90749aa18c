import type { Case } from '../case.ts';
import { cgroupFile } from '../cgroup-file.ts';
import { cgroupName, cgroupWithWhom } from '../cgroup-words.ts';
import type { Cause, Check, Evidence, Unknown } from '../check.ts';
import { happenedText, momentText, newestFirst, weightOfAll } from '../happened.ts';
import { makeAnew } from '../make-anew.ts';
import { hasTasksLimit, isFull, type LimitedTasks, type Refusal, refusalsByLimit, wasFull } from '../refusals.ts';
import { unknownOf } from '../unknown-of.ts';
import { isAsked } from '../waiters.ts';
import { causingLimit, wayOut } from '../way-out.ts';

/** Programs that cannot start a thread: the incident this project comes from. */
export const tasksLimit: Check = {
  id: 'tasks-limit',
  title: 'tasks limit',
  about: 'work',
  examine(found) {
    const limited = found.meters.filter(hasTasksLimit);
    const refusals = refusalsByLimit(found);
    const refusedAt = ({ path }: LimitedTasks) => refusals.get(path) ?? [];
    // Of what is as likely, what refused most to whoever it is about comes first.
    const refusedTo = (meter: LimitedTasks) => timesOf(refusedAt(meter).filter(({ path }) => isAsked(path, found)));
    const ranked = [...limited].sort((a, b) => refusedTo(b) - refusedTo(a));
    const causes = ranked.flatMap((meter) => causeOf(meter, refusedAt(meter), found) ?? []);
    return {
      causes: causes.sort((a, b) => b.weight - a.weight),
      saw: sawText(limited, found),
      notes: limited.filter(isNearlyFull).map((meter) => `${cgroupWithWhom(meter, found)} uses ${useText(meter)}`),
      unknown: unknownIn(limited, found),
    };
  },
};

/** At its limit now; and at some time since it began, when nothing says that anybody has noticed. */
const [FULL, WAS_FULL] = [90, 25];

function causeOf(meter: LimitedTasks, refusals: readonly Refusal[], found: Case): Cause | undefined {
  const refused = weightOfAll(refusals, found.now);
  const past = refusals.length === 0 && wasFull(meter) ? WAS_FULL : refused;
  const weight = isFull(meter) ? Math.max(FULL, past) : past;
  if (weight === 0) return undefined;
  const source = found.sourceOf(meter, 'TasksMax');
  return {
    weight,
    subject: cgroupName(meter, found),
    message: `${whatHappened(meter, refusals, found)}: ${SYMPTOMS}`,
    evidence: [...figures(meter, found), ...newestFirst(refusals).map((refusal) => refusalFigure(refusal, found))],
    limit: causingLimit(source),
    wayOut: makeAnew(meter, 'TasksMax', found) ?? wayOut(source, String(wantedTasks(meter, found))),
  };
}

const SYMPTOMS =
  'programs then fail with "libgomp: Thread creation failed: Resource temporarily unavailable", pthread_create with EAGAIN, ' +
  '"can\'t start new thread" or "fork: retry: Resource temporarily unavailable"';

function whatHappened(meter: LimitedTasks, refusals: readonly Refusal[], found: Case): string {
  const who = cgroupWithWhom(meter, found);
  const limit = `its limit of ${meter.tasks.max} tasks`;
  const refused = refusedText(refusals, found);
  if (isFull(meter)) return `${who} is at ${limit}, and ${refused ?? 'no further thread or process can start'}`;
  if (refused === undefined) {
    return `${who} was at ${limit} since it began; whether anything was refused, the kernel no longer says`;
  }
  if (refusals.some(({ isCertain }) => isCertain)) return `${who} was at ${limit}, and ${refused}`;
  return `${refused}, most likely because of ${who} with ${limit}`;
}

/** Of what was refused, the part that counts most. */
function refusedText(refusals: readonly Refusal[], found: Case): string | undefined {
  const watched = refusals.filter(({ happened }) => happened.kind === 'watched');
  const logged = refusals.flatMap(({ happened }) => (happened.kind === 'logged' ? [happened.at] : []));
  if (watched.length > 0) return `${startsRefused(watched)} ${happenedText({ kind: 'watched' }, found)}`;
  if (logged.length > 0) {
    return `a new thread or process was refused ${happenedText({ kind: 'logged', at: Math.max(...logged) }, found)}`;
  }
  return refusals.length > 0 ? `${startsRefused(refusals)} ${happenedText({ kind: 'counted' }, found)}` : undefined;
}

function startsRefused(refusals: readonly Refusal[]): string {
  const times = timesOf(refusals);
  return times === 1 ? 'a new thread or process was refused' : `${times} new threads or processes were refused`;
}

function timesOf(refusals: readonly Refusal[]): number {
  return refusals.reduce((sum, { times }) => sum + times, 0);
}

function figures({ path, tasks }: LimitedTasks, { machine: { version } }: Case): readonly Evidence[] {
  const { current, max, peak } = tasks;
  return [
    { source: cgroupFile(version, path, 'pids.current'), figure: `${current}; pids.max ${max}` },
    ...(peak === undefined ? [] : [{ source: cgroupFile(version, path, 'pids.peak'), figure: String(peak) }]),
  ];
}

function refusalFigure({ path, happened, times }: Refusal, found: Case): Evidence {
  if (happened.kind === 'logged') {
    const figure = `${momentText(happened.at)}: fork rejected by pids controller in ${path}`;
    return { source: 'journalctl --dmesg', figure };
  }
  const sign = happened.kind === 'watched' ? '+' : '';
  return {
    source: cgroupFile(found.machine.version, path, 'pids.events'),
    figure: `max ${sign}${times} ${happenedText(happened, found)}`,
  };
}

/** The next power of two that is at least twice as much: limits that grow by little are reached again tomorrow. */
function wantedTasks({ level, tasks: { max } }: LimitedTasks, { resolved }: Case): number {
  const floor = level === 'group' || level === 'account' ? resolved.site.minTasksMax : 1;
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(2 * max, floor, 1)));
  return Math.min(wanted, MOST_TASKS);
}

/** PID_MAX_LIMIT of the kernel: proc_sys_kernel(5). */
const MOST_TASKS = 4_194_304;

function isNearlyFull(meter: LimitedTasks): boolean {
  return !isFull(meter) && meter.tasks.current >= NEARLY * meter.tasks.max;
}

const NEARLY = 0.9;

function useText({ tasks: { current, max } }: LimitedTasks): string {
  return `${current} of the ${max} tasks it may have`;
}

function sawText(limited: readonly LimitedTasks[], found: Case): string {
  const [most] = [...limited].sort((a, b) => b.tasks.current / b.tasks.max - a.tasks.current / a.tasks.max);
  return most ? `at most ${useText(most)}: ${cgroupName(most, found)}` : 'nothing has a limit of tasks';
}

/** What is over can be seen as long as the kernel keeps the most that there were; otherwise, only its log has it. */
function unknownIn(limited: readonly LimitedTasks[], found: Case): readonly Unknown[] {
  const { meters, facts } = found;
  if (meters.length > 0 && meters.every(({ tasks }) => tasks === undefined)) {
    return [{ why: 'the kernel counts no tasks here: the controller pids is not at work' }];
  }
  if (limited.every(({ tasks }) => tasks.peak !== undefined)) return [];
  const before = `what was refused before these ${found.window.toFixed(1)} s, to programs that are gone, is only in the kernel's log`;
  return unknownOf(facts.kernelLog).map(({ why, wayOut: way }) => {
    return { why: `${before}: ${why}`, ...(way !== undefined && { wayOut: way }) };
  });
}
