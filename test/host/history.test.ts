import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../scripts/follow/history-chain.ts';
import type { Event } from '../../scripts/follow/record.ts';
import { appendEvent, historyFile, readHistoryLines, readLastRecord } from '../../scripts/host/history.ts';
import { contentsOf, temporaryFolder, unprivilegedAsync } from '../support/temporary-folder.ts';
import { hostWith } from '../support/unit-host.ts';

const AT = '2026-06-15T10:00:00.000Z';

function event(digest: string): Event {
  const policy = { commit: null, why: 'not in git' };
  const said = { policy, cause: 'by-hand', day: '2026-06-15', digest, changes: [] } as const;
  return { version: 1, at: AT, kind: 'apply', result: 'applied', ...said };
}

/** The record of it, after a line that is there already. */
function record(digest: string, before?: unknown) {
  const standing = { day: '2026-06-15', last: { at: AT, result: 'applied', commit: null } };
  return { ...event(digest), standing, previous: before === undefined ? '' : digestOf(JSON.stringify(before)) };
}

function lines(root: string): readonly string[] {
  return readFileSync(historyFile(root), 'utf8').split('\n');
}

describe('the history of a host', () => {
  it('has one record on each line, newest last', async () => {
    const root = hostWith({});
    const said = [];
    for (const digest of ['a', 'b\nc', 'd']) said.push(await appendEvent(root, event(digest)));
    const [a, b] = [record('a'), record('b\nc', record('a'))];
    expect(said).toEqual([a, b, record('d', b)]);
    expect(lines(root)).toEqual([...said.map((entry) => JSON.stringify(entry)), '']);
    expect(await readHistoryLines(root)).toEqual(lines(root).slice(0, -1));
  });

  it('can be read by everybody and written by nobody else, whatever the umask is', async () => {
    const root = hostWith({});
    process.umask(0o077);
    await appendEvent(root, event('a'));
    expect(statSync(historyFile(root)).mode & 0o777).toBe(0o644);
    chmodSync(historyFile(root), 0o666);
    await appendEvent(root, event('b'));
    expect(statSync(historyFile(root)).mode & 0o777).toBe(0o644);
  });

  it.each([
    ['behind whole records', `${JSON.stringify(record('a'))}\n`, '{"version":1,"at":"20'],
    ['at the very beginning', '', '{"vers'],
  ])(
    'loses half a record that a killed run left %s: it would take the next one with it',
    async (_title, whole, half) => {
      const root = hostWith({});
      writeFileSync(historyFile(root), whole + half);
      await appendEvent(root, event('b'));
      const before = whole === '' ? undefined : record('a');
      expect(readFileSync(historyFile(root), 'utf8')).toBe(`${whole}${JSON.stringify(record('b', before))}\n`);
    },
  );

  it('is not written through a link', async () => {
    const root = hostWith({});
    symlinkSync('/dev/null', historyFile(root));
    await expect(appendEvent(root, event('a'))).rejects.toThrow('ELOOP');
  });

  it('needs its folder', async () => {
    const root = temporaryFolder();
    await expect(appendEvent(root, event('a'))).rejects.toThrow('ENOENT');
    expect(contentsOf(root)).toEqual([]);
    expect(historyFile(root)).toBe(join(root, 'var/lib/ds01-policy/history.jsonl'));
  });
});

describe('the last record of a host', () => {
  it('is the newest whole one', async () => {
    const root = hostWith({});
    for (const digest of ['a', 'b']) await appendEvent(root, event(digest));
    expect(await readLastRecord(root)).toEqual(record('b', record('a')));
    // Whoever was killed while it wrote has recorded nothing.
    appendFileSync(historyFile(root), '{"version":1,"at":"20');
    expect(await readLastRecord(root)).toEqual(record('b', record('a')));
  });

  it('is none where nothing was recorded yet', async () => {
    const root = hostWith({});
    expect(await readLastRecord(root)).toBeUndefined();
    for (const text of ['', '{"vers']) {
      writeFileSync(historyFile(root), text);
      expect(await readLastRecord(root)).toBeUndefined();
    }
  });

  it('that cannot be read, or understood, is a failure of the host: nobody may take it for none', async () => {
    const root = hostWith({});
    const failure = { name: 'HostFailure', state: 'untouched', step: `read ${historyFile(root)}` };
    writeFileSync(historyFile(root), 'rubbish\n');
    await expect(readLastRecord(root)).rejects.toMatchObject(failure);
    chmodSync(historyFile(root), 0);
    await expect(unprivilegedAsync(() => readLastRecord(root))).rejects.toMatchObject(failure);
    rmSync(historyFile(root));
    mkdirSync(historyFile(root));
    await expect(readLastRecord(root)).rejects.toMatchObject(failure);
  });
});
