import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HostFailure, ignoreMissing } from './host-failure.ts';
import { CHECK_FOLDER } from './systemd.ts';
import { STATE_FOLDER, TEMPORARY, UNIT_FOLDER } from './unit-folder.ts';

/**
 * Removes what a run that was killed left: temporary files in the unit folder, drop-in folders of the site that hold
 * nothing any more, and files that systemd was to check. Without any, nothing is written. Only for the holder of the lock:
 * nobody else is using them then. Throws HostFailure.
 */
export async function removeLeftovers(root: string, site: string): Promise<void> {
  const folder = join(root, UNIT_FOLDER);
  try {
    const entries = (await readdir(folder, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
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
    for (const name of (await readdir(join(root, STATE_FOLDER)).catch(ignoreMissing)) ?? []) {
      if (name.startsWith(CHECK_FOLDER)) await rm(join(root, STATE_FOLDER, name), { recursive: true });
    }
  } catch (error) {
    throw new HostFailure('remove what an earlier run left behind', 'untouched', error);
  }
}

/** Gives how many other files there are. */
async function removeTemporaries(folder: string, names: readonly string[]): Promise<number> {
  const temporaries = names.filter((name) => TEMPORARY.test(name));
  for (const name of temporaries) await rm(join(folder, name));
  return names.length - temporaries.length;
}
