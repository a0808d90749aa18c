import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkout } from './checkout.ts';
import { HostFailure, ignoreMissing } from './host-failure.ts';
import { STATE_FOLDER } from './unit-folder.ts';

/** One entry of the host's history. */
export interface HistoryRecord {
  readonly version: 1;
  /** When the run began, in UTC (ISO 8601): no two runs have the same. */
  readonly at: string;
  readonly result: 'applied' | HostFailure['state'];
  /** The commit that policy was read from. */
  readonly policy: Checkout;
  /** The plan it was about. */
  readonly digest: string;
  readonly changes: readonly { readonly kind: string; readonly path: string }[];
  /** Where copies of files are that somebody else wrote, relative to the state folder. */
  readonly backup?: string;
  /** Where and why it failed. */
  readonly failure?: string;
}

const MODE = 0o644;

/** The file that holds the history of a host: one JSON object on each line, newest last. */
export function historyFile(root: string): string {
  return join(root, STATE_FOLDER, 'history.jsonl');
}

/**
 * The newest record of a host, if there is one. Half a line at the end is none: whoever wrote it was killed. Throws
 * HostFailure.
 */
export async function readLastRecord(root: string): Promise<HistoryRecord | undefined> {
  try {
    const text = await readFile(historyFile(root), 'utf8').catch(ignoreMissing);
    const last = text?.split('\n').slice(0, -1).at(-1);
    return last === undefined ? undefined : (JSON.parse(last) as HistoryRecord);
  } catch (error) {
    throw new HostFailure(`read ${historyFile(root)}`, 'untouched', error);
  }
}

/** Adds a record and waits until it is on disk. The state folder must exist. */
export async function appendHistory(root: string, record: HistoryRecord): Promise<void> {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
  const handle = await open(historyFile(root), O_APPEND | O_CREAT | O_NOFOLLOW | O_RDWR, MODE);
  try {
    // The umask does not decide who can read what happened.
    await handle.chmod(MODE);
    await appendLine(handle, JSON.stringify(record));
  } finally {
    await handle.close();
  }
}

// Half a line is no record, and would take the next one with it: whoever was killed may have left one, and so may we.
async function appendLine(handle: FileHandle, line: string): Promise<void> {
  const end = await endOfLines(handle);
  await handle.truncate(end);
  try {
    await handle.appendFile(`${line}\n`);
    await handle.sync();
  } catch (error) {
    await handle.truncate(end);
    throw error;
  }
}

async function endOfLines(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
  if (size === 0 || buffer.toString() === '\n') return size;
  return (await handle.readFile()).lastIndexOf('\n') + 1;
}
