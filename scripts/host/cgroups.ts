import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupSlice, CgroupSurvey } from '../units/live.ts';
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
import type { LiveQuestion } from './unit-folder.ts';

/** Reads what the kernel shows of a site's slices. Throws HostFailure. */
export function readCgroups({ site, cgroupFiles, devices }: LiveQuestion, root = CGROUPS): CgroupSurvey {
  try {
    const hierarchies = findHierarchies(cgroupFiles, root);
    return {
      version: hierarchies.version,
      at: performance.now(),
      slices: readSlices(hierarchies, `${site}.slice`),
      devices: new Map(devices.map(readDevice).filter((device) => device !== undefined)),
    };
  } catch (error) {
    throw new HostFailure(`read ${root}`, 'untouched', error);
  }
}

function readSlices(hierarchies: Hierarchies, path: string): readonly CgroupSlice[] {
  const { main } = hierarchies;
  const children = listEntries(join(main, path))?.folders;
  if (!children) return [];
  const slices = children.filter((name) => name.endsWith('.slice'));
  const below = slices.flatMap((name) => readSlices(hierarchies, `${path}/${name}`));
  // What somebody has closed, somebody is in.
  const isAtWork = (name: string) => unlessForbidden(() => isPopulated(join(main, path, name))) ?? true;
  const work = children.filter((name) => !name.endsWith('.slice') && isAtWork(name));
  const attributes = readCgroupFiles(hierarchies, path);
  const populated = isPopulated(join(main, path));
  return [{ name: path.replace(/^.*[/]/, ''), attributes, work, populated }, ...below];
}

// The kernel counts what is below, too; where it does not say (cgroup v1), somebody has to look.
function isPopulated(folder: string): boolean {
  const events = readUnlessGone(join(folder, 'cgroup.events'));
  if (events !== undefined) return /^populated 1$/m.test(events);
  if ((readUnlessGone(join(folder, 'cgroup.procs')) ?? '') !== '') return true;
  return (listEntries(folder)?.folders ?? []).some((name) => isPopulated(join(folder, name)));
}

// systemd limits the whole disk that a partition is on: systemd.resource-control(5), IOReadBandwidthMax=.
function readDevice(path: string): readonly [string, string] | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isBlockDevice()) return undefined;
  // The numbers as glibc packs them: makedev(3).
  const [major, minor] = [(stats.rdev >>> 8) & 0xfff, (stats.rdev & 0xff) | ((stats.rdev >>> 12) & 0xfff00)];
  const disk = readUnlessGone(`/sys/dev/block/${major}:${minor}/../dev`);
  const partition = existsSync(`/sys/dev/block/${major}:${minor}/partition`);
  return [path, partition && disk !== undefined ? disk.trim() : `${major}:${minor}`];
}
