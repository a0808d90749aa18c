import { CONFIG_FILE } from '../follow/config.ts';
import { configText } from '../follow/config-text.ts';
import {
  CONFIG_FOLDER,
  DEPLOY_KEY,
  KNOWN_HOSTS,
  OPENPGP_FOLDER,
  PROGRAM_FILE,
  PUBLIC_KEY_FILE,
  SIGNERS,
  TIMER_LINKS,
  UNIT_PATHS,
  USER_FILE,
} from '../follow/installation.ts';
import { RUN_REPORT_FILE } from '../follow/run-report.ts';
import { FETCH_USER, LAUNCHER, SERVICES, TIMERS } from '../follow/service-units.ts';
import { backupFolder, keepCopies } from '../host/backup.ts';
import { hasUser } from '../host/fetch-user.ts';
import { appendEvent } from '../host/history.ts';
import { type FoundConfig, loadConfig } from '../host/host-config.ts';
import { isThere, namesIn, removeEmptyFolder, removeInstalled, removeTree } from '../host/installed-files.ts';
import { loginName } from '../host/login.ts';
import { controlUnits } from '../host/service-control.ts';
import { systemd } from '../host/systemd.ts';
import { type HostReader, STATE_FOLDER } from '../host/unit-folder.ts';
import type { Task } from './perform.ts';
import { ownUnits, restoreSlices, restoringChanges } from './restore-slices.ts';

/** What becomes of the limits when nobody applies policy any more. */
export type SlicesChoice = 'leave' | 'restore';

/** Where the unprivileged step keeps its copy of the repository, relative to the root. */
const FETCH_FOLDER = 'var/lib/ds01-policy-fetch';

/**
 * All that is to do for a host to follow no repository any more, in an order in which it can be taken up again. Empty
 * if nothing is installed. Throws HostRefusal and HostFailure.
 */
export async function uninstallTasks(reader: HostReader, slices: SlicesChoice, now: Date): Promise<readonly Task[]> {
  const { root } = reader;
  const links = await removals(
    root,
    TIMER_LINKS.map(({ path }) => path),
  );
  const units = await removals(root, UNIT_PATHS);
  const files = await removals(root, [...(await keyPaths(root)), RUN_REPORT_FILE, USER_FILE, LAUNCHER.slice(1)]);
  const config = await configTasks(root, now);
  // The program is the last: as long as it is there, it can be called once more.
  const program = await removals(root, [PROGRAM_FILE]);
  const mirror = await mirrorTask(root);
  const anything = [links, units, files, config, program, mirror].some(({ length }) => length > 0);
  if (!anything) return [];
  return [
    ...(await sliceTasks(reader, slices, now)),
    ...(reader.live && units.length > 0 ? [STOP] : []),
    ...links,
    ...units,
    ...(reader.live ? [RELOAD] : []),
    ...config,
    ...files,
    ...mirror,
    ...program,
    ...(await leftovers(root)),
  ];
}

const STOP: Task = {
  kind: 'do',
  what: `stop ${TIMERS.join(' and ')}, and a run that is under way`,
  run: () => controlUnits('stop', [...TIMERS, ...SERVICES]),
};
const RELOAD: Task = { kind: 'do', what: 'have systemd read its units again', run: () => systemd.reload() };

async function sliceTasks(reader: HostReader, slices: SlicesChoice, now: Date): Promise<readonly Task[]> {
  const own = ownUnits(reader);
  if (own.length === 0) return [];
  if (slices === 'leave') return [{ kind: 'keep', what: `the slices and their limits, ${own.length} files` }];
  const changes = await restoringChanges(reader);
  const back = changes.filter(({ kind }) => kind === 'update').length;
  const what = `the slices: ${back} files as they were before, ${changes.length - back} removed, none stopped`;
  const word = { by: loginName(), reason: 'ds01-policy was uninstalled' };
  return [{ kind: 'do', what, run: () => restoreSlices(reader, changes, now, word) }];
}

