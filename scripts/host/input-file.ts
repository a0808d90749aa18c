import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { HostRefusal, messageOf } from './host-failure.ts';

const LARGEST = 1024 * 1024;

/** The text of a file that an option names. Throws HostRefusal if it cannot be read, or is too large to be meant. */
export function readInput(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) throw new Error('it is not a file');
      if (stats.size > LARGEST) throw new Error('it is larger than 1 MiB');
      return readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new HostRefusal(`"${path}" cannot be read: ${messageOf(error)}`);
  }
}

/** The bytes of the program that runs: one file, with everything that it needs. Throws HostRefusal. */
export function readProgram(): Uint8Array {
  const [, path = ''] = process.argv;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new HostRefusal(`this program cannot be read from "${path}": ${messageOf(error)}`);
  }
}
