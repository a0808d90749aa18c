import { bytes } from '../units/running.ts';
import type { Case } from './case.ts';
import { cgroupFile } from './cgroup-file.ts';
import { cgroupName, cgroupWithWhom } from './cgroup-words.ts';
import { wayUp } from './cgroups-around.ts';
import type { Cause, Evidence } from './check.ts';
import { happenedText, momentText, newestFirst, weightOfAll } from './happened.ts';
import type { Kill } from './kills.ts';
import { memoryHolders } from './memory-holders.ts';
import type { LimitedMemory } from './memory-limits.ts';
import { moreMemory } from './more-memory.ts';
import { isAsked } from './waiters.ts';
import { causingLimit } from './way-out.ts';

/** One cause for each limit because of which the kernel killed something, or for the whole machine. */
export function killCauses(kills: readonly Kill[], found: Case): readonly Cause[] {
  const byLimit = new Map<string, readonly [Kill, ...Kill[]]>();
  for (const kill of newestFirst(kills)) {
    const [first = kill, ...others] = byLimit.get(keyOf(kill)) ?? [];
    byLimit.set(keyOf(kill), first === kill ? [kill] : [first, ...others, kill]);
  }
  // Of what is as likely, what killed most of somebody's programs comes first.
  const most = [...byLimit.values()].sort((a, b) => timesOf(b, found) - timesOf(a, found));
  const causes = most.map((same) => ({
    weight: weightOf(same, found),
    ...saidOf(same, killedText(same, found), found),
    evidence: same.map((kill) => figureOf(kill, found)),
  }));
  // What is gone and happened long ago is nobody's complaint any more.
  return causes.filter(({ weight, limit }) => limit !== undefined || weight > OLD);
}

const OLD = 20;

/** Where a limit around somebody's work let others die, that work may be next, and is not what came to an end. */
const OTHERS = 50;

function weightOf(kills: readonly Kill[], found: Case): number {
  const weight = weightOfAll(kills, found.now);
  return found.focus && timesOf(kills, found) === 0 ? Math.min(weight, OTHERS) : weight;
}

function timesOf(kills: readonly Kill[], found: Case): number {
  return kills.reduce((sum, { times, path }) => sum + (isAsked(path, found) ? times : 0), 0);
}

function keyOf({ reached, path }: Kill): string {
  switch (reached.kind) {
    case 'limit':
      return reached.meter.path;
    case 'elsewhere':
      return reached.path;
    case 'machine':
      return reached.kind;
    case 'unknown':
      return `${reached.kind} ${path}`;
  }
}

type Said = Omit<Cause, 'weight' | 'evidence'>;

function saidOf(kills: readonly [Kill, ...Kill[]], killed: string, found: Case): Said {
  const [{ reached, path }] = kills;
  switch (reached.kind) {
    case 'limit':
      return aboutLimit(reached.meter, kills.some(isCertain), killed, found);
    case 'elsewhere':
      return aboutElsewhere(reached.path, killed, found);
    case 'machine':
      return aboutMachine(`the machine had no memory left, and the kernel killed ${killed}`, found);
    case 'unknown':
      return aboutMachine(
        `the kernel killed ${killed} in ${nameAt(path, found)}, and no limit around it counts that it was reached: most likely ` +
          'the machine had no memory left',
        found,
      );
  }
}

function isCertain({ reached }: Kill): boolean {
  return reached.kind === 'limit' && reached.isCertain;
}

function aboutLimit(meter: LimitedMemory, isKnown: boolean, killed: string, found: Case): Said {
  const reached = `${cgroupWithWhom(meter, found)} reached its limit of ${bytes(meter.memory.max)} of memory`;
  const likely = `the kernel killed ${killed}, most likely because ${reached}`;
  return {
    subject: cgroupName(meter, found),
    message: isKnown ? `${reached}, and the kernel killed ${killed}` : likely,
    limit: causingLimit(found.sourceOf(meter, 'MemoryMax')),
    wayOut: moreMemory(meter, 'MemoryMax', found),
  };
}

function aboutElsewhere(path: string, killed: string, found: Case): Said {
  const subject = nameAt(path, found);
  const isThere = found.all.some((meter) => meter.path === path);
  const limit = isThere
    ? `${subject} reached a limit of memory that it has no more`
    : `a limit of memory in ${subject} was reached`;
  return {
    subject,
    message: `${limit}, and the kernel killed ${killed}`,
    wayOut: isThere ? 'start the work again' : 'start the work again with more memory, as docker run --memory gives it',
  };
}

function aboutMachine(message: string, found: Case): Said {
  const [largest] = memoryHolders(found);
  const most = largest && `${cgroupName(largest, found)} holds the most, ${bytes(largest.memory.held)}: `;
  return {
    subject: 'the machine',
    message,
    wayOut: `${most ?? ''}run less at the same time, or let memory_max of the groups leave room for the machine itself`,
  };
}

/** What a cgroup is called; one that is gone, or is not looked at, by what is around it. */
function nameAt(path: string, found: Case): string {
  const [around] = wayUp(path, found.all);
  return around ? cgroupName(around, found) : path.replace(/^.*[/]/, '');
}

const NAMED = 3;

/** `3 processes in 5.0 s, "node" (pid 300) 3 min ago and 2 more`. */
function killedText(kills: readonly Kill[], found: Case): string {
  const parts = kills.map(({ process, happened, times }) => {
    const what = process ? `"${process.name}" (pid ${process.pid})` : times === 1 ? '1 process' : `${times} processes`;
    return `${what} ${happenedText(happened, found)}`;
  });
  const more = parts.length - NAMED;
  return parts.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function figureOf({ path, happened, times, process }: Kill, { machine: { version }, window, now }: Case): Evidence {
  if (process && happened.kind === 'logged') {
    const figure = `${momentText(happened.at)}: oom-kill of "${process.name}", pid ${process.pid}, in ${path}`;
    return { source: 'journalctl --dmesg', figure };
  }
  const file = cgroupFile(version, path, version === 'v2' ? 'memory.events' : 'memory.oom_control');
  const sign = happened.kind === 'watched' ? '+' : '';
  return { source: file, figure: `oom_kill ${sign}${times} ${happenedText(happened, { now, window })}` };
}
