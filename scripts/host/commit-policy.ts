import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CommitName } from '../follow/record.ts';
import type { PolicyFile } from '../policy/load.ts';
import { commitFolder } from './commit-folder.ts';
import { GitError, gitBytes } from './git.ts';
import { HostFailure, HostRefusal, ignoreMissing } from './host-failure.ts';
import { isNoFile, LARGEST, LARGEST_POLICY, MOST_ENTRIES } from './policy-folder.ts';
import { ask, readObjects } from './repository.ts';
import { makeFolder, syncFolder, writeWhole } from './unit-files.ts';
import { STATE_FOLDER } from './unit-folder.ts';

const POLICY = 'policy';
const FOLDERS = ['groups', 'members'];
/** Bytes of one folder's list: as many entries with the longest names that there are. */
const LARGEST_LIST = MOST_ENTRIES * 320;

/**
 * Policy at a commit of root's repository, as `readPolicyFolder` reads a folder. Only objects are read: there is no work
 * tree, and nothing that attributes or configuration name gets to run. Throws HostRefusal for what no honest commit has,
 * before any file is read, and HostFailure.
 */
export async function readCommitPolicy(root: string, commit: CommitName): Promise<readonly PolicyFile[]> {
  return await ask(root, async (repository) => {
    const place = { repository, commit };
    const [top] = await list(place, commit, '', ['--', POLICY]);
    if (top?.path !== POLICY) throw new HostRefusal(`commit ${short(commit)} has no folder "${POLICY}"`);
    if (top.mode !== FOLDER) throw refusal(place, top, 'is not a folder');
    const entries = await list(place, top.object, '');
    const folders = entries.filter(({ mode, path }) => mode === FOLDER && FOLDERS.includes(path));
    const files = entries.filter((entry) => !folders.includes(entry));
    for (const { path, object } of folders) {
      const below = await list(place, object, `${path}/`);
      const deeper = below.find(({ mode }) => mode === FOLDER);
      if (deeper) throw refusal(place, deeper, 'is a folder where policy has only files');
      files.push(...below);
    }
    return await readFiles(place, files);
  });
}

interface Place {
  readonly repository: string;
  readonly commit: CommitName;
}

interface Entry {
  readonly mode: string;
  readonly object: string;
  /** Bytes; absent for what has none. */
  readonly size: number;
  /** Relative to the policy folder. */
  readonly path: string;
}

const FOLDER = '040000';
const WRONG: Readonly<Record<string, string>> = {
  120000: 'is a symbolic link',
  160000: 'is a submodule',
};

// `<mode> <kind> <object> <size>`, a tab, the name, a zero byte: git-ls-tree(1). Nothing is read but what objects are.
async function list(
  place: Place,
  tree: string,
  prefix: string,
  paths: readonly string[] = [],
): Promise<readonly Entry[]> {
  const folder = `${POLICY}/${prefix}`;
  const args = ['ls-tree', '-z', '-l', '--full-tree', tree, ...paths];
  const bytes = await gitBytes(place.repository, args, { largest: LARGEST_LIST }).catch((error: unknown) => {
    if (error instanceof GitError && error.kind === 'too-much') throw tooMany(place, folder);
    throw error;
  });
  const lines = Buffer.from(bytes).toString('latin1').split('\0').slice(0, -1);
  if (lines.length > MOST_ENTRIES) throw tooMany(place, folder);
  return lines.map((line) => readEntry(place, prefix, line));
}

function tooMany({ commit }: Place, folder: string): HostRefusal {
  return new HostRefusal(`commit ${short(commit)} has more than ${MOST_ENTRIES} files in "${folder}"`);
}

function readEntry(place: Place, prefix: string, line: string): Entry {
  const tab = line.indexOf('\t');
  const [mode = '', , object = '', size] = line.slice(0, tab).split(/ +/);
  const name = Buffer.from(line.slice(tab + 1), 'latin1');
  const path = `${prefix}${name.toString('utf8')}`;
  const entry = { mode, object, size: Number(size), path };
  if (!name.equals(Buffer.from(name.toString('utf8')))) throw refusal(place, entry, 'has a name that is not UTF-8');
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(path))
    throw refusal(place, entry, 'has characters in its name that cannot be seen');
  const wrong = WRONG[mode];
  if (wrong !== undefined) throw refusal(place, entry, wrong);
  return entry;
}

