import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './run-program.ts';

const PATIENCE = 30_000;

/** A pair of keys for ssh, as ssh-keygen(1) writes them. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Makes a pair of keys without a passphrase: whoever uses it is not there to be asked. Throws without ssh-keygen. */
export async function makeKeyPair(comment: string): Promise<KeyPair> {
  // Nobody but this user can look into it: mkdtemp(3).
  const folder = await mkdtemp(join(tmpdir(), 'ds01-policy-key-'));
  try {
    const file = join(folder, 'key');
    const args = ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file];
    await runProgram('ssh-keygen', args, { timeout: PATIENCE });
    return { privateKey: await readFile(file, 'utf8'), publicKey: await readFile(`${file}.pub`, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
