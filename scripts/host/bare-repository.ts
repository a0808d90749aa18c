import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError, git } from './git.ts';

/** Makes a bare repository if there is none, or only half of one. Its parent folder must be there. Throws GitError. */
export async function makeRepository(repository: string): Promise<void> {
  // git-init(1) writes HEAD last. Without a template there are no hooks, not even as examples.
  if (existsSync(join(repository, 'HEAD'))) return;
  await git(repository, ['init', '--bare', '--quiet', '--template=']);
}

/**
 * Removes what a git that was killed left: locks, which would stop every later one, and halves of objects. Only for whoever
 * holds the lock of the folder that the repository is in: then no other git works here.
 */
export async function removeHalves(repository: string): Promise<void> {
  const entries = await readdir(repository, { recursive: true, withFileTypes: true });
  const left = entries.filter((entry) => entry.isFile() && (entry.name.endsWith('.lock') || isHalf(entry)));
  for (const { parentPath, name } of left) await rm(join(parentPath, name), { force: true });
}

function isHalf({ parentPath, name }: { readonly parentPath: string; readonly name: string }): boolean {
  return parentPath.includes('/objects') && name.startsWith('tmp_');
}

/**
 * Once there are more than eight packs, makes one of them, and removes what no branch leads to any more: whoever rewrites a
 * branch every minute must not fill the disk. Costs one program that ends at once if there are fewer. Throws GitError.
 */
export async function tidy(repository: string): Promise<void> {
  const limits = ['gc.auto=256', 'gc.autoPackLimit=8', 'gc.autoDetach=false', 'gc.pruneExpire=now'];
  await git(repository, [...limits.flatMap((setting) => ['-c', setting]), 'gc', '--auto', '--quiet']);
}

/** Whether all that a repository holds can be read. */
export async function isSound(repository: string): Promise<boolean> {
  try {
    await git(repository, ['fsck', '--no-dangling', '--no-progress']);
    return true;
  } catch (error) {
    if (error instanceof GitError && !error.ofHost) return false;
    throw error;
  }
}
