import type { HistoryRecord, Standing, WordEvent } from '../follow/record.ts';
import { readRecentLines } from '../host/history.ts';
import { holdingLock } from '../host/state-lock.ts';
import { noteOnNews } from './announce.ts';
import { readStanding } from './follow-branch.ts';
import { recordEvent } from './record-event.ts';

/** What was recorded, and a note where the journal could not be told of it. */
export interface Said {
  readonly record: HistoryRecord;
  readonly note: string;
}

/**
 * Records somebody's word, under the lock of the host: what they say depends on where it stands. Throws LockHeld,
 * HostRefusal and HostFailure.
 */
export async function sayWord(root: string, now: Date, word: (standing: Standing) => WordEvent): Promise<Said> {
  return await holdingLock(root, async () => {
    const before = (await readRecentLines(root)).at(-1);
    const said = word(await readStanding(root));
    const record = await recordEvent(root, { version: 1, at: now.toISOString(), ...said });
    return { record, note: await noteOnNews(root, before) };
  });
}
