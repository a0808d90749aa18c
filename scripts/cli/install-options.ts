import { hostname } from 'node:os';
import { basename } from 'node:path';
import type { Config } from '../follow/config.ts';
import { readConfig } from '../follow/config-document.ts';
import { editConfigText, firstConfigText, type Settings } from '../follow/config-text.ts';
import { DEPLOY_KEY, type KeyFiles, KNOWN_HOSTS, OPENPGP_FOLDER, SIGNERS } from '../follow/installation.ts';
import { assertMachine, type FoundConfig, readMachineId } from '../host/host-config.ts';
import { readInput } from '../host/input-file.ts';
import { UsageError } from './usage-error.ts';

/** What `install` is told, by option. */
export interface InstallOptions {
  readonly remote: string | undefined;
  readonly branch: string | undefined;
  readonly host: string | undefined;
  readonly interval: string | undefined;
  readonly trust: string | undefined;
  readonly drift: string | undefined;
  readonly metrics: string | undefined;
  readonly 'deploy-key': string | undefined;
  readonly 'known-hosts': string | undefined;
  readonly signers: string | undefined;
  readonly 'openpgp-key': string | undefined;
  readonly root: string | undefined;
}

/** A configuration with its text. */
export interface WrittenConfig {
  readonly config: Config;
  readonly text: string;
}

/**
 * The configuration that a host gets: the one that it has with what the options say otherwise, or a new one. Throws
 * UsageError for an option that cannot be, and HostRefusal for the configuration of another machine.
 */
export function chooseConfig(found: Exclude<FoundConfig, { kind: 'errors' }>, options: InstallOptions): WrittenConfig {
  const { remote, branch, host, interval, trust, drift, metrics, root } = options;
  if (found.kind === 'config' && host === undefined) assertMachine(root ?? '/', found.config);
  const machine = root === undefined ? { machine_id: readMachineId('/') } : {};
  const settings: Settings = { remote, branch, host, ...machine, interval, trust, drift, metrics };
  const text = found.kind === 'config' ? editConfigText(found.text, settings) : firstText(settings, root);
  const { config, findings } = readConfig('', text);
  if (config) return { config, text };
  // The configuration was right before: it is an option that is wrong.
  const [finding] = findings;
  throw new UsageError([finding?.message, finding?.fix].filter((part) => part !== undefined).join('; '), 'install');
}

function firstText(settings: Settings, root: string | undefined): string {
  if (settings.remote === undefined) {
    throw new UsageError('--remote URL is missing: this host follows no repository yet', 'install');
  }
  if (settings.host === undefined && root !== undefined) {
    throw new UsageError('--host NAME is missing: which of the hosts in site.yaml the image is for', 'install');
  }
  const [host = ''] = hostname().toLowerCase().split('.');
  return firstConfigText({ ...settings, host: settings.host ?? host, trust: settings.trust ?? 'none' });
}

/**
 * Reads the key files that the options name, and refuses what would never work. Throws UsageError for a file that is not
 * what it should be, and HostRefusal for one that cannot be read.
 */
export function readKeys(options: InstallOptions): KeyFiles {
  const { 'deploy-key': deployKey, 'known-hosts': knownHosts, signers, 'openpgp-key': openpgpKey } = options;
  return {
    ...(deployKey !== undefined && { [DEPLOY_KEY]: readKey('deploy-key', deployKey, PRIVATE_KEY, 'a private key') }),
    ...(knownHosts !== undefined && { [KNOWN_HOSTS]: readKey('known-hosts', knownHosts, LIST, LIST_OF_KEYS) }),
    ...(signers !== undefined && { [SIGNERS]: readKey('signers', signers, LIST, LIST_OF_KEYS) }),
    ...(openpgpKey !== undefined && {
      [openpgpName(openpgpKey)]: readKey(
        'openpgp-key',
        openpgpKey,
        PUBLIC_BLOCK,
        'an exported public key, with --armor',
      ),
    }),
  };
}

const PRIVATE_KEY = /^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----\n/;
const PUBLIC_BLOCK = /^-----BEGIN PGP PUBLIC KEY BLOCK-----$/m;
// A name or a pattern, options, then the kind of the key and the key.
const LIST = /^[^#\s].*\s(ssh|ecdsa|sk-ssh|sk-ecdsa)-\S+\s+AAAA\S+/m;
const LIST_OF_KEYS = 'a list of public keys, each behind the name that it is for';

function readKey(option: string, path: string, pattern: RegExp, what: string): string {
  const text = readInput(path);
  const secret = pattern !== PRIVATE_KEY && text.includes('PRIVATE KEY');
  if (pattern.test(text) && !secret) return text;
  throw new UsageError(`--${option} "${path}" is not ${what}${secret ? ', but a secret one' : ''}`, 'install');
}

function openpgpName(path: string): string {
  const name = basename(path).replace(/[.][a-z]+$/, '');
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) return `${OPENPGP_FOLDER}/${name}.asc`;
  throw new UsageError(`--openpgp-key "${path}" needs a name of letters, digits, ".", "_" and "-"`, 'install');
}
