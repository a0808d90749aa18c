import { join } from 'node:path';
import { takeLock } from './lock.ts';
import { STATE_FOLDER } from './unit-folder.ts';
import { makeStateFolder } from './unit-writer.ts';

/** Does something while nobody else may change this host or its history. Throws LockHeld, HostRefusal and HostFailure. */
export async function holdingLock<T>(root: string, run: () => Promise<T>): Promise<T> {
  await makeStateFolder(root);
  const lock = await takeLock(join(root, STATE_FOLDER, 'lock'));
  try {
    return await run();
  } finally {
    await lock.release();
  }
}
