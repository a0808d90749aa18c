import type { Event, HistoryRecord } from '../follow/record.ts';
import { appendEvent } from '../host/history.ts';
import { HostFailure } from '../host/host-failure.ts';

/** Adds something to the history that has changed nothing else. Only for the holder of the lock. Throws HostFailure. */
export async function recordEvent(root: string, event: Event): Promise<HistoryRecord> {
  try {
    return await appendEvent(root, event);
  } catch (error) {
    throw new HostFailure('write the history', 'untouched', error);
  }
}