function refusal({ commit }: Place, { path }: Entry, what: string): HostRefusal {
  const whole = path === POLICY ? path : `${POLICY}/${path}`;
  return new HostRefusal(`"${whole}" of commit ${short(commit)} ${what}; no file of this commit was read`);
}

async function readFiles(place: Place, entries: readonly Entry[]): Promise<readonly PolicyFile[]> {
  const files = entries.filter(({ mode }) => mode !== FOLDER);
  const large = files.find(({ size }) => size > LARGEST);
  if (large) throw refusal(place, large, 'is larger than 64 KiB');
  const all = files.reduce((sum, { size }) => sum + size, 0);
  if (all > LARGEST_POLICY)
    throw new HostRefusal(`the files of commit ${short(place.commit)} are larger than 64 MiB together`);
  const contents =
    files.length === 0
      ? []
      : await readObjects(
          place.repository,
          files.map(({ object }) => object),
          all,
        );
  const read = files.map(
    ({ path }, index): PolicyFile => ({ path, kind: 'file', bytes: contents[index] ?? new Uint8Array() }),
  );
  // What is in them does not count: they have no place in policy.
  const folders = entries.filter(({ mode }) => mode === FOLDER).map(({ path }) => isNoFile(path, 'a folder'));
  return [...read, ...folders];
}

function short(commit: CommitName): string {
  return commit.slice(0, 12);
}

const COMMITS = join(STATE_FOLDER, 'commits');
/** What has a place in policy: rules `group-name` and `slug-grammar`. No other name becomes a path. */
const PLACE = /^(?:site|allow|groups\/[a-z][a-z0-9_]{0,31}|members\/[a-z0-9_]{1,32})[.]yaml$/;

/**
 * Writes policy that was read at a commit as plain files, for those who have neither root nor git: all of it or nothing. Of
 * a commit whose files are there already, nothing is written. Throws HostRefusal for a file that policy has no place for,
 * and HostFailure.
 */
export async function writeCommitPolicy(root: string, commit: CommitName, files: readonly PolicyFile[]): Promise<void> {
  const target = dirname(commitFolder(root, commit));
  if (existsSync(target)) return;
  const wanted = files.filter(({ path }) => path !== 'README.md');
  const stray = wanted.find(({ path, kind }) => kind !== 'file' || !PLACE.test(path));
  if (stray) throw new HostRefusal(`"${stray.path}" of commit ${short(commit)} has no place in policy`);
  const temporary = join(root, COMMITS, temporaryName());
  try {
    await makeFolder(root, COMMITS);
    await mkdir(temporary);
    // The umask does not decide who can read policy.
    await chmod(temporary, 0o755);
    await makeFolder(temporary, POLICY);
    for (const file of wanted) {
      await makeFolder(temporary, dirname(join(POLICY, file.path)));
      if (file.kind === 'file') await writeWhole(join(temporary, POLICY, file.path), file.bytes);
    }
    for (const folder of [POLICY, ...FOLDERS.map((name) => join(POLICY, name)), ''])
      await syncFolder(join(temporary, folder));
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw new HostFailure(`write ${target}`, 'untouched', error);
  }
}

/**
 * Removes the policy files of all commits but these, and what a killed run left. Only for the holder of the lock of the host.
 * Throws HostFailure.
 */
export async function keepCommitPolicies(root: string, commits: readonly CommitName[]): Promise<void> {
  const folder = join(root, COMMITS);
  try {
    for (const name of (await readdir(folder).catch(ignoreMissing)) ?? []) {
      if (commits.includes(name)) continue;
      // Whoever reads policy just now sees all of it or none.
      const gone = join(folder, temporaryName());
      await rename(join(folder, name), gone);
      await rm(gone, { recursive: true });
    }
  } catch (error) {
    throw new HostFailure(`remove what is not used any more in ${folder}`, 'untouched', error);
  }
}

function temporaryName(): string {
  return `.${randomBytes(6).toString('hex')}.ds01-policy-tmp`;
}
