import type { Config } from '../follow/config.ts';
import type { Remote } from '../follow/remote.ts';
import { printValue } from '../policy/values.ts';
import { printable } from './printable.ts';

/** What a host will follow, and what that means for whoever owns it. */
export function followsText({ remote, branch, host, interval, trust, drift }: Config): string {
  const lines = [
    `follows branch ${branch} of ${remote} as host ${host}, every ${printValue('duration', interval)}`,
    trust === 'none'
      ? 'trust none: whoever can push to that branch decides about the limits of this host'
      : 'trust signed: whoever holds a listed key decides about the limits of this host',
    ...(drift === 'report' ? ['drift report: limits that others set here stay in force, and are shown'] : []),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

/** What somebody has to do for a host to reach its repository by ssh. */
export interface Reaching {
  readonly remote: Remote;
  /** The public half of the key that was made for it. */
  readonly publicKey?: string;
  /** Whether the keys of the server are known. */
  readonly knownHosts: boolean;
}

/** What is left to do by hand; nothing if the host reaches its repository already. */
export function reachingText({ remote, publicKey, knownHosts }: Reaching): string {
  if (remote.kind !== 'ssh') return '';
  const port = remote.port === undefined ? '' : `-p ${remote.port} `;
  const host = remote.host.replace(/^\[|\]$/g, '');
  const lines = [
    ...(publicKey === undefined
      ? []
      : ['', 'allow this key to read the repository (on GitHub: Settings, Deploy keys):', `  ${publicKey.trim()}`]),
    ...(knownHosts
      ? []
      : [
          '',
          'get the keys of the server, compare the fingerprints with those that it publishes, and install them:',
          `  ssh-keyscan ${port}${host} > known_hosts`,
          '  ssh-keygen -lf known_hosts',
          '  ds01-policy install --known-hosts known_hosts',
        ]),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}
