import {
  CONFIG_FOLDER,
  configFile,
  DEPLOY_KEY,
  type Ingredients,
  type InstalledFile,
  keyFiles,
  PUBLIC_KEY_FILE,
  programFiles,
  TIMER_LINKS,
  USER_FILE,
  unitFiles,
} from '../follow/installation.ts';
import type { Standing } from '../follow/record.ts';
import { readRemote } from '../follow/remote.ts';
import { FETCH_USER, SERVICES, TIMERS } from '../follow/service-units.ts';
import { changes } from '../follow/step.ts';
import { makeKeyPair } from '../host/deploy-key.ts';
import { groupNumber, hasUser, makeUsers } from '../host/fetch-user.ts';
import { appendEvent } from '../host/history.ts';
import { HostRefusal } from '../host/host-failure.ts';
import { hasProgram } from '../host/install-checks.ts';
import { compareInstalled, compareLink, isThere, writeInstalled, writeLink } from '../host/installed-files.ts';
import { loginName } from '../host/login.ts';
import { controlUnits, heldUnits } from '../host/service-control.ts';
import { systemd } from '../host/systemd.ts';
import type { Task } from './perform.ts';

/** The host that the program is installed on. */
export interface InstallTarget {
  /** `/`, or a directory that becomes the root of one. */
  readonly root: string;
  /** Whether systemd runs it. */
  readonly live: boolean;
  readonly now: Date;
  /** Whether it has followed a repository before. */
  readonly configured: boolean;
  readonly standing: Standing;
}

/**
 * All that is to do for a host to have these ingredients, in the order in which it can be ended anywhere and taken up
 * again: the configuration comes when all else is there, and the timers when it is. Throws HostRefusal and HostFailure.
 */
export async function installTasks(target: InstallTarget, parts: Ingredients): Promise<readonly Task[]> {
  const { root } = target;
  const files = [
    ...(await fileTasks(root, programFiles(parts))),
    await userTask(root),
    ...(await fileTasks(root, keyFiles(parts))),
    ...(await generatedKeyTasks(root, parts)),
  ];
  const units = await fileTasks(root, unitFiles(parts));
  const config = await fileTasks(root, [configFile(parts)]);
  const links = await linkTasks(root);
  const news = [...files, ...units, ...config, ...links].some(changes);
  return [
    ...files,
    ...units,
    ...entryTasks(target, parts, news),
    ...config,
    ...links,
    ...(target.live ? await liveTasks([...units, ...links].some(changes)) : []),
  ];
}

async function fileTasks(root: string, files: readonly InstalledFile[]): Promise<readonly Task[]> {
  return await Promise.all(files.map((file) => fileTask(root, file)));
}

async function fileTask(root: string, file: InstalledFile): Promise<Task> {
  // Whose the file is can be said when the user is made.
  const numberOf = async () => (file.group === undefined ? 0 : await groupNumber(root, file.group));
  const kind = await compareInstalled(root, file, (await numberOf()) ?? -1);
  return {
    kind,
    what: `/${file.path}`,
    run: async () => {
      const number = await numberOf();
      if (number === undefined) throw new Error(`there is no group "${file.group}" in /etc/group`);
      await writeInstalled(root, file, number);
    },
  };
}

async function userTask(root: string): Promise<Task> {
  const what = `user ${FETCH_USER}`;
  if (await hasUser(root, FETCH_USER)) return { kind: 'same', what };
  assertProgram('systemd-sysusers', 'systemd');
  const [file = ''] = USER_FILE.split('/').slice(-1);
  return { kind: 'create', what, run: () => makeUsers(root, file) };
}

async function generatedKeyTasks(root: string, { config, keys }: Ingredients): Promise<readonly Task[]> {
  const remote = readRemote(config.remote);
  const needed = remote.ok && remote.value.kind === 'ssh' && !(DEPLOY_KEY in keys);
  const path = `${CONFIG_FOLDER}/${DEPLOY_KEY}`;
  if (!needed || (await isThere(root, path))) return [];
  assertProgram('ssh-keygen', 'openssh-client');
  const run = async () => {
    const { privateKey, publicKey } = await makeKeyPair(`ds01-policy@${config.host}`);
    // The public half first: with the private one, the key is there.
    for (const file of [publicKeyFile(publicKey), ...keyFiles({ keys: { [DEPLOY_KEY]: privateKey } })]) {
      await (await fileTask(root, file)).run?.();
    }
  };
  return [{ kind: 'create', what: `/${path}, a new pair of keys`, run }];
}

// What this machine does for the host, which may be an image.
function assertProgram(name: string, what: string): void {
  if (!hasProgram('/', name)) throw new HostRefusal(`${name} is not installed here; it is in the package ${what}`);
}

function publicKeyFile(content: string): InstalledFile {
  return { path: PUBLIC_KEY_FILE, content, mode: 0o644 };
}

// A host whose history is gone is not given trust anew by this: somebody has to name a commit.
function entryTasks(target: InstallTarget, { config }: Ingredients, news: boolean): readonly Task[] {
  const { root, now, configured, standing } = target;
  if (!news || (configured && !standing.anchor)) return [];
  const what = standing.anchor ? 'history: installed again' : 'history: the first commit that comes is taken';
  const event = { version: 1, at: now.toISOString(), kind: 'install', by: loginName(), remote: config.remote } as const;
  const run = async () => {
    await appendEvent(root, event);
  };
  return [{ kind: 'do', what, run }];
}

async function linkTasks(root: string): Promise<readonly Task[]> {
  return await Promise.all(
    TIMER_LINKS.map(async ({ path, target }) => {
      const kind = await compareLink(root, path, target);
      return { kind, what: `/${path}`, run: () => writeLink(root, path, target) };
    }),
  );
}

async function liveTasks(changed: boolean): Promise<readonly Task[]> {
  const { stale } = await heldUnits([...TIMERS, ...SERVICES]);
  const { active } = await heldUnits(TIMERS);
  return [
    { kind: changed || stale ? 'do' : 'same', what: 'have systemd read its units again', run: () => systemd.reload() },
    { kind: active ? 'same' : 'do', what: `start ${TIMERS.join(' and ')}`, run: () => controlUnits('start', TIMERS) },
  ];
}
