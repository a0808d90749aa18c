import { setTimeout as wait } from 'node:timers/promises';
import { LockHeld } from '../host/host-failure.ts';
import { holdingLock } from '../host/state-lock.ts';

/** Milliseconds: a run that does nothing takes a second or two, and one that applies half a minute. */
const PATIENCE = 60_000;
const PAUSE = 500;

/**
 * Does something while nobody else may change this host, after a run that is under way: whoever installs would otherwise
 * have to try again because the timer was quicker. Throws LockHeld if it does not end, and what `holdingLock` throws.
 */
export async function waitForLock<T>(root: string, run: () => Promise<T>, patience = PATIENCE): Promise<T> {
  for (const begun = performance.now(); ; ) {
    try {
      return await holdingLock(root, run);
    } catch (error) {
      if (!(error instanceof LockHeld) || performance.now() - begun >= patience) throw error;
      await wait(Math.min(PAUSE, patience));
    }
  }
}
