import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { chain } from '../follow/history-chain.ts';
import type { Event, HistoryRecord } from '../follow/record.ts';
import { HostFailure, ignoreMissing } from './host-failure.ts';
import { STATE_FOLDER } from './unit-folder.ts';

const MODE = 0o644;
/** Bytes that are read first from the end of the file: a few dozen records. */
const TAIL = 64 * 1024;

/** The file that holds the history of a host: one JSON object on each line, newest last. */
export function historyFile(root: string): string {
  return join(root, STATE_FOLDER, 'history.jsonl');
}

/**
 * The newest record of a host, if there is one. Half a line at the end is none: whoever wrote it was killed. Throws
 * HostFailure.
 */
export async function readLastRecord(root: string): Promise<HistoryRecord | undefined> {
  const [last] = await reading(root, async (handle) => {
    const lines = await readTail(handle, (await handle.stat()).size);
    return lines.slice(-1).map((line) => JSON.parse(line) as HistoryRecord);
  });
  return last;
}

/**
 * The newest records of a host, oldest first: a few dozen, but at least one if there is any, and all that are newer than
 * `since`. Throws HostFailure.
 */
export async function readRecentRecords(root: string, since?: Date): Promise<readonly HistoryRecord[]> {
  return await reading(root, async (handle) => {
    return (await readTail(handle, (await handle.stat()).size, since)).map((line) => JSON.parse(line));
  });
}

/** The lines of these records, as they are in the file. Throws HostFailure. */
export async function readRecentLines(root: string): Promise<readonly string[]> {
  return await reading(root, async (handle) => readTail(handle, (await handle.stat()).size));
}

/** The lines of the whole history of a host, oldest first. Throws HostFailure. */
export async function readHistoryLines(root: string): Promise<readonly string[]> {
  return await reading(root, async (handle) => linesOf(await handle.readFile('utf8')));
}

async function reading<T>(root: string, read: (handle: FileHandle) => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    const handle = await open(historyFile(root), constants.O_RDONLY | constants.O_NOFOLLOW).catch(ignoreMissing);
    if (!handle) return [];
    return await read(handle).finally(() => handle.close());
  } catch (error) {
    throw new HostFailure(`read ${historyFile(root)}`, 'untouched', error);
  }
}

/**
 * Adds what happened to the history, chained to what is there, and waits until it is on disk; gives where the host stands
 * since. The state folder must exist. Only for the holder of the lock.
 */
export async function appendEvent(root: string, event: Event): Promise<HistoryRecord> {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
  const handle = await open(historyFile(root), O_APPEND | O_CREAT | O_NOFOLLOW | O_RDWR, MODE);
  try {
    // The umask does not decide who can read what happened.
    await handle.chmod(MODE);
    const { size } = await handle.stat();
    const last = (await readTail(handle, size)).at(-1);
    const { line, record } = chain(last === undefined ? undefined : { line: last, record: JSON.parse(last) }, event);
    await appendLine(handle, size, line);
    return record;
  } finally {
    await handle.close();
  }
}

// Half a line is no record, and would take the next one with it: whoever was killed may have left one, and so may we.
async function appendLine(handle: FileHandle, size: number, line: string): Promise<void> {
  const end = await endOfLines(handle, size);
  if (end < size) await handle.truncate(end);
  try {
    await handle.appendFile(`${line}\n`);
    await handle.sync();
  } catch (error) {
    await handle.truncate(end);
    throw error;
  }
}

async function endOfLines(handle: FileHandle, size: number): Promise<number> {
  const last = await readEnd(handle, size, 1);
  if (size === 0 || last.toString() === '\n') return size;
  return (await readEnd(handle, size, size)).lastIndexOf('\n') + 1;
}

// The whole lines at the end, as many as fit. More is read until there are enough: a record of many changes is long.
async function readTail(handle: FileHandle, size: number, since?: Date): Promise<readonly string[]> {
  for (let length = TAIL; ; length *= 4) {
    const bytes = await readEnd(handle, size, length);
    const whole = bytes.length === size ? bytes : bytes.subarray(bytes.indexOf('\n') + 1);
    const lines = linesOf(whole.toString('utf8'));
    if (bytes.length === size || reachesBack(lines[0], since)) return lines;
  }
}

function reachesBack(oldest: string | undefined, since: Date | undefined): boolean {
  if (oldest === undefined || since === undefined) return oldest !== undefined;
  return Date.parse((JSON.parse(oldest) as HistoryRecord).at) < since.getTime();
}

async function readEnd(handle: FileHandle, size: number, length: number): Promise<Buffer> {
  const start = Math.max(0, size - length);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
  return buffer.subarray(0, bytesRead);
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').slice(0, -1);
}
