import { createHash } from 'node:crypto';
import type { Event, HistoryRecord } from './record.ts';
import { advance, UNKNOWN } from './standing.ts';

/** The last line of a history, and what it says. */
export interface Link {
  readonly line: string;
  readonly record: HistoryRecord;
}

/** What an event becomes as the next line of a history, without the end of the line. */
export function chain(last: Link | undefined, event: Event): Link {
  const standing = advance(last?.record.standing ?? UNKNOWN, event);
  const record = { ...event, standing, previous: last ? digestOf(last.line) : '' };
  return { line: JSON.stringify(record), record };
}

/** SHA-256 of a line of the history, in hex: what the next line says of it, and a witness elsewhere can keep. */
export function digestOf(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}

/**
 * The number of the first line, counted from 1, that does not say what the line before it was, or is no record: something
 * was changed, taken out or put in there. Nothing if all is whole. Lines that were cut off at the end leave no gap: the
 * digest of the last line is in the journal.
 */
export function findBreak(lines: readonly string[]): number | undefined {
  const broken = lines.findIndex((line, index) => {
    const before = lines[index - 1];
    return previousOf(line) !== (before === undefined ? '' : digestOf(before));
  });
  return broken === -1 ? undefined : broken + 1;
}

function previousOf(line: string): unknown {
  try {
    return (JSON.parse(line) as Partial<HistoryRecord> | null)?.previous;
  } catch {
    return undefined;
  }
}
