import { join } from 'node:path';
import {
  CONFIG_FOLDER,
  DEPLOY_KEY,
  type Ingredients,
  KNOWN_HOSTS,
  OPENPGP_FOLDER,
  PUBLIC_KEY_FILE,
  SIGNERS,
} from '../follow/installation.ts';
import { readRemote } from '../follow/remote.ts';
import { UNKNOWN } from '../follow/standing.ts';
import { changes } from '../follow/step.ts';
import { readLastRecord } from '../host/history.ts';
import { loadConfig } from '../host/host-config.ts';
import { readInput, readProgram } from '../host/input-file.ts';
import { type Checked, checkImage, checkMachine } from '../host/install-checks.ts';
import { isThere, namesIn } from '../host/installed-files.ts';
import { directoryReader } from '../host/unit-folder.ts';
import { findingsText } from '../report/findings.ts';
import { followsText, reachingText } from '../report/install-words.ts';
import type { Paint } from '../report/paint.ts';
import { printable } from '../report/printable.ts';
import { stepsText } from '../report/steps.ts';
import type { Answer } from './command.ts';
import { EXIT } from './exit-code.ts';
import { chooseConfig, type InstallOptions, readKeys } from './install-options.ts';
import { type InstallTarget, installTasks } from './installing.ts';
import { perform } from './perform.ts';
import { UsageError } from './usage-error.ts';
import { waitForLock } from './wait-for-lock.ts';

/** An installation that can be shown and carried out, or the answer if there is none. */
export type Prepared =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | {
      readonly kind: 'ready';
      /** All that would be done. */
      readonly shown: string;
      /** Does it, and gives what is said afterwards. Throws LockHeld, HostRefusal and HostFailure. */
      carryOut(): Promise<string>;
    };

/** Looks at everything before anything is written. Throws UsageError, HostRefusal and HostFailure. */
export async function prepareInstallation(options: InstallOptions, now: Date, paint: Paint): Promise<Prepared> {
  const root = directoryReader(options.root ?? '/').root;
  const found = loadConfig(root);
  if (found.kind === 'errors') {
    const text = findingsText(found.findings, (file) => file, paint);
    const stderr = `${text}the configuration has errors: nothing was changed\n`;
    return { kind: 'answer', answer: { exitCode: EXIT.policyErrors, stderr } };
  }
  const { config, text } = chooseConfig(found, options);
  const keys = readKeys(options);
  const node = process.execPath;
  const parts: Ingredients = { config, configText: text, program: readProgram(), node, keys };
  const { obstacles, notes } = await look(options, parts);
  if (obstacles.length > 0) return { kind: 'answer', answer: refused(obstacles) };
  const standing = (await readLastRecord(root))?.standing ?? UNKNOWN;
  const target = { root, live: options.root === undefined, now, configured: found.kind === 'config', standing };
  const tasks = await installTasks(target, parts);
  if (!tasks.some(changes)) {
    return { kind: 'answer', answer: { exitCode: EXIT.done, stdout: `${notesText(notes, target)}nothing to do\n` } };
  }
  return {
    kind: 'ready',
    shown: `${stepsText(tasks, paint)}\n${followsText(config)}${notesText(notes, target)}`,
    carryOut: async () => {
      const hadKey = await isThere(root, `${CONFIG_FOLDER}/${DEPLOY_KEY}`);
      await waitForLock(root, () => perform(tasks, 'run install'));
      return `\ninstalled\n${await leftToDo(root, parts, hadKey)}`;
    },
  };
}

async function look({ root }: InstallOptions, { config, node, keys }: Ingredients): Promise<Checked> {
  if (config.trust === 'signed' && !(await hasSigners(root ?? '/', keys))) {
    const way = '--signers FILE or --openpgp-key FILE';
    throw new UsageError(`${way} is missing: with trust signed and no key, every commit is refused`, 'install');
  }
  return root === undefined ? await checkMachine(node, config.metricsFolder) : checkImage(root, node);
}

function refused(obstacles: readonly string[]): Answer {
  const lines = obstacles.map((obstacle) => `refused: ${printable(obstacle)}\n`).join('');
  return { exitCode: EXIT.refused, stderr: `${lines}nothing was changed\n` };
}

async function hasSigners(root: string, keys: Ingredients['keys']): Promise<boolean> {
  if (Object.keys(keys).some((name) => name === SIGNERS || name.startsWith(`${OPENPGP_FOLDER}/`))) return true;
  const listed = await namesIn(root, `${CONFIG_FOLDER}/${OPENPGP_FOLDER}`);
  return listed.some((name) => name.endsWith('.asc')) || (await isThere(root, `${CONFIG_FOLDER}/${SIGNERS}`));
}

function notesText(notes: readonly string[], { configured, standing }: InstallTarget): string {
  const lost =
    configured && !standing.anchor
      ? ['the history of this host is gone, and with it which commit it trusts: say so with ds01-policy trust COMMIT']
      : [];
  return [...notes, ...lost].map((note) => `note: ${note}\n`).join('');
}

async function leftToDo(root: string, { config, keys }: Ingredients, hadKey: boolean): Promise<string> {
  const remote = readRemote(config.remote);
  if (!remote.ok || remote.value.kind !== 'ssh') return '';
  const made = !hadKey && !(DEPLOY_KEY in keys);
  return reachingText({
    remote: remote.value,
    ...(made && { publicKey: readInput(join(root, PUBLIC_KEY_FILE)) }),
    knownHosts: await isThere(root, `${CONFIG_FOLDER}/${KNOWN_HOSTS}`),
  });
}
