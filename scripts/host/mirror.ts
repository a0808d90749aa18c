import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CommitName } from '../follow/record.ts';
import { isSound, makeRepository, removeHalves, tidy } from './bare-repository.ts';
import { type BundleHeader, LARGEST_BUNDLE, readOwnBundle } from './bundle.ts';
import { FETCH_FOLDER, type Fetched, noteAsked, readFetched, writeFetched } from './fetched.ts';
import { GitError, git, gitStep } from './git.ts';
import { HostFailure, HostRefusal, ignoreMissing, LockHeld, messageOf } from './host-failure.ts';
import { takeLock } from './lock.ts';
import { askRemote, optionsFor, PATIENCE, protocolOf, READ_OF_OTHERS, type Remote, unreachable } from './remote.ts';
import { makeFolder, syncFolder } from './unit-files.ts';

/** What bringing a branch to this host came to. */
export interface Brought {
  readonly commit: CommitName;
  /** What the branch was at when it was brought the last time; absent the first time. */
  readonly before?: CommitName;
  /** Whether the mirror could not be read any more and was made anew. */
  readonly remade: boolean;
}

/** The whole history of the branch, for the step that trusts nobody: relative to FETCH_FOLDER. */
export const BUNDLE_FILE = 'branch.bundle';

/** Where the keys for ssh are, relative to the root. */
const KEYS_FOLDER = 'etc/ds01-policy';
const MIRROR = 'mirror.git';
const MAKING = 'making';

/**
 * Brings the newest commits of a branch to this host, and says in fetched.json how that went. If the branch has not moved,
 * nothing is written. Whether the commits may be trusted is not asked here: the branch goes where it goes. Throws
 * HostRefusal for what cannot be a policy branch, HostFailure, and LockHeld.
 */
export async function bringBranch(
  root: string,
  remote: Remote,
  now: Date,
  patience: { readonly ask: number; readonly fetch: number } = PATIENCE,
): Promise<Brought> {
  protocolOf(remote);
  await claimFolder(root);
  const before = await readFetched(root);
  const at = now.toISOString();
  try {
    const brought = await bring(root, remote, patience);
    const { commit } = brought;
    if (before?.commit !== commit || before.failure !== undefined) await writeFetched(root, { version: 1, at, commit });
    await noteAsked(root, now);
    return brought;
  } catch (error) {
    // The run that has the lock says how it went.
    if (error instanceof LockHeld) throw error;
    await noteFailure(root, before, now, messageOf(error)).catch((second: unknown) => {
      throw new HostFailure('note that the fetch failed', 'untouched', second, `the fetch: ${messageOf(error)}`);
    });
    throw error;
  }
}

/** Since when it fails is what counts; what is said of it may change from one time to the next. */
async function noteFailure(root: string, before: Fetched | undefined, now: Date, failure: string): Promise<void> {
  const commit = before?.commit;
  const at = before?.failure === undefined ? now.toISOString() : before.at;
  const said = { version: 1, at, ...(commit !== undefined && { commit }), failure } as const;
  if (before?.failure !== failure) await writeFetched(root, said);
  await noteAsked(root, now);
}

// git runs what the configuration of a repository names: root must not work in one that somebody else can write.
async function claimFolder(root: string): Promise<void> {
  const folder = join(root, FETCH_FOLDER);
  try {
    await makeFolder(root, FETCH_FOLDER);
    for (const path of [folder, join(folder, MIRROR)]) {
      const stats = await lstat(path).catch(ignoreMissing);
      if (!stats || stats.uid === process.geteuid?.()) continue;
      throw new HostRefusal(
        `${path} belongs to another user: run this as that user, sudo -u ds01-policy ds01-policy fetch`,
      );
    }
  } catch (error) {
    if (error instanceof HostRefusal) throw error;
    throw new HostFailure(`make ${folder}`, 'untouched', error);
  }
}

type Patience = NonNullable<Parameters<typeof bringBranch>[3]>;

