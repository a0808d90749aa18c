import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa, execaSync } from 'execa';
import { onTestFinished } from 'vitest';

// sshd wants to be called by its whole path: sshd(8).
const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find(
  (path) => execaSync(path, ['-?'], { reject: false }).code !== 'ENOENT',
);

// Whoever may not log in here does not get in by ssh either: nologin(8).
const mayLogIn = !/(nologin|false)$/.test(userInfo().shell ?? '');

/** Whether an ssh server can be had here. */
export const HAS_SSHD = SSHD !== undefined && mayLogIn;

if (SSHD === undefined) console.warn('sshd is not installed: fetching over ssh is not tested');
if (!mayLogIn) console.warn('the user who runs the tests may not log in: fetching over ssh is not tested');

/** An ssh server on this machine, for the user who runs the tests; gone after the test. */
export interface SshServer {
  /** What stands before the path of a repository: `ssh://user@127.0.0.1:port`. */
  readonly url: string;
  /** A line for known_hosts. */
  readonly knownHosts: string;
  /** The file of a private key that gets in. */
  readonly key: string;
  /** The file of one that does not. */
  readonly wrongKey: string;
}

/** Starts a server in an empty folder. Needs sshd and ssh-keygen. */
export async function startSshd(folder: string): Promise<SshServer> {
  const [hostKey, key, wrongKey] = ['host', 'user', 'other'].map((name) => makeKey(join(folder, name))) as [
    string,
    string,
    string,
  ];
  const port = await freePort();
  // Where it drops its privileges; nobody makes it where no service was started.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  writeFileSync(join(folder, 'authorized'), readFileSync(`${key}.pub`));
  writeFileSync(join(folder, 'config'), configFor(folder, port, hostKey));
  const server = execa(SSHD ?? 'sshd', ['-D', '-e', '-f', join(folder, 'config')], { reject: false, stdin: 'ignore' });
  onTestFinished(async () => {
    server.kill();
    await server;
  });
  await untilItListens(port);
  return {
    url: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    knownHosts: `[127.0.0.1]:${port} ${readFileSync(`${hostKey}.pub`, 'utf8')}`,
    key,
    wrongKey,
  };
}

function makeKey(file: string): string {
  execaSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  return file;
}

function configFor(folder: string, port: number, hostKey: string): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    // The folders of tests are below /tmp, which everybody can write.
    'StrictModes no',
    'PidFile none',
    '',
  ].join('\n');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function untilItListens(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { exitCode } = await execa('ssh-keyscan', ['-T', '1', '-p', String(port), '127.0.0.1'], { reject: false });
    if (exitCode === 0) return;
    await wait(50);
  }
  throw new Error('sshd does not listen');
}
