import { join } from 'node:path';
import type { CgroupTexts, Look } from '../diagnosis/sighting.ts';
import {
  CGROUPS,
  findHierarchies,
  type Hierarchies,
  listEntries,
  readCgroupFiles,
  readUnlessGone,
  unlessForbidden,
} from './cgroup-tree.ts';
import { HostFailure } from './host-failure.ts';
import { readProcesses } from './processes.ts';

/** Folders that the kernel shows itself in. */
export interface KernelFolders {
  readonly cgroups: string;
  readonly proc: string;
}

const KERNEL: KernelFolders = { cgroups: CGROUPS, proc: '/proc' };

// Control Group v2 and Control Group v1 of the kernel's documentation (admin-guide) say what is in each.
const CGROUP_FILES = {
  v2: [
    ...['cgroup.controllers', 'cgroup.events', 'cgroup.subtree_control', 'cpu.max', 'cpu.pressure', 'cpu.stat'],
    ...['io.max', 'io.pressure', 'io.stat', 'memory.current', 'memory.events', 'memory.high', 'memory.max'],
    ...['memory.pressure', 'memory.stat', 'memory.swap.max', 'pids.current', 'pids.events', 'pids.max', 'pids.peak'],
  ],
  v1: {
    cpu: ['cpu.cfs_period_us', 'cpu.cfs_quota_us', 'cpu.shares', 'cpu.stat'],
    cpuacct: ['cpuacct.usage'],
    memory: [
      ...['memory.failcnt', 'memory.limit_in_bytes', 'memory.oom_control', 'memory.stat', 'memory.usage_in_bytes'],
    ],
    pids: ['pids.current', 'pids.events', 'pids.max', 'pids.peak'],
    blkio: [
      ...['blkio.throttle.io_service_bytes', 'blkio.throttle.io_service_bytes_recursive'],
      ...['blkio.throttle.read_bps_device', 'blkio.throttle.write_bps_device'],
    ],
  },
};

const PROC_FILES = [
  ...['diskstats', 'meminfo', 'pressure/cpu', 'pressure/io', 'pressure/memory'],
  ...['sys/kernel/pid_max', 'sys/kernel/threads-max'],
];

/**
 * Looks at the whole machine once: all cgroups, all processes, and what the kernel counts for everybody together. Takes
 * some milliseconds, in which nothing is paused: what is there at the end may not have been at the beginning. Throws
 * HostFailure.
 */
export function look({ cgroups, proc }: KernelFolders = KERNEL): Look {
  try {
    const hierarchies = findHierarchies(CGROUP_FILES, cgroups);
    const at = performance.now();
    return {
      at,
      version: hierarchies.version,
      cgroups: readCgroupTree(hierarchies),
      processes: readProcesses(proc, hierarchies.version),
      proc: new Map(
        PROC_FILES.flatMap((name) => {
          const text = readUnlessGone(join(proc, name));
          return text === undefined ? [] : [[name, text.trimEnd()] as const];
        }),
      ),
    };
  } catch (error) {
    throw new HostFailure(`look at ${cgroups} and ${proc}`, 'untouched', error);
  }
}

/**
 * All cgroups of a machine, each before those in it; the files only of those that somebody wants. Throws where there are none:
 * nobody may take that for a machine on which nothing is limited.
 */
export function readCgroupTree(
  hierarchies: Hierarchies,
  isWanted: (path: string) => boolean = () => true,
): readonly CgroupTexts[] {
  const found: CgroupTexts[] = [];
  const look = (path: string): readonly string[] => {
    const entries = listEntries(join(hierarchies.main, path));
    if (entries) found.push({ path, files: isWanted(path) ? readCgroupFiles(hierarchies, path) : new Map() });
    return entries?.folders ?? [];
  };
  const add = (path: string): void => {
    if (!WORK.test(path)) for (const name of look(path)) add(`${path === '/' ? '' : path}/${name}`);
    // Of what is closed, it is known that it is there.
    else if (!unlessForbidden(() => look(path))) found.push({ path, files: new Map() });
  };
  add('/');
  if (found.length === 0) throw new Error(`there are no cgroups in ${hierarchies.main}`);
  return found;
}

// What is in a service, a scope, or a container of Docker's without systemd divides itself, and as much as it likes.
const WORK = /([.]service|[.]scope|[/][0-9a-f]{64})$/;
