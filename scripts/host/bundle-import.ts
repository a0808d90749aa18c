import { constants, createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CommitName } from '../follow/record.ts';
import { makeRepository, removeHalves, tidy } from './bare-repository.ts';
import { type BundleHeader, LARGEST_BUNDLE, readBundleHeader } from './bundle.ts';
import { FETCH_FOLDER } from './fetched.ts';
import { GitError, git, gitStep } from './git.ts';
import { HostFailure, HostRefusal } from './host-failure.ts';
import { BUNDLE_FILE } from './mirror.ts';
import { NEWEST, repositoryOf } from './repository.ts';
import { assertFolders, STATE_FOLDER } from './unit-folder.ts';
import { makeStateFolder } from './unit-writer.ts';

/** Where a bundle is looked at before anything of it comes into the repository, in the state folder. */
const QUARANTINE = 'incoming';
const CHUNK = 1024 * 1024;

/**
 * Takes the newest commits that the unprivileged step has fetched into root's own repository, and gives the one that the
 * branch is at. Its user can write into the bundle what it likes: a copy is looked at, in a repository that is thrown away,
 * and only what is sound and complete goes further. What a killed run left is thrown away first. Only for the holder of
 * the lock of the host. Throws HostRefusal if the bundle is at fault, and HostFailure if the host is.
 */
export async function importBundle(root: string, branch: string): Promise<CommitName> {
  await makeStateFolder(root);
  assertFolders(root, FETCH_FOLDER);
  const quarantine = join(root, STATE_FOLDER, QUARANTINE);
  await rm(quarantine, { recursive: true, force: true });
  await inFolder(quarantine);
  try {
    const copy = join(quarantine, BUNDLE_FILE);
    const header = await copyBundle(join(root, FETCH_FOLDER, BUNDLE_FILE), copy);
    if (header.branch !== branch) {
      throw new HostRefusal(`the fetched bundle is of branch "${header.branch}", and "${branch}" is followed`);
    }
    const looked = join(quarantine, 'repository.git');
    await look(looked, copy, header);
    await takeIn(repositoryOf(root), looked);
    return header.commit;
  } finally {
    await rm(quarantine, { recursive: true, force: true });
  }
}

async function inFolder(folder: string): Promise<void> {
  try {
    // What was not looked at is for nobody else's eyes.
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    throw new HostFailure(`make ${folder}`, 'untouched', error);
  }
}

/** While it is read, the original may change: the copy cannot. A link or a pipe in its place is not opened. */
async function copyBundle(from: string, to: string): Promise<BundleHeader> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const source = await open(from, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP') throw new HostRefusal(`${from} is a symbolic link`);
    const hint = error.code === 'ENOENT' ? 'nothing was fetched yet: look at ds01-policy-fetch.service' : '';
    throw new HostFailure('take the fetched bundle', 'untouched', error, hint);
  });
  try {
    const stats = await source.stat();
    if (!stats.isFile()) throw new HostRefusal(`${from} is not a file`);
    if (stats.size > LARGEST_BUNDLE) throw tooLarge();
    return await copyInto(source, to);
  } catch (error) {
    if (error instanceof HostRefusal) throw error;
    throw new HostFailure('take the fetched bundle', 'untouched', error);
  } finally {
    await source.close();
  }
}

function tooLarge(): HostRefusal {
  return new HostRefusal(
    'the fetched bundle is larger than 256 MiB: a policy repository is a few MiB with its history',
  );
}

async function copyInto(source: FileHandle, to: string): Promise<BundleHeader> {
  const copy = await open(to, 'wx+', 0o600);
  try {
    const chunk = Buffer.alloc(CHUNK);
    for (let length = 0; ; ) {
      const { bytesRead } = await source.read(chunk, 0, CHUNK, length);
      if (bytesRead === 0) break;
      length += bytesRead;
      // It may have grown meanwhile.
      if (length > LARGEST_BUNDLE) throw tooLarge();
      await copy.writeFile(chunk.subarray(0, bytesRead));
    }
    return await readBundleHeader(copy);
  } finally {
    await copy.close();
  }
}

/**
 * Has git look at every object of the bundle, and at every link from one to another: git-index-pack(1), `--strict`. To fetch
 * from the bundle would not do: before 2.46, git-fetch(1) looks at nothing that comes in a bundle, whatever
 * transfer.fsckObjects says.
 */
async function look(repository: string, bundle: string, { commit, length }: BundleHeader): Promise<void> {
  await gitStep('make a repository for the fetched bundle', () => makeRepository(repository));
  await refusing('what was fetched is not sound', async () => {
    await git(repository, ['index-pack', '--stdin', '--strict'], {
      input: createReadStream(bundle, { start: length }),
    });
    const [, kind] = (await git(repository, ['cat-file', '--batch-check'], { input: `${commit}\n` })).trim().split(' ');
    if (kind === 'missing') throw new HostRefusal('the fetched bundle does not hold the commit that it names');
    if (kind !== 'commit') throw new HostRefusal(`the fetched branch is at a ${kind}, not at a commit`);
    await git(repository, ['update-ref', `refs/heads/${NEWEST}`, commit]);
  });
}

async function refusing(what: string, run: () => Promise<void>): Promise<void> {
  try {
    await gitStep('look at what was fetched', run);
  } catch (error) {
    const cause = error instanceof HostFailure ? error.cause : undefined;
    if (cause instanceof GitError && !cause.ofHost) throw new HostRefusal(`${what}: ${cause.message}`);
    throw error;
  }
}

/**
 * Takes what was looked at into the repository. If that fails although it is sound, the repository is damaged: the other one
 * holds the whole branch and takes its place.
 */
async function takeIn(repository: string, looked: string): Promise<void> {
  const args = ['fetch', '--quiet', '--no-tags', resolve(looked), `+refs/heads/${NEWEST}:refs/heads/${NEWEST}`];
  try {
    await gitStep('take in what was fetched', async () => {
      await makeRepository(repository);
      await removeHalves(repository);
      await git(repository, args, { protocol: 'file' });
      await tidy(repository);
    });
  } catch (error) {
    const cause = error instanceof HostFailure ? error.cause : undefined;
    if (!(cause instanceof GitError) || cause.ofHost) throw error;
    await rm(repository, { recursive: true, force: true });
    await rename(looked, repository);
  }
}
