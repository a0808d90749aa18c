import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HostFailure, ignoreMissing } from './host-failure.ts';
import { CHECK_FOLDER } from './systemd.ts';
import { isRealFolder, STATE_FOLDER, TEMPORARY, UNIT_FOLDER } from './unit-folder.ts';

/** Where units are written, and where what `systemctl set-property` wrote is taken away and may be put back. */
const FOLDERS = [UNIT_FOLDER, 'etc/systemd/system.control', 'run/systemd/system.control'];

/**
 * Removes what a run that was killed left: temporary files beside units, drop-in folders of the site that hold nothing any
 * more, and files that systemd was to check. Without any, nothing is written. Only for the holder of the lock: nobody else
 * is using them then. Throws HostFailure, and HostRefusal for what cannot be looked at.
 */
export async function removeLeftovers(root: string, site: string): Promise<void> {
  const folders = FOLDERS.filter((folder) => isRealFolder(root, folder));
  try {
    for (const folder of folders) await removeFrom(join(root, folder), site);
    for (const name of (await readdir(join(root, STATE_FOLDER)).catch(ignoreMissing)) ?? []) {
      if (name.startsWith(CHECK_FOLDER)) await rm(join(root, STATE_FOLDER, name), { recursive: true });
    }
  } catch (error) {
    throw new HostFailure('remove what an earlier run left behind', 'untouched', error);
  }
}

async function removeFrom(folder: string, site: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  await removeTemporaries(
    folder,
    entries.map(({ name }) => name),
  );
  for (const entry of entries) {
    if (!entry.isDirectory() || !entry.name.endsWith('.slice.d')) continue;
    const left = await removeTemporaries(join(folder, entry.name), await readdir(join(folder, entry.name)));
    const ours = entry.name === `${site}.slice.d` || entry.name.startsWith(`${site}-`);
    if (ours && left === 0) await rmdir(join(folder, entry.name));
  }
}

/** Gives how many other files there are. */
async function removeTemporaries(folder: string, names: readonly string[]): Promise<number> {
  const temporaries = names.filter((name) => TEMPORARY.test(name));
  for (const name of temporaries) await rm(join(folder, name));
  return names.length - temporaries.length;
}