async function bring(root: string, remote: Remote, patience: Patience): Promise<Brought> {
  const folder = join(root, FETCH_FOLDER);
  const keys = join(root, KEYS_FOLDER);
  const commit = await askRemote(remote, keys, patience.ask);
  const bundle = await readOwnBundle(join(folder, BUNDLE_FILE));
  const before = bundle ? { before: bundle.commit } : {};
  if (bundle?.commit === commit && bundle.branch === remote.branch) return { commit, ...before, remade: false };
  const lock = await takeLock(join(folder, 'lock'));
  try {
    const fetch = () => fetchAndBundle(folder, remote, keys, patience.fetch);
    const { remade, made } = await withMirror(join(folder, MIRROR), bundle, remote, fetch);
    return { commit: made.commit, ...before, remade };
  } finally {
    await lock.release();
  }
}

/** Does something with the mirror, and once more with a new one if the old one turns out to be damaged. */
async function withMirror(
  mirror: string,
  bundle: BundleHeader | undefined,
  { branch }: Remote,
  run: () => Promise<BundleHeader>,
): Promise<{ readonly remade: boolean; readonly made: BundleHeader }> {
  // Names of branches can be in each other's way, as `a` and `a/b` are.
  if (bundle !== undefined && bundle.branch !== branch) await rm(mirror, { recursive: true, force: true });
  try {
    return { made: await run(), remade: false };
  } catch (error) {
    const cause = error instanceof HostFailure ? error.cause : undefined;
    const mayBeDamaged = cause instanceof GitError && !cause.ofHost;
    if (!mayBeDamaged || (await gitStep('look at the mirror', () => isSound(mirror)))) throw error;
  }
  await rm(mirror, { recursive: true, force: true });
  return { made: await run(), remade: true };
}

async function fetchAndBundle(folder: string, remote: Remote, keys: string, patience: number): Promise<BundleHeader> {
  const mirror = join(folder, MIRROR);
  const protocol = protocolOf(remote);
  const { url, branch } = remote;
  const ref = `refs/heads/${branch}`;
  await gitStep('make the mirror', () => makeRepository(mirror));
  await removeHalves(mirror);
  const other = protocol === 'file' ? [READ_OF_OTHERS] : [];
  const args = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', ...other, '--', url, `+${ref}:${ref}`];
  await git(mirror, args, optionsFor(protocol, keys, patience)).catch((error: unknown) => {
    throw explain(url, branch, unreachable(url, protocol, error));
  });
  await gitStep('tidy the mirror', () => tidy(mirror));
  return await writeBundle(folder, ref);
}

// What git says of an object that it does not take: git-fsck(1).
function explain(url: string, branch: string, failure: unknown): unknown {
  const cause = failure instanceof HostFailure ? failure.cause : undefined;
  if (!(cause instanceof GitError) || cause.ofHost || !/\bfsck\b/.test(cause.message)) return failure;
  return new HostRefusal(`branch "${branch}" of ${url} holds what git does not take for sound: ${cause.message}`);
}

/** Writes the whole branch into one file, all of it or nothing. What a killed run left is written over. */
async function writeBundle(folder: string, ref: string): Promise<BundleHeader> {
  const making = join(folder, MAKING);
  const path = join(making, BUNDLE_FILE);
  await rm(making, { recursive: true, force: true });
  await mkdir(making);
  try {
    await gitStep('write the bundle', () => git(join(folder, MIRROR), ['bundle', 'create', resolve(path), ref]));
    await finish(path);
    const made = await readOwnBundle(path);
    if (!made) throw new HostFailure('write the bundle', 'untouched', 'git wrote something else than the branch');
    await rename(path, join(folder, BUNDLE_FILE));
    await syncFolder(folder);
    return made;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function finish(path: string): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > LARGEST_BUNDLE) {
      throw new HostRefusal('the branch is larger than 256 MiB with its history: a policy repository is a few MiB');
    }
    // The umask does not decide who can read it.
    await file.chmod(0o644);
    await file.sync();
  } finally {
    await file.close();
  }
}
