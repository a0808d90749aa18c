import type { Look } from './sighting.ts';

/**
 * The whole path of a file of a cgroup, for people, as in `/sys/fs/cgroup/ds01.slice/cpu.stat`. On cgroup v1 each controller
 * has a tree of its own, and its name is what the file's begins with (admin-guide/cgroup-v1 of the kernel).
 */
export function cgroupFile(version: Look['version'], path: string, file: string): string {
  const folder = path === '/' ? '' : path;
  return `/sys/fs/cgroup${version === 'v2' ? '' : `/${controllerOf(file)}`}${folder}/${file}`;
}

// What belongs to no controller is in the tree that systemd keeps for itself.
function controllerOf(file: string): string {
  const [controller = ''] = file.split('.', 1);
  return controller === 'cgroup' ? 'systemd' : controller;
}
