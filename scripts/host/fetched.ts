import { constants } from 'node:fs';
import { lstat, lutimes, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CommitName, Instant } from '../follow/record.ts';
import { HostFailure, ignoreMissing } from './host-failure.ts';
import { stage, syncFolder } from './unit-files.ts';

/** Where the unprivileged step keeps what it fetched, relative to the root. Its user can write what it likes there. */
export const FETCH_FOLDER = 'var/lib/ds01-policy-fetch';

/** What the unprivileged step says of itself. It is written only when something else is true than before. */
export interface Fetched {
  readonly version: 1;
  /** Since when this is so: since the branch is at this commit, or since the remote could not be fetched from. */
  readonly at: Instant;
  /** What the branch was at when it was last fetched; absent before the first time. */
  readonly commit?: CommitName;
  /** Why the remote cannot be fetched from. */
  readonly failure?: string;
}

/** The same, and when the remote was asked last: the time of the file. */
export interface FetchedAt extends Fetched {
  readonly asked: Instant;
}

const FILE = 'fetched.json';
const LARGEST = 4096;
const LONGEST_FAILURE = 1000;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const COMMIT = /^[0-9a-f]{40}$/;

/**
 * Reads what the unprivileged step said last; nothing if it has not said anything yet. Its texts are not to be trusted.
 * Whatever else is there is a failure of that step, since the file is what it is: it must not stop the one that reads it.
 * Throws HostFailure.
 */
export async function readFetched(root: string): Promise<FetchedAt | undefined> {
  const path = join(root, FETCH_FOLDER, FILE);
  try {
    const stats = await lstat(path).catch(ignoreMissing);
    if (!stats) return undefined;
    const fetched = stats.isFile() ? parse(await readStart(path)) : undefined;
    const failure = `${path} is not what ds01-policy fetch writes; remove it, the next run writes it anew`;
    const asked = stats.mtime.toISOString();
    return { ...(fetched ?? { version: 1, at: asked, failure }), asked };
  } catch (error) {
    throw new HostFailure(`read ${path}`, 'untouched', error);
  }
}

// Between looking and opening, the file may have become something else: the flags make that an error, not a surprise.
async function readStart(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LARGEST), 0, LARGEST, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function parse(text: string): Fetched | undefined {
  const { version, at, commit, failure } = parseObject(text);
  if (version !== 1 || typeof at !== 'string' || !INSTANT.test(at)) return undefined;
  if (commit !== undefined && (typeof commit !== 'string' || !COMMIT.test(commit))) return undefined;
  if (failure !== undefined && typeof failure !== 'string') return undefined;
  return { version, at, ...(commit !== undefined && { commit }), ...(failure !== undefined && { failure }) };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text) as Readonly<Record<string, unknown>> | null) ?? {};
  } catch {
    return {};
  }
}

/** Says that the remote was asked, whatever it said. Throws HostFailure. */
export async function noteAsked(root: string, now: Date): Promise<void> {
  const path = join(root, FETCH_FOLDER, FILE);
  await lutimes(path, now, now).catch((error: unknown) => {
    throw new HostFailure(`write ${path}`, 'untouched', error);
  });
}

/** Says something else than before, all of it or nothing. The folder must be there. Throws HostFailure. */
export async function writeFetched(root: string, { failure, ...rest }: Fetched): Promise<void> {
  const path = join(root, FETCH_FOLDER, FILE);
  const fetched = { ...rest, ...(failure !== undefined && { failure: failure.slice(0, LONGEST_FAILURE) }) };
  try {
    await rename(await stage(path, `${JSON.stringify(fetched)}\n`), path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw new HostFailure(`write ${path}`, 'untouched', error);
  }
}
