import { existsSync } from 'node:fs';
import { execa } from 'execa';

/** One field of an entry of the journal: its name, and its value on one line (systemd.journal-fields(7)). */
export type JournalField = readonly [name: string, value: string];

/** Where journald listens; not there where no systemd runs. */
const SOCKET = '/run/systemd/journal/socket';
/** Milliseconds. */
const PATIENCE = 10_000;

/**
 * Adds an entry to the journal, where there is one. Gives the reason if that was not possible, and never throws: what
 * happened has happened, whether it is logged or not.
 */
export async function logToJournal(fields: readonly JournalField[], socket = SOCKET): Promise<string | undefined> {
  if (!existsSync(socket)) return undefined;
  const wrong = fields.find(([name, value]) => !/^[A-Z][A-Z0-9_]{0,63}$/.test(name) || /\p{Cc}/u.test(value));
  // A line break in a value would begin a field of its own.
  if (wrong) return `cannot log to the journal: ${JSON.stringify(wrong)} is not a field on one line`;
  const input = fields.map(([name, value]) => `${name}=${value}\n`).join('');
  const result = await execa('logger', ['--journald'], { input, timeout: PATIENCE, reject: false, stdout: 'ignore' });
  if (result.exitCode === 0) return undefined;
  if (result.code === 'ENOENT')
    return 'cannot log to the journal: logger(1) is not installed; it is in bsdutils or util-linux';
  const why = result.timedOut ? `it did not end within ${PATIENCE / 1000} s` : result.stderr || result.shortMessage;
  return `cannot log to the journal: logger(1) failed: ${why}`;
}
