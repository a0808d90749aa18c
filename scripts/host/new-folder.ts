import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { HostFailure, HostRefusal, ignoreMissing } from './host-failure.ts';

/** Contents of files, by path below a folder. */
export type NewFiles = ReadonlyMap<string, string | Uint8Array>;

/**
 * Fills a folder, which is new or holds nothing but `.git`, and finishes it. All of it, or nothing: whatever fails, what was
 * written is taken back. Gives what `finish` gives, which gets the folder to work in. Throws HostRefusal if the folder holds
 * anything else, and HostFailure.
 */
export async function fillFolder<T>(folder: string, files: NewFiles, finish: (at: string) => Promise<T>): Promise<T> {
  const target = resolve(folder);
  const stats = await lstat(target).catch(ignoreMissing);
  if (!stats) return await makeFolder(target, files, finish);
  if (!stats.isDirectory()) throw new HostRefusal(`"${folder}" is not a folder`);
  const names = await readdir(target);
  const [other] = names.filter((name) => name !== '.git').sort();
  if (other !== undefined) throw new HostRefusal(`"${folder}" holds "${other}": name a folder that is new or empty`);
  return await fillEmpty(target, files, finish);
}

// Made beside its place, and renamed when all is done.
async function makeFolder<T>(target: string, files: NewFiles, finish: (at: string) => Promise<T>): Promise<T> {
  if (!existsSync(dirname(target))) throw new HostRefusal(`"${dirname(target)}" does not exist: make it first`);
  const outer = await inStep(`make ${target}`, () => mkdtemp(join(dirname(target), `.${basename(target)}.`)));
  try {
    // The folder that mkdtemp makes is for nobody else, and this one for those whom the umask lets in.
    const inner = join(outer, basename(target));
    await inStep(`write ${target}`, () => writeAll(inner, files));
    const result = await finish(inner);
    await inStep(`make ${target}`, () => rename(inner, target));
    return result;
  } finally {
    await rm(outer, { recursive: true, force: true });
  }
}

// Somebody stands in it, or has made its .git: it stays the same folder.
async function fillEmpty<T>(target: string, files: NewFiles, finish: (at: string) => Promise<T>): Promise<T> {
  const before = await readdir(target);
  try {
    await inStep(`write ${target}`, () => writeAll(target, files));
    return await finish(target);
  } catch (error) {
    await takeBack(target, before);
    throw error;
  }
}

async function takeBack(target: string, before: readonly string[]): Promise<void> {
  try {
    const made = (await readdir(target)).filter((name) => !before.includes(name));
    for (const name of made) await rm(join(target, name), { recursive: true, force: true });
  } catch (error) {
    throw new HostFailure('take back what was written', 'broken', error, `look into "${target}"`);
  }
}

async function writeAll(folder: string, files: NewFiles): Promise<void> {
  for (const [path, content] of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    // Whatever came there meanwhile is not ours.
    await writeFile(file, content, { flag: 'wx' });
  }
}

async function inStep<T>(step: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new HostFailure(step, 'untouched', error);
  }
}
