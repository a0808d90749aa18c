import type { Look } from '../diagnosis/sighting.ts';
import { CGROUPS, findHierarchies } from './cgroup-tree.ts';
import { HostFailure } from './host-failure.ts';
import { readCgroupTree } from './look.ts';

// What says how much of its limits a cgroup uses, and what comes of it.
const USE_FILES = {
  v2: [
    ...['cpu.max', 'cpu.pressure', 'cpu.stat', 'io.pressure', 'memory.current', 'memory.events', 'memory.high'],
    ...['memory.max', 'memory.pressure', 'memory.stat', 'pids.current', 'pids.events', 'pids.max'],
  ],
  v1: {
    cpu: ['cpu.cfs_period_us', 'cpu.cfs_quota_us', 'cpu.stat'],
    cpuacct: ['cpuacct.usage'],
    memory: [
      ...['memory.failcnt', 'memory.limit_in_bytes', 'memory.oom_control', 'memory.stat', 'memory.usage_in_bytes'],
    ],
    pids: ['pids.current', 'pids.events', 'pids.max'],
  },
};

/**
 * Looks only at what the cgroups that somebody wants use, without processes and the machine as a whole: cheap enough to do
 * it every other second. Throws HostFailure.
 */
export function lookAtUse(isWanted: (path: string) => boolean, cgroups = CGROUPS): Look {
  try {
    const hierarchies = findHierarchies(USE_FILES, cgroups);
    const at = performance.now();
    const found = readCgroupTree(hierarchies, isWanted);
    return { at, version: hierarchies.version, cgroups: found, processes: [], proc: new Map() };
  } catch (error) {
    throw new HostFailure(`look at ${cgroups}`, 'untouched', error);
  }
}
