import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitObject } from './commit-object.ts';
import { HostFailure, HostRefusal, ignoreMissing, messageOf } from './host-failure.ts';
import { type Printed, runProgram } from './run-program.ts';
import { CHECK_FOLDER } from './systemd.ts';
import { writeWhole } from './unit-files.ts';
import { STATE_FOLDER } from './unit-folder.ts';

/** The keys that may sign: ALLOWED SIGNERS of ssh-keygen(1), and a folder of public keys for OpenPGP; below the root. */
export const SIGNERS = { ssh: 'etc/ds01-policy/allowed-signers', openpgp: 'etc/ds01-policy/openpgp-keys' } as const;

/** Says of commits what is wrong with their signatures. */
export interface Signers {
  /** What is wrong, to be put behind a commit's name; nothing if a listed key has signed it, and may. Throws HostFailure. */
  findFault(commit: CommitObject): Promise<string | undefined>;
}

/**
 * Does something with the listed keys, and with no others: the keyrings and agents of users do not exist for it. git would
 * judge the age of an SSH key by the date that the commit gives itself, and takes OpenPGP keys that have expired; so the two
 * programs are asked here, as of now. Throws HostRefusal if no key is listed, and HostFailure.
 */
export async function withSigners<T>(root: string, run: (signers: Signers) => Promise<T>): Promise<T> {
  const listed = await findListed(root);
  const folder = await mkdtemp(join(root, STATE_FOLDER, CHECK_FOLDER)).catch((error: unknown) => {
    throw new HostFailure('look at signatures', 'untouched', error);
  });
  const keyring = once(() => makeKeyring(folder, listed.openpgp));
  let files = 0;
  const findFault = async ({ signatures: [signature, second], payload }: CommitObject) => {
    if (signature === undefined) return 'is not signed';
    if (second !== undefined) return 'has two signatures, and may have one';
    const file = join(folder, `signature-${++files}`);
    await writeWhole(file, Buffer.from(signature, 'latin1'));
    const kind = /^-----BEGIN (SSH|PGP) SIGNATURE-----\n/.exec(signature)?.[1];
    if (kind === 'SSH') return listed.ssh ? await findSshFault(join(root, SIGNERS.ssh), file, payload) : noKey('SSH');
    if (kind === 'PGP')
      return listed.openpgp.length > 0 ? await findOpenPgpFault(await keyring(), file, payload) : noKey('OpenPGP');
    return 'has a signature that is neither of SSH nor of OpenPGP';
  };
  try {
    return await run({ findFault });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Listed {
  readonly ssh: boolean;
  /** Absolute paths. */
  readonly openpgp: readonly string[];
}

async function findListed(root: string): Promise<Listed> {
  const folder = join(root, SIGNERS.openpgp);
  try {
    const lines = (await readFile(join(root, SIGNERS.ssh), 'utf8').catch(ignoreMissing))?.split('\n') ?? [];
    const names = (await readdir(folder).catch(ignoreMissing)) ?? [];
    const openpgp = names.filter((name) => name.endsWith('.asc')).sort();
    const listed = {
      ssh: lines.some((line) => /^\s*[^\s#]/.test(line)),
      openpgp: openpgp.map((name) => join(folder, name)),
    };
    if (listed.ssh || listed.openpgp.length > 0) return listed;
  } catch (error) {
    throw new HostFailure('read the keys that may sign', 'untouched', error);
  }
  const places = `"${join(root, SIGNERS.ssh)}" nor in "${folder}"`;
  throw new HostRefusal(
    `no key may sign: none is listed in ${places}; list one, or set trust: none in the configuration`,
  );
}

function noKey(kind: string): string {
  return `is signed with an ${kind} key, and none of that kind is listed`;
}

async function findSshFault(allowed: string, file: string, payload: Uint8Array): Promise<string | undefined> {
  const found = await ask('ssh-keygen', ['-Y', 'find-principals', '-s', file, '-f', allowed]);
  const principals = found.exitCode === 0 ? found.stdout.split('\n').filter((line) => line !== '') : [];
  let said = found.stderr;
  for (const principal of principals) {
    const args = ['-Y', 'verify', '-n', 'git', '-f', allowed, '-I', principal, '-s', file];
    const { exitCode, stderr } = await ask('ssh-keygen', args, payload);
    if (exitCode === 0) return undefined;
    said += stderr;
  }
  const [, fault] = SSH_FAULTS.find(([words]) => said.includes(words)) ?? [];
  return fault ?? (await explainSshFault(file, payload, said));
}

/** What ssh-keygen says of listed keys, and what we do. */
const SSH_FAULTS: readonly (readonly [string, string])[] = [
  ['key has expired', 'is signed with a key that has expired'],
  ['not yet valid', 'is signed with a key that is not valid yet'],
  ['not permitted for use in signature namespace', 'is signed with a key that may not sign commits'],
];

async function explainSshFault(file: string, payload: Uint8Array, said: string): Promise<string> {
  const args = ['-Y', 'check-novalidate', '-n', 'git', '-s', file];
  const { exitCode, stdout } = await ask('ssh-keygen', args, payload);
  if (exitCode !== 0) return 'has a signature that is not of this commit';
  // A line that ssh-keygen cannot read lists nobody: it says which.
  const wrong = /^.*:\d+: .*$/m.exec(said)?.[0];
  const key = /with (\S+ key \S+)/.exec(stdout)?.[1] ?? 'a key';
  return `is signed with ${key}, which is not listed${wrong === undefined ? '' : ` (${wrong.trim()})`}`;
}

/** Makes a home of GnuPG that holds the listed keys and nothing else; gives the options to use it. */
async function makeKeyring(folder: string, files: readonly string[]): Promise<readonly string[]> {
  const home = join(folder, 'gnupg');
  await mkdir(home, { mode: 0o700 });
  const options = ['--homedir', home, ...ALONE];
  for (const file of files) {
    const { exitCode, stderr } = await ask('gpg', [...options, '--import', '--', file]);
    if (exitCode === 0) continue;
    const said = stderr
      .trim()
      .replace(/^gpg: |[.]$/gm, '')
      .split('\n')
      .join('; ');
    throw new HostRefusal(`"${file}" cannot be read as a public key: ${said}; export it with gpg --armor --export`);
  }
  return options;
}

/** No settings, no agent, no key from anywhere: gpg(1). Who is trusted was decided by who is listed. */
const ALONE = [
  ...[
    '--no-options',
    '--quiet',
    '--batch',
    '--no-tty',
    '--no-autostart',
    '--disable-dirmngr',
    '--no-auto-key-retrieve',
  ],
  ...['--no-auto-key-locate', '--trust-model=always', '--status-fd=1'],
];

/** What must not be said of a signature, in the words of GnuPG (doc/DETAILS) and in ours. */
const FAULTS: readonly (readonly [string, string])[] = [
  ['BADSIG', 'has a signature that is not of this commit'],
  ['EXPKEYSIG', 'is signed with a key that has expired'],
  ['REVKEYSIG', 'is signed with a key that was revoked'],
  ['EXPSIG', 'has a signature that has expired'],
  ['NO_PUBKEY', 'is signed with OpenPGP key KEY, which is not listed'],
  ['ERRSIG', 'has a signature that cannot be checked'],
];

// gpg exits 0 for keys that have expired: what counts is what it says.
async function findOpenPgpFault(
  home: readonly string[],
  file: string,
  payload: Uint8Array,
): Promise<string | undefined> {
  const { exitCode, stdout } = await ask('gpg', [...home, '--verify', '--', file, '-'], payload);
  const said = stdout.split('\n').flatMap((line) => (line.startsWith('[GNUPG:] ') ? [line.split(' ').slice(1)] : []));
  for (const [word, fault] of FAULTS) {
    const line = said.find(([first]) => first === word);
    if (line) return fault.replace('KEY', line[1] ?? '');
  }
  const times = (word: string) => said.filter(([first]) => first === word).length;
  const good = exitCode === 0 && times('GOODSIG') === 1 && times('VALIDSIG') === 1;
  return good ? undefined : 'has a signature that cannot be checked';
}

const PATIENCE = 30_000;
const PACKAGES = { gpg: 'gnupg', 'ssh-keygen': 'openssh-client' } as const;

/** Whatever it exits with, what it says is the answer. */
async function ask(program: keyof typeof PACKAGES, args: readonly string[], input?: Uint8Array): Promise<Printed> {
  const options = { timeout: PATIENCE, env: { LC_ALL: 'C' }, anyExit: true, ...(input && { input }) };
  return await runProgram(program, args, options).catch((error: unknown) => {
    const hint = messageOf(error).endsWith('is not installed') ? `it is in the package ${PACKAGES[program]}` : '';
    throw new HostFailure('look at a signature', 'untouched', error, hint);
  });
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
