import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILE, type Config } from '../follow/config.ts';
import { readConfig } from '../follow/config-document.ts';
import type { Finding } from '../policy/finding.ts';
import { HostFailure, HostRefusal, ignoreMissing } from './host-failure.ts';

/** The configuration of a host as it was found, with its text; without any, the host follows no repository. */
export type FoundConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'config'; readonly config: Config; readonly text: string }
  | { readonly kind: 'errors'; readonly findings: readonly Finding[]; readonly text: string };

const LARGEST = 64 * 1024;

/** Reads the configuration of a host. Throws HostRefusal if something else is in its place, and HostFailure. */
export function loadConfig(root: string): FoundConfig {
  const path = join(root, CONFIG_FILE);
  const text = readPlainFile(path);
  if (text === undefined) return { kind: 'none' };
  const { config, findings } = readConfig(`/${CONFIG_FILE}`, text);
  return config ? { kind: 'config', config, text } : { kind: 'errors', findings, text };
}

/** Refuses a configuration that is for another machine: this one may be a clone of it. Throws HostRefusal. */
export function assertMachine(root: string, { machineId, host }: Config): void {
  if (machineId === undefined) return;
  const here = readMachineId(root);
  if (here === machineId) return;
  const which = here === undefined ? 'this machine has none' : `this machine is "${here}"`;
  throw new HostRefusal(
    `the configuration is for machine_id "${machineId}", host "${host}", and ${which}: a clone would follow the policy of ` +
      'another host; ds01-policy install --host NAME says which host this is',
  );
}

/** The id of this machine, if it has one yet: machine-id(5). Throws HostFailure. */
export function readMachineId(root: string): string | undefined {
  const text = readPlainFile(join(root, 'etc/machine-id')) ?? '';
  return /^[0-9a-f]{32}\n?$/.test(text) ? text.slice(0, 32) : undefined;
}

// Bytes that are no text become characters that the reader of the text refuses.
function readPlainFile(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openUnlessMissing(path);
    if (file === undefined) return undefined;
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new HostRefusal(`${path} is not a file: put the file itself there`);
    if (stats.size > LARGEST) throw new HostRefusal(`${path} is larger than 64 KiB: it cannot be what it should be`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') {
      throw new HostRefusal(`${path} is a symbolic link: put the file itself there`);
    }
    throw error instanceof HostRefusal ? error : new HostFailure(`read ${path}`, 'untouched', error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function openUnlessMissing(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return ignoreMissing(error);
  }
}
