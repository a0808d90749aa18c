import { isWithin } from './cgroups-around.ts';
import type { KernelMessage } from './facts.ts';

/** A fork that the kernel refused: only the first one in each cgroup is in its log. */
export interface RefusedFork {
  readonly at: number;
  /** Where it was tried; whose limit it was, the kernel does not say. */
  readonly path: string;
}

/** A process that the kernel killed because there was no memory left. */
export interface OomKill {
  readonly at: number;
  /** The cgroup whose limit was reached; absent if it was the memory of the whole machine. */
  readonly limit?: string;
  /** The cgroup that the process was in. */
  readonly path: string;
  /** As the kernel calls it: whoever starts a process chooses it. */
  readonly name: string;
  readonly pid: number;
  readonly uid: number;
}

/** Forks that were refused, of the kernel's messages: kernel/cgroup/pids.c. */
export function refusedForks(messages: readonly KernelMessage[]): readonly RefusedFork[] {
  return messages.flatMap(({ at, text }) => {
    const [, path] = /^cgroup: fork rejected by pids controller in (\/.*)$/s.exec(text) ?? [];
    return path === undefined ? [] : [{ at, path }];
  });
}

/**
 * Processes that were killed for want of memory, of the kernel's messages since Linux 5.0: mm/oom_kill.c. A name of a process
 * has 15 characters at most, and any of them; what comes before and after it is the kernel's.
 */
export function oomKills(messages: readonly KernelMessage[]): readonly OomKill[] {
  return messages.flatMap(({ at, text }) => {
    const [, where = '', path = '', name = '', pid, uid] = OOM_KILL.exec(text) ?? [];
    const [, limit] = /,oom_memcg=(\/.*)$/s.exec(where) ?? [];
    const isComplete = limit === undefined ? where.endsWith(',global_oom') : isWithin(path, limit);
    if (!isComplete) return [];
    return [{ at, ...(limit !== undefined && { limit }), path, name, pid: Number(pid), uid: Number(uid) }];
  });
}

const OOM_KILL =
  /^oom-kill:constraint=CONSTRAINT_[A-Z_]+,(.*?),task_memcg=(\/.*?),task=(.{0,15}),pid=([0-9]{1,10}),uid=([0-9]{1,10})$/s;
