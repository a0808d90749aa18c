import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { HostRefusal, messageOf } from './host-failure.ts';

const MIB = 1024 * 1024;
/** What a file that was compressed as gzip(1) does begins with: RFC 1952. */
const GZIP = Buffer.from([0x1f, 0x8b]);

/** The text of a file that an option names. Throws HostRefusal if it cannot be read, or is too large to be meant. */
export function readInput(path: string): string {
  return readUpTo(path, 1).toString('utf8');
}

/** The bytes of a package as npm-pack(1) makes it. Throws HostRefusal if it cannot be read, or is something else. */
export function readPackage(path: string): Uint8Array {
  const bytes = readUpTo(path, 32);
  if (bytes.subarray(0, GZIP.length).equals(GZIP)) return bytes;
  throw new HostRefusal(`"${path}" is not a package: it is not compressed as npm pack does`);
}

function readUpTo(path: string, mebibytes: number): Buffer {
  try {
    const file = openSync(path, 'r');
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) throw new Error('it is not a file');
      if (stats.size > mebibytes * MIB) throw new Error(`it is larger than ${mebibytes} MiB`);
      return readFileSync(file);
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
