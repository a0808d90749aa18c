import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HostRefusal, ignoreMissing } from './host-failure.ts';
import { belowRoot, makeFolder, syncFolder, type UnitWrite, writeWhole } from './unit-files.ts';
import { STATE_FOLDER } from './unit-folder.ts';
import type { Earlier } from './unit-writer.ts';

/** Folder for the copies of one run, relative to the state folder: `backup/2026-11-24T081428.123Z`. */
export function backupFolder(at: Date): string {
  return `backup/${at.toISOString().replaceAll(':', '')}`;
}

/** Whether a change takes away what somebody else wrote. */
export function needsBackup({ kind }: Pick<UnitWrite, 'kind'>): boolean {
  return kind === 'adopt' || kind === 'clear';
}

/** Copies what somebody else wrote, each file under its own path below the folder, byte by byte. */
export async function keepCopies(
  root: string,
  folder: string,
  changes: readonly UnitWrite[],
  earlier: Earlier,
): Promise<void> {
  for (const { path } of changes.filter(needsBackup)) {
    const bytes = earlier.get(path);
    const copy = join(STATE_FOLDER, folder, belowRoot(path));
    await makeFolder(root, dirname(copy));
    if (bytes) await writeWhole(join(root, copy), bytes);
    await syncFolder(join(root, dirname(copy)));
  }
}

/** The text of a copy, to be put back. Throws HostRefusal if it is gone, or its bytes are no text that could be. */
export async function readCopy(root: string, folder: string, path: string): Promise<string> {
  const file = join(root, STATE_FOLDER, folder, belowRoot(path));
  const bytes = await readFile(file).catch(ignoreMissing);
  if (!bytes) throw new HostRefusal(`the copy ${file} is gone: ${path} cannot be put back as it was`);
  const text = bytes.toString();
  if (Buffer.from(text).equals(bytes)) return text;
  throw new HostRefusal(`the copy ${file} is not UTF-8 text: put ${path} back by hand`);
}

/** Removes the copies of a run that came to nothing. */
export async function dropCopies(root: string, folder: string): Promise<void> {
  await rm(join(root, STATE_FOLDER, folder), { recursive: true, force: true });
}
