import { CONFIG_FILE, type Config } from './config.ts';
import { FETCH_USER, LAUNCHER, SERVICES, serviceUnits, TIMERS } from './service-units.ts';

/** One file that install puts onto a host. */
export interface InstalledFile {
  /** Relative to the root. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Permissions, as in chmod(2). */
  readonly mode: number;
  /** The group that it belongs to; absent: root's. */
  readonly group?: string;
}

/** What an installation consists of, besides what follows from it. */
export interface Ingredients {
  readonly config: Config;
  /** The text of the configuration, with whatever somebody wrote into it. */
  readonly configText: string;
  /** This program, as one file. */
  readonly program: Uint8Array;
  /** Where node is on the host, absolute. */
  readonly node: string;
  /** Keys and lists of keys that were given, by the name that they get; absent ones stay as they are. */
  readonly keys: KeyFiles;
}

/** Texts of key files, by path below the folder of the configuration. */
export type KeyFiles = Readonly<Record<string, string>>;

/** The folder of the configuration and its keys, relative to the root. */
export const CONFIG_FOLDER = 'etc/ds01-policy';

/** The private key that the repository is reached with, in the folder of the configuration. */
export const DEPLOY_KEY = 'deploy-key';

/** The public half of a key that was made for this host, relative to the root. */
export const PUBLIC_KEY_FILE = `${CONFIG_FOLDER}/${DEPLOY_KEY}.pub`;

/** The keys of the hosts that the repository may be fetched from: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
export const KNOWN_HOSTS = 'known_hosts';

/** Who may sign commits: ssh-keygen(1), ALLOWED SIGNERS. */
export const SIGNERS = 'allowed-signers';

/** Folder of public OpenPGP keys of those who may sign commits. */
export const OPENPGP_FOLDER = 'openpgp-keys';

/** The program, relative to the root. */
export const PROGRAM_FILE = 'usr/local/lib/ds01-policy/ds01-policy.mjs';

/** What makes the user that fetches: sysusers.d(5). Relative to the root. */
export const USER_FILE = 'etc/sysusers.d/ds01-policy.conf';

const UNIT_FOLDER = 'etc/systemd/system';
const READABLE = 0o644;
const EXECUTABLE = 0o755;
/** What is secret is read by root, and by the user that fetches. */
const SECRET = 0o640;

/** The program and what starts it: what has to be there before anything else counts. */
export function programFiles({ program, node }: Ingredients): readonly InstalledFile[] {
  return [
    { path: PROGRAM_FILE, content: program, mode: READABLE },
    { path: LAUNCHER.slice(1), content: launcherText(node), mode: EXECUTABLE },
    { path: USER_FILE, content: `u ${FETCH_USER} - "fetches policy"\n`, mode: READABLE },
  ];
}

/** The keys that were given. */
export function keyFiles({ keys }: Pick<Ingredients, 'keys'>): readonly InstalledFile[] {
  return Object.entries(keys).map(([name, content]) => {
    const path = `${CONFIG_FOLDER}/${name}`;
    return name === DEPLOY_KEY ? { path, content, mode: SECRET, group: FETCH_USER } : { path, content, mode: READABLE };
  });
}

/** The configuration: with it, a host follows a repository. */
export function configFile({ configText }: Ingredients): InstalledFile {
  return { path: CONFIG_FILE, content: configText, mode: READABLE };
}

/** The units, which nothing starts yet. */
export function unitFiles({ config }: Ingredients): readonly InstalledFile[] {
  return serviceUnits(config).map(({ name, text }) => {
    return { path: `${UNIT_FOLDER}/${name}`, content: text, mode: READABLE };
  });
}

/** The units, relative to the root: timers first, so that nothing begins any more when they are taken away. */
export const UNIT_PATHS = [...TIMERS, ...SERVICES].map((name) => `${UNIT_FOLDER}/${name}`);

/** What has the timers start with the machine, as systemctl enable makes it: path relative to the root, and target. */
export const TIMER_LINKS: readonly { readonly path: string; readonly target: string }[] = TIMERS.map((name) => {
  return { path: `${UNIT_FOLDER}/timers.target.wants/${name}`, target: `/${UNIT_FOLDER}/${name}` };
});

/** Where a node can be that root starts: a path that the shell reads as it is. */
export const NODE_PATH = /^(\/[A-Za-z0-9_][A-Za-z0-9._+-]*)+$/;

function launcherText(node: string): string {
  return `#!/bin/sh\nexec ${node} /${PROGRAM_FILE} "$@"\n`;
}
