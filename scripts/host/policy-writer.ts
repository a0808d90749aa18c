import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HostFailure, HostRefusal, ignoreMissing } from './host-failure.ts';
import { stage, syncFolder } from './unit-files.ts';

/**
 * Writes files of a policy folder whole, or takes them out (`undefined`); paths are relative to it. Nobody ever sees half a
 * file. Throws HostRefusal for a link in the place of a folder, and HostFailure.
 */
export async function writePolicyFiles(folder: string, files: ReadonlyMap<string, string | undefined>): Promise<void> {
  let done = 0;
  for (const [path, text] of files) {
    const target = join(folder, path);
    const parent = dirname(target);
    const stats = await lstat(parent).catch(ignoreMissing);
    if (stats && !stats.isDirectory()) throw new HostRefusal(`"${parent}" is not a folder`);
    try {
      await (text === undefined ? rm(target) : replace(target, text));
      await syncFolder(parent);
    } catch (error) {
      const hint = done === 0 ? '' : `${done} of ${files.size} files are written: git diff shows them`;
      throw new HostFailure(`write ${target}`, done === 0 ? 'untouched' : 'broken', error, hint);
    }
    done++;
  }
}

async function replace(target: string, text: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await rename(await stage(target, text), target);
}
