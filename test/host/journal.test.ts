import { readFileSync, statSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  closeJournal,
  isRunUnfinished,
  type Journal,
  journalFile,
  openJournal,
  readJournal,
} from '../../scripts/host/journal.ts';
import { hostWith } from '../support/unit-host.ts';

const CLEARED = '/run/systemd/system.control/ds01-a.slice.d/50-TasksMax.conf';
const RECORD: Journal['record'] = {
  version: 1,
  at: '2026-06-15T10:34:56.789Z',
  kind: 'apply',
  cause: 'commit',
  day: '2026-06-15',
  policy: { commit: 'c'.repeat(40), uncommittedChanges: true },
  digest: 'd',
  changes: [{ kind: 'create', path: 'ds01.slice' }],
  backup: 'backup/2026-06-15T103456.789Z',
};

/** One change of every kind, with what the files held: any bytes, or any text. */
function journalOf(after: string, bytes: Uint8Array): Journal {
  const before = Buffer.from(bytes).toString();
  return {
    record: RECORD,
    changes: [
      { kind: 'create', path: 'ds01.slice', after },
      { kind: 'update', path: 'ds01-a.slice', before, after },
      { kind: 'adopt', path: 'ds01-a-.slice.d/50-ds01-policy.conf', before, after },
      { kind: 'remove', path: 'ds01-b.slice', before },
      { kind: 'clear', path: CLEARED, before },
    ],
    earlier: new Map(
      ['ds01-a.slice', 'ds01-a-.slice.d/50-ds01-policy.conf', 'ds01-b.slice', CLEARED].map((path) => [
        path,
        Buffer.from(bytes),
      ]),
    ),
  };
}

const SMALL = journalOf('new\n', Buffer.from('old\n'));

describe('a journal', () => {
  it('is read as it was written, whatever the files held: text, no text at all, or nothing', async () => {
    const root = hostWith({});
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\n', '\u2028', '\\u0000'));
    const bytes = fc.oneof(
      fc.uint8Array(),
      text.map((string) => Buffer.from(string)),
    );
    await fc.assert(
      fc.asyncProperty(text, bytes, async (after, earlier) => {
        const journal = journalOf(after, earlier);
        await openJournal(root, journal);
        expect(await readJournal(root)).toEqual({ kind: 'open', journal });
        await closeJournal(root);
      }),
      { numRuns: 50, seed: 252 },
    );
  });

  it('can be read by people: texts are texts, and only what is none is base64', async () => {
    const root = hostWith({});
    await openJournal(root, SMALL);
    expect(readFileSync(journalFile(root), 'utf8')).toContain('"before":{"text":"old\\n"},"after":"new\\n"');
    await closeJournal(root);
    await openJournal(root, journalOf('new\n', Buffer.from('caf\u00e9', 'latin1')));
    expect(readFileSync(journalFile(root), 'utf8')).toContain('"before":{"base64":"Y2Fm6Q=="}');
  });

  it('can be read by everybody, whatever the umask is: status says that a run is under way', async () => {
    const root = hostWith({});
    process.umask(0o077);
    await openJournal(root, SMALL);
    expect(statSync(journalFile(root)).mode & 0o777).toBe(0o644);
  });

  it('that was cut off anywhere was only begun', async () => {
    const root = hostWith({});
    await openJournal(root, SMALL);
    const whole = readFileSync(journalFile(root));
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(journalFile(root), whole.subarray(0, length));
      expect(await readJournal(root)).toEqual({ kind: 'begun' });
    }
    writeFileSync(journalFile(root), whole);
    expect(await readJournal(root)).toMatchObject({ kind: 'open' });
  });

  it('is there from its beginning to its end', async () => {
    const root = hostWith({});
    expect(isRunUnfinished(root)).toBe(false);
    expect(await readJournal(root)).toEqual({ kind: 'none' });
    await openJournal(root, SMALL);
    expect(isRunUnfinished(root)).toBe(true);
    await closeJournal(root);
    expect(isRunUnfinished(root)).toBe(false);
    // What is not there needs not be taken away.
    await closeJournal(root);
    expect(await readJournal(root)).toEqual({ kind: 'none' });
  });

  it('never takes the place of another, which nobody has settled', async () => {
    const root = hostWith({});
    await openJournal(root, SMALL);
    const first = readFileSync(journalFile(root), 'utf8');
    await expect(openJournal(root, journalOf('other\n', Buffer.from('')))).rejects.toThrow('EEXIST');
    expect(readFileSync(journalFile(root), 'utf8')).toBe(first);
  });

  it('that is whole and cannot be understood is an error, and never nothing', async () => {
    const root = hostWith({});
    for (const text of ['\n', 'rubbish\n', '{"version":1}\n', 'null\n']) {
      writeFileSync(journalFile(root), text);
      await expect(readJournal(root), text).rejects.toThrow();
    }
  });
});
