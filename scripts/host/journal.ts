import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApplyEvent } from '../follow/record.ts';
import { ignoreMissing } from './host-failure.ts';
import { syncFolder, type UnitWrite, writeWhole } from './unit-files.ts';
import { STATE_FOLDER } from './unit-folder.ts';
import type { Earlier } from './unit-writer.ts';

/** What a run writes down before it changes anything, so that the next one can settle it if this one does not end. */
export interface Journal {
  /** The record that the run would add to the history. */
  readonly record: { readonly version: 1; readonly at: string } & Omit<ApplyEvent, 'result' | 'failure' | 'blame'>;
  readonly changes: readonly UnitWrite[];
  /** What the files held before. */
  readonly earlier: Earlier;
}

/** A journal in the state folder; one that was only begun says that nothing had been changed yet. */
export type FoundJournal =
  | { readonly kind: 'none' }
  | { readonly kind: 'begun' }
  | { readonly kind: 'open'; readonly journal: Journal };

/** The journal of the run that is under way, or was when it was ended. */
export function journalFile(root: string): string {
  return join(root, STATE_FOLDER, 'journal.json');
}

/** Whether a run is under way, or was ended half-way. */
export function isRunUnfinished(root: string): boolean {
  return existsSync(journalFile(root));
}

/** Writes a journal and waits until it is on disk. There must be none. */
export async function openJournal(root: string, { record, changes, earlier }: Journal): Promise<void> {
  const lines = changes.map((change) => {
    const bytes = earlier.get(change.path);
    return {
      kind: change.kind,
      path: change.path,
      before: bytes && encode(bytes),
      after: 'after' in change ? change.after : undefined,
    };
  });
  await writeWhole(journalFile(root), `${JSON.stringify({ version: 1, record, changes: lines })}\n`);
  await syncFolder(join(root, STATE_FOLDER));
}

/** Takes the journal away: what it is about is settled. */
export async function closeJournal(root: string): Promise<void> {
  await rm(journalFile(root), { force: true });
  await syncFolder(join(root, STATE_FOLDER));
}

/** Reads what an earlier run left. Throws if it can be read but not understood. */
export async function readJournal(root: string): Promise<FoundJournal> {
  const text = await readFile(journalFile(root), 'utf8').catch(ignoreMissing);
  if (text === undefined) return { kind: 'none' };
  // Without an end of line the run was ended while it wrote this, and before it changed anything.
  if (!text.endsWith('\n')) return { kind: 'begun' };
  const { record, changes } = JSON.parse(text) as Written;
  const earlier = new Map(
    changes.flatMap(({ path, before }) => (before === undefined ? [] : [[path, decode(before)] as const])),
  );
  const writes = changes.map(({ kind, path, before, after }) => {
    // The kinds of changes and their texts were written together.
    return { kind, path, before: before && decode(before).toString(), after } as UnitWrite;
  });
  return { kind: 'open', journal: { record, changes: writes, earlier } };
}

interface Written {
  readonly record: Journal['record'];
  readonly changes: readonly {
    readonly kind: UnitWrite['kind'];
    readonly path: string;
    readonly before?: Encoded;
    readonly after?: string;
  }[];
}

/** Text that can be read at three in the morning, unless it is none. */
type Encoded = { readonly text: string } | { readonly base64: string };

function encode(bytes: Uint8Array): Encoded {
  const text = Buffer.from(bytes).toString();
  return Buffer.from(text).equals(bytes) ? { text } : { base64: Buffer.from(bytes).toString('base64') };
}

function decode(encoded: Encoded): Buffer {
  return 'text' in encoded ? Buffer.from(encoded.text) : Buffer.from(encoded.base64, 'base64');
}
