import { changes, type Step } from '../follow/step.ts';
import { HostFailure, HostRefusal } from '../host/host-failure.ts';

/** A step, and how it is done. */
export interface Task extends Step {
  run?(): Promise<void>;
}

/**
 * Takes the steps that change something, in order. What a step that fails leaves is completed by taking all of them once
 * more. Throws HostFailure.
 */
export async function perform(tasks: readonly Task[], again: string): Promise<void> {
  const open = tasks.filter(changes);
  for (const [done, { kind, what, run }] of open.entries()) {
    await run?.().catch((error: unknown) => {
      // It says itself what state the host is in, as long as nothing else was done.
      if (done === 0 && (error instanceof HostFailure || error instanceof HostRefusal)) throw error;
      const state = done === 0 ? 'untouched' : 'broken';
      throw new HostFailure(
        `${kind} ${what}`,
        state,
        error,
        `when that is mended, ${again} again: it goes on from here`,
      );
    });
  }
}
