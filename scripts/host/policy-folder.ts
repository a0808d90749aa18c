import { closeSync, constants, type Dirent, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyFile } from '../policy/load.ts';
import { messageOf } from './host-failure.ts';

/** Bytes that a policy file may have. */
export const LARGEST = 64 * 1024;

/** Entries that one folder of policy may have. */
export const MOST_ENTRIES = 10_000;

/** Bytes that all files of a policy may have together. */
export const LARGEST_POLICY = 64 * 1024 * 1024;

/**
 * Reads all entries of a policy folder, two levels deep. Links are not followed and nothing but regular files is opened;
 * what cannot be read is an entry, too: a missing or unreadable file must never look like an empty one.
 */
export function readPolicyFolder(folder: string): readonly PolicyFile[] {
  return readEntries(folder, '', (entry) => (entry.isDirectory() ? readSubfolder(folder, entry.name) : undefined));
}

function readSubfolder(folder: string, name: string): readonly PolicyFile[] {
  return readEntries(folder, `${name}/`, () => undefined);
}

function readEntries(
  folder: string,
  prefix: string,
  descend: (entry: Dirent) => readonly PolicyFile[] | undefined,
): readonly PolicyFile[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(join(folder, prefix), { withFileTypes: true });
  } catch (error) {
    return [prefix === '' ? noPolicy(error) : unreadable(prefix.slice(0, -1), error)];
  }
  return entries.flatMap((entry) => descend(entry) ?? [readEntry(folder, `${prefix}${entry.name}`, entry)]);
}

function readEntry(folder: string, path: string, entry: Dirent): PolicyFile {
  if (entry.isSymbolicLink()) return isLink(path);
  if (!entry.isFile()) return isNoFile(path, entry.isDirectory() ? 'a folder' : 'neither a file nor a folder');
  try {
    return readFile(folder, path);
  } catch (error) {
    return unreadable(path, error);
  }
}

// Between listing and opening, a file may have become something else: the flags make that an error, not a surprise.
function readFile(folder: string, path: string): PolicyFile {
  const file = openSync(join(folder, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(file);
    if (size > LARGEST) return tooLarge(path);
    const buffer = Buffer.allocUnsafe(LARGEST + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(file, buffer, length, buffer.length - length, null);
    }
    return length > LARGEST
      ? tooLarge(path)
      : { kind: 'file', path, bytes: Uint8Array.from(buffer.subarray(0, length)) };
  } finally {
    closeSync(file);
  }
}

/** A symbolic link in the place of a policy file. */
export function isLink(path: string): PolicyFile {
  const reason = `"${path}" is a symbolic link`;
  return { kind: 'unusable', path, rule: 'file-type', reason, fix: 'put the file itself here' };
}

/** Something else in the place of a policy file, said in words. */
export function isNoFile(path: string, what: string): PolicyFile {
  const fix = 'move it out of the policy folder';
  return { kind: 'unusable', path, rule: 'file-type', reason: `"${path}" is ${what}`, fix };
}

/** A policy file with more bytes than it may have. */
export function tooLarge(path: string): PolicyFile {
  const fix = 'a policy file is a screenful: move what does not belong into it somewhere else';
  return { kind: 'unusable', path, rule: 'file-size', reason: `"${path}" is larger than 64 KiB`, fix };
}

function noPolicy(error: unknown): PolicyFile {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return missing ? NO_FOLDER : unreadable('.', error);
}

/** There is no policy at all. */
export const NO_FOLDER: PolicyFile = {
  kind: 'unusable',
  path: '.',
  rule: 'file-unreadable',
  reason: 'there is no policy folder here',
  fix: 'name the folder that holds site.yaml, groups/ and members/ with --policy DIR',
};

function unreadable(path: string, error: unknown): PolicyFile {
  const fix = 'make it readable for the user who runs this';
  return { kind: 'unusable', path, rule: 'file-unreadable', reason: `cannot be read: ${messageOf(error)}`, fix };
}