async function removals(root: string, paths: readonly string[]): Promise<readonly Task[]> {
  const there = await Promise.all(paths.map((path) => isThere(root, path)));
  return paths
    .filter((_, index) => there[index])
    .map((path) => ({ kind: 'remove', what: `/${path}`, run: () => removeWithFolder(root, path) }));
}

// The folders that are this program's own go with the last file in them.
async function removeWithFolder(root: string, path: string): Promise<void> {
  await removeInstalled(root, path);
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (OWN_FOLDERS.includes(folder)) await removeEmptyFolder(root, folder);
}

const OWN_FOLDERS: readonly string[] = [
  CONFIG_FOLDER,
  `${CONFIG_FOLDER}/${OPENPGP_FOLDER}`,
  PROGRAM_FILE.slice(0, PROGRAM_FILE.lastIndexOf('/')),
  RUN_REPORT_FILE.slice(0, RUN_REPORT_FILE.lastIndexOf('/')),
];

async function keyPaths(root: string): Promise<readonly string[]> {
  const folder = `${CONFIG_FOLDER}/${OPENPGP_FOLDER}`;
  const keys = (await namesIn(root, folder)).filter((name) => name.endsWith('.asc')).map((name) => `${folder}/${name}`);
  return [...keys, ...[DEPLOY_KEY, KNOWN_HOSTS, SIGNERS].map((name) => `${CONFIG_FOLDER}/${name}`), PUBLIC_KEY_FILE];
}

async function configTasks(root: string, now: Date): Promise<readonly Task[]> {
  const found = loadConfig(root);
  if (found.kind === 'none') return [];
  const event = { version: 1, at: now.toISOString(), kind: 'uninstall', by: loginName() } as const;
  const remote = found.kind === 'config' ? found.config.remote : '';
  const path = `/${CONFIG_FILE}`;
  const edited = isEdited(found);
  const folder = backupFolder(now);
  const run = async () => {
    // In the history before it is done: an entry too many is better than one too few.
    await appendEvent(root, { ...event, remote });
    if (edited) {
      const copy = [{ kind: 'clear', path, before: found.text }] as const;
      await keepCopies(root, folder, copy, new Map([[path, Buffer.from(found.text)]]));
    }
    await removeWithFolder(root, CONFIG_FILE);
  };
  const words = edited ? `, which was edited by hand; a copy stays in /${STATE_FOLDER}/${folder}` : '';
  return [{ kind: 'remove', what: `${path}${words}`, run }];
}

function isEdited(found: Exclude<FoundConfig, { kind: 'none' }>): boolean {
  return found.kind === 'errors' || configText(found.config) !== found.text;
}

async function mirrorTask(root: string): Promise<readonly Task[]> {
  if (!(await isThere(root, FETCH_FOLDER))) return [];
  const what = `/${FETCH_FOLDER}, the copy of the repository`;
  return [{ kind: 'remove', what, run: () => removeTree(root, FETCH_FOLDER) }];
}

async function leftovers(root: string): Promise<readonly Task[]> {
  const known = [...(await keyPaths(root)), CONFIG_FILE, `${CONFIG_FOLDER}/${OPENPGP_FOLDER}`];
  const names = await namesIn(root, CONFIG_FOLDER);
  const others = names.map((name) => `${CONFIG_FOLDER}/${name}`).filter((path) => !known.includes(path));
  return [
    ...others.map((path) => ({ kind: 'keep', what: `/${path}` }) as const),
    ...((await isThere(root, STATE_FOLDER))
      ? ([{ kind: 'keep', what: `/${STATE_FOLDER}, the history and all copies` }] as const)
      : []),
    ...((await hasUser(root, FETCH_USER)) ? ([{ kind: 'keep', what: `user ${FETCH_USER}` }] as const) : []),
  ];
}
