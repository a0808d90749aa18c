import { accessSync, constants, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NODE_PATH } from '../follow/installation.ts';
import { isRoot } from './installed-files.ts';
import { runsSystemd } from './live-host.ts';
import { systemdVersion } from './service-control.ts';

/** What speaks against an installation, in sentences: `obstacles` forbid it, `notes` are to be known. */
export interface Checked {
  readonly obstacles: readonly string[];
  readonly notes: readonly string[];
}

/** Programs that a host needs, and the package that each is in. */
const PROGRAMS = [
  ['git', 'git'],
  ['flock', 'util-linux'],
  ['systemctl', 'systemd'],
  ['systemd-analyze', 'systemd'],
] as const;
/** Where systemd looks for programs that a service starts: systemd.exec(5), PATH. */
const PATHS = ['usr/local/sbin', 'usr/local/bin', 'usr/sbin', 'usr/bin', 'sbin', 'bin'];
const OLDEST = { systemd: 245, node: [20, 19] } as const;
/** Folders that no service of ours sees: systemd.exec(5), ProtectHome=. */
const HOMES = /^\/(home|root|run\/user)\//;

/** Looks at this machine before anything is written. Throws HostFailure. */
export async function checkMachine(node: string, metricsFolder: string | undefined): Promise<Checked> {
  const version = runsSystemd() ? await systemdVersion() : undefined;
  const missing = missingPrograms('/');
  const obstacles = [
    ...(isRoot() ? [] : ['this is not root: call it with sudo']),
    ...(version === undefined ? ['systemd does not run this machine; --root DIR installs into a directory'] : []),
    ...(version !== undefined && version < OLDEST.systemd
      ? [`systemd ${version} is older than ${OLDEST.systemd}, the oldest that this works with`]
      : []),
    ...missing.map(([name, what]) => `${name} is not installed; it is in the package ${what}`),
    ...nodeObstacles(node, process.versions.node),
    ...(metricsFolder === undefined ? [] : metricsObstacles(metricsFolder)),
  ];
  return { obstacles, notes: [] };
}

/** Looks at a directory that becomes a machine: what is missing there may come later. */
export function checkImage(root: string, node: string): Checked {
  const programs = missingPrograms(root).map(([name]) => name);
  const missing = [...programs, ...(isExecutable(join(root, node)) ? [] : [node])];
  const notes = missing.length === 0 ? [] : [`not there yet, and needed: ${missing.join(', ')}`];
  return { obstacles: NODE_PATH.test(node) ? [] : [oddPath(node)], notes };
}

function missingPrograms(root: string) {
  return PROGRAMS.filter(([name]) => !hasProgram(root, name));
}

/** Whether a host has a program where services look for it. */
export function hasProgram(root: string, name: string): boolean {
  return PATHS.some((path) => isExecutable(join(root, path, name)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What speaks against a node that root would start every minute: whoever can write it, or a folder above, is root then. */
export function nodeObstacles(node: string, version: string): readonly string[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [least, leastMinor] = OLDEST.node;
  const old = major < least || (major === least && minor < leastMinor);
  return [
    ...(old ? [`node ${version} is older than ${OLDEST.node.join('.')}: install a newer one for all users`] : []),
    ...placeObstacles(node),
  ];
}

function placeObstacles(node: string): readonly string[] {
  if (HOMES.test(node)) return [`${node} is somebody's own: install node for all users, as in /usr/bin or /opt`];
  if (!NODE_PATH.test(node)) return [oddPath(node)];
  return pathsTo(node).flatMap(writableByOthers);
}

function oddPath(node: string): string {
  return `"${node}" is no path that a service could start: letters, digits, ".", "_", "+" and "-"`;
}

function pathsTo(path: string): readonly string[] {
  return path === '/' ? ['/'] : [...pathsTo(dirname(path)), path];
}

function writableByOthers(path: string): readonly string[] {
  const { uid, mode } = statSync(path);
  if (uid !== 0) return [`${path} belongs to user ${uid}, who would become root by it: install node as root`];
  const others = (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
  return others ? [`${path} can be written by others than root: chmod go-w ${path}`] : [];
}

// The service is root, but without the capability to write what belongs to somebody else.
function metricsObstacles(folder: string): readonly string[] {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats) return [`there is no folder ${folder} for metrics: install node_exporter, or leave --metrics out`];
  if (!stats.isDirectory()) return [`${folder} is not a folder`];
  return stats.uid === 0
    ? []
    : [`${folder} belongs to user ${stats.uid}: chown root ${folder}, so that the service can write there`];
}
