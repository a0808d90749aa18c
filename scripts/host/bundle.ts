import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { HostRefusal } from './host-failure.ts';

/** The most bytes that the whole history of a policy repository may have: 256 MiB. */
export const LARGEST_BUNDLE = 256 * 1024 * 1024;

/** What the first lines of a bundle say: gitformat-bundle(5). */
export interface BundleHeader {
  /** The branch that it is of, without `refs/heads/`. */
  readonly branch: string;
  readonly commit: string;
  /** Where its pack begins, in bytes. */
  readonly length: number;
}

/** More than one reference with the longest name that a file system takes. */
const LONGEST_HEADER = 8192;
const SIGNATURE = '# v2 git bundle';
const REFERENCE = /^([0-9a-f]{40}) refs\/heads\/(\S+)$/;

/**
 * Reads the header of a bundle with the whole history of one branch. Anything else that a bundle could be (a part of a
 * history, several branches, a tag, objects left out) is no such thing. Throws HostRefusal.
 */
export async function readBundleHeader(file: FileHandle): Promise<BundleHeader> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST_HEADER), 0, LONGEST_HEADER, 0);
  const text = buffer.subarray(0, bytesRead).toString('latin1');
  const end = text.indexOf('\n\n');
  const [signature, ...lines] = text.slice(0, Math.max(0, end)).split('\n');
  if (signature !== SIGNATURE) throw new HostRefusal(`the fetched bundle does not begin with "${SIGNATURE}"`);
  if (lines.some((line) => line.startsWith('-'))) {
    throw new HostRefusal('the fetched bundle needs commits that it does not hold: it must hold the whole branch');
  }
  const [, commit, branch] = REFERENCE.exec(lines[0] ?? '') ?? [];
  if (lines.length !== 1 || commit === undefined || branch === undefined) {
    throw new HostRefusal('the fetched bundle is not of one branch, as it must be');
  }
  return { branch: Buffer.from(branch, 'latin1').toString(), commit, length: end + 2 };
}

/**
 * The header of a bundle of one's own; nothing if there is no bundle, or something else in its place, which is then to be
 * made anew.
 */
export async function readOwnBundle(path: string): Promise<BundleHeader | undefined> {
  let file: FileHandle | undefined;
  try {
    // Nobody waits for a pipe to be written, nor follows a link.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return (await file.stat()).isFile() ? await readBundleHeader(file) : undefined;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (error instanceof HostRefusal || code === 'ENOENT' || code === 'ELOOP') return undefined;
    throw error;
  } finally {
    await file?.close();
  }
}
