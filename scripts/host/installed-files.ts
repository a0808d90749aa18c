import { randomBytes } from 'node:crypto';
import { lstat, open, readdir, readFile, readlink, rename, rm, rmdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { InstalledFile } from '../follow/installation.ts';
import { HostFailure, HostRefusal, ignoreMissing } from './host-failure.ts';
import { makeFolder, syncFolder } from './unit-files.ts';
import { assertFolders } from './unit-folder.ts';

/** Bits of a mode that say who may do what. */
const PERMISSIONS = 0o7777;

/** Whether root does this: others can neither give files away nor hold the user of root. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/**
 * How a host has a file that install would write: not at all, otherwise, or just so. `gid` is the number of its group.
 * Throws HostRefusal if something else is in its place, or a link on the way to it, and HostFailure.
 */
export async function compareInstalled(
  root: string,
  { path, content, mode }: InstalledFile,
  gid: number,
): Promise<'create' | 'update' | 'same'> {
  assertFolders(root, dirname(path));
  const target = join(root, path);
  try {
    const stats = await lstat(target).catch(ignoreMissing);
    if (!stats) return 'create';
    if (!stats.isFile()) throw new HostRefusal(`${target} is not a file: take it away, then install again`);
    const owned = !isRoot() || (stats.uid === 0 && stats.gid === gid);
    const same = (stats.mode & PERMISSIONS) === mode && owned && (await readFile(target)).equals(Buffer.from(content));
    return same ? 'same' : 'update';
  } catch (error) {
    throw error instanceof HostRefusal ? error : new HostFailure(`read ${target}`, 'untouched', error);
  }
}

/** Writes a file with its folders, whole or not at all, and nobody can read it before its owner and mode are right. */
export async function writeInstalled(root: string, { path, content, mode }: InstalledFile, gid: number): Promise<void> {
  const target = join(root, path);
  await makeFolder(root, dirname(path));
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.ds01-policy-tmp`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      if (isRoot()) await handle.chown(0, gid);
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(target));
}

/** Whether a link leads where it should. Throws HostRefusal if something else is in its place. */
export async function compareLink(root: string, path: string, target: string): Promise<'create' | 'update' | 'same'> {
  assertFolders(root, dirname(path));
  const stats = await lstat(join(root, path)).catch(ignoreMissing);
  if (!stats) return 'create';
  if (!stats.isSymbolicLink()) throw new HostRefusal(`${join(root, path)} is not a link: take it away`);
  return (await readlink(join(root, path))) === target ? 'same' : 'update';
}

/** Makes a link, in the place of another one if there is one. */
export async function writeLink(root: string, path: string, target: string): Promise<void> {
  await makeFolder(root, dirname(path));
  const temporary = join(root, `${path}.${randomBytes(6).toString('hex')}.ds01-policy-tmp`);
  await symlink(target, temporary);
  await rename(temporary, join(root, path));
  await syncFolder(dirname(join(root, path)));
}

/** Whether there is something at a path, also a link that leads nowhere; nothing is followed on the way to it. */
export async function isThere(root: string, path: string): Promise<boolean> {
  assertFolders(root, dirname(path));
  return (await lstat(join(root, path)).catch(ignoreMissing)) !== undefined;
}

/** Names in a folder, sorted; none if there is no such folder. */
export async function namesIn(root: string, path: string): Promise<readonly string[]> {
  assertFolders(root, path);
  return ((await readdir(join(root, path)).catch(ignoreMissing)) ?? []).sort();
}

/** Removes a file or a link, which may be gone already. */
export async function removeInstalled(root: string, path: string): Promise<void> {
  await rm(join(root, path), { force: true });
  await syncFolder(dirname(join(root, path)));
}

/** Removes a folder if nothing is in it. */
export async function removeEmptyFolder(root: string, path: string): Promise<void> {
  if ((await namesIn(root, path)).length > 0 || !(await isThere(root, path))) return;
  await rmdir(join(root, path));
  await syncFolder(dirname(join(root, path)));
}

/** Removes a folder with all that is in it; links in it are removed, and not followed. */
export async function removeTree(root: string, path: string): Promise<void> {
  assertFolders(root, path);
  await rm(join(root, path), { recursive: true, force: true });
  await syncFolder(dirname(join(root, path)));
}
