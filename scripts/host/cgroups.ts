import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupSlice, CgroupSurvey } from '../units/live.ts';
import { HostFailure } from './host-failure.ts';
import type { LiveQuestion } from './unit-folder.ts';

const CGROUPS = '/sys/fs/cgroup';

/**
 * Reads what the kernel shows of a site's slices. On cgroup v2 there is one tree; on v1, and on hybrid hosts, one for each
 * controller, and systemd's own, which says what runs (cgroups(7)). Throws HostFailure.
 */
export function readCgroups({ site, cgroupFiles, devices }: LiveQuestion): CgroupSurvey {
  try {
    const unified = existsSync(join(CGROUPS, 'cgroup.controllers'));
    const trees = unified ? [{ folder: CGROUPS, files: cgroupFiles.v2 }] : controllerTrees(cgroupFiles.v1);
    const main = unified ? CGROUPS : join(CGROUPS, existsSync(join(CGROUPS, 'systemd')) ? 'systemd' : 'unified');
    return {
      version: unified ? 'v2' : 'v1',
      at: performance.now(),
      slices: readSlices(main, `${site}.slice`, trees),
      devices: new Map(devices.map(readDevice).filter((device) => device !== undefined)),
    };
  } catch (error) {
    throw new HostFailure(`read ${CGROUPS}`, 'untouched', error);
  }
}

interface Tree {
  readonly folder: string;
  readonly files: readonly string[];
}

function controllerTrees(files: LiveQuestion['cgroupFiles']['v1']): readonly Tree[] {
  return Object.entries(files).map(([controller, names]) => ({ folder: join(CGROUPS, controller), files: names }));
}

function readSlices(main: string, path: string, trees: readonly Tree[]): readonly CgroupSlice[] {
  const children = listFolders(join(main, path));
  if (!children) return [];
  const slices = children.filter((name) => name.endsWith('.slice'));
  const below = slices.flatMap((name) => readSlices(main, `${path}/${name}`, trees));
  const work = children.filter((name) => !name.endsWith('.slice') && isPopulated(join(main, path, name)));
  const attributes = trees.flatMap(({ folder, files }) => readAttributes(join(folder, path), files));
  const populated = isPopulated(join(main, path));
  return [
    { name: path.replace(/^.*[/]/, ''), attributes: new Map(attributes), work: work.sort(), populated },
    ...below,
  ];
}

function readAttributes(folder: string, files: readonly string[]): readonly (readonly [string, string])[] {
  return files.flatMap((name) => {
    const text = readUnlessGone(join(folder, name));
    return text === undefined ? [] : [[name, text.trimEnd()] as const];
  });
}

// The kernel counts what is below, too; where it does not say (cgroup v1), somebody has to look.
function isPopulated(folder: string): boolean {
  const events = readUnlessGone(join(folder, 'cgroup.events'));
  if (events !== undefined) return /^populated 1$/m.test(events);
  if ((readUnlessGone(join(folder, 'cgroup.procs')) ?? '') !== '') return true;
  return (listFolders(folder) ?? []).some((name) => isPopulated(join(folder, name)));
}

function listFolders(folder: string): readonly string[] | undefined {
  const entries = unlessGone(() => readdirSync(folder, { withFileTypes: true }));
  return entries?.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function readUnlessGone(path: string): string | undefined {
  return unlessGone(() => readFileSync(path, 'utf8'));
}

// A cgroup goes with its last process, also while somebody looks; ENODEV is what a file of a cgroup says that is gone.
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ENODEV', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

// systemd limits the whole disk that a partition is on: systemd.resource-control(5), IOReadBandwidthMax=.
function readDevice(path: string): readonly [string, string] | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isBlockDevice()) return undefined;
  // The numbers as glibc packs them: makedev(3).
  const [major, minor] = [(stats.rdev >>> 8) & 0xfff, (stats.rdev & 0xff) | ((stats.rdev >>> 12) & 0xfff00)];
  const disk = unlessGone(() => readFileSync(`/sys/dev/block/${major}:${minor}/../dev`, 'utf8'));
  const partition = existsSync(`/sys/dev/block/${major}:${minor}/partition`);
  return [path, partition && disk !== undefined ? disk.trim() : `${major}:${minor}`];
}
