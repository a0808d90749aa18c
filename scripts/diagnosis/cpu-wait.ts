import type { Case } from './case.ts';
import { cgroupName } from './cgroup-words.ts';
import { innermost, wayUp } from './cgroups-around.ts';
import type { Cause } from './check.ts';
import { type CpuUser, cpuUserFigure, cpuUsers, cpuUserText } from './cpu-users.ts';
import { coresText } from './figures.ts';
import { idleCores } from './idle-cores.ts';
import { lessCpu, weightsText } from './less-cpu.ts';
import { isThrottled } from './throttling.ts';
import { inQuestion, type Waiter, waitersFor, waitersText, waitFigures, weightOfWait } from './waiters.ts';

/** From this share of the time on, others who compute at the same time are felt. */
const FELT = 0.3;
/** With idle cores, somebody always waits for a moment: only what waits most of the time is held to some of them. */
const FELT_WHILE_IDLE = 0.6;
const IDLE = 0.2;
const MOST_USERS = 3;

/** That work waits for a CPU although no quota holds it up: what is held up by one waits for a CPU as well. */
export function cpuWait(found: Case): Cause | undefined {
  const idle = idleCores(found);
  const isIdle = idle !== undefined && idle >= IDLE * found.machine.cpus;
  const waiters = waitersFor('cpu', isIdle ? FELT_WHILE_IDLE : FELT, found);
  const [first, ...others] = waiters.filter(({ meter }) => !wayUp(meter.path, found.all).some(isThrottled));
  if (!first) return undefined;
  const users = isIdle ? [] : cpuUsers(found.focus ? inQuestion(found) : [], found).slice(0, MOST_USERS);
  const { text, wayOut } = isIdle ? heldToSomeCores(idle, found) : explain(first, users, found);
  const waited: readonly [Waiter, ...Waiter[]] = [first, ...others];
  return {
    weight: weightOfWait(first.share),
    subject: cgroupName(first.meter, found),
    message: `${waitersText('cpu', waited, found)}, and no quota holds it up: ${text}`,
    evidence: [...waitFigures('cpu', waited, found), ...users.map(cpuUserFigure)],
    wayOut,
  };
}

interface Explained {
  readonly text: string;
  readonly wayOut: string;
}

function heldToSomeCores(idle: number, { machine }: Case): Explained {
  return {
    text: `about ${Math.floor(idle)} of the machine's ${coresText(machine.cpus)} had nothing to do, so most likely it may run on some of them only`,
    wayOut: 'look at allowed_cpus in policy, docker run --cpuset-cpus, and taskset -p PID; or start fewer threads',
  };
}

function explain({ meter }: Waiter, users: readonly CpuUser[], found: Case): Explained {
  const [top] = users;
  const own = found.focus ? ownCores(found) : 0;
  if (own > (top?.cores ?? 0)) {
    const cores = `${coresText(own)} of the machine's ${coresText(found.machine.cpus)}`;
    return {
      text: `it uses ${cores} itself, with more threads than there are cores`,
      wayOut: 'start fewer threads or workers, as with OMP_NUM_THREADS',
    };
  }
  if (!top) return { text: 'who computes instead is not seen here', wayOut: 'ds01-policy top shows who uses what' };
  const texts = users.map((user) => cpuUserText(user, found));
  const all = [...texts, weightsText(meter, top, found)].filter((text) => text !== undefined);
  return { text: all.join('; '), wayOut: lessCpu(meter, top, found) };
}

function ownCores(found: Case): number {
  return innermost(inQuestion(found)).reduce((sum, { cpu }) => sum + (cpu?.cores ?? 0), 0);
}
