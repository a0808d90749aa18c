import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { historyFile } from '../../scripts/host/history.ts';
import { HostFailure, HostRefusal } from '../../scripts/host/host-failure.ts';
import { type Order, transact } from '../../scripts/host/transaction.ts';
import { UNIT_FOLDER } from '../../scripts/host/unit-folder.ts';
import { AFTER, BEFORE, changesTo, hostWith, unitsOf } from '../support/unit-host.ts';

const NOW = new Date('2026-06-15T12:34:56.789+02:00');
const policy = { commit: 'c'.repeat(40), uncommittedChanges: false };

function about(changes: readonly { readonly kind: string; readonly path: string }[]) {
  const names = changes.map(({ kind, path }) => ({ kind, path }));
  return { policy, cause: 'commit', day: '2026-06-15', digest: 'd1', changes: names } as const;
}

function order(root: string, look = (): readonly string[] => changesTo(root).map(({ path }) => path)): Order {
  const nothing = async () => [];
  const changes = changesTo(root);
  return { about: about(changes), changes, findRemaining: async () => look(), findUnenforced: nothing };
}

function records(root: string): readonly Record<string, unknown>[] {
  return readFileSync(historyFile(root), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('a transaction', () => {
  it('makes the changes and records them, with the moment in UTC', async () => {
    const root = hostWith(BEFORE);
    const said = about(changesTo(root));
    const backup = 'backup/2026-06-15T103456.789Z';
    await transact(root, order(root), NOW);
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(AFTER)));
    expect(records(root)).toEqual([
      {
        ...{ version: 1, at: '2026-06-15T10:34:56.789Z', kind: 'apply', result: 'applied', ...said, backup },
        ...{ seconds: expect.any(Number), standing: expect.anything(), previous: '' },
      },
    ]);
  });

  it('is taken back if the host is not as it was written, and says so in the history', async () => {
    const root = hostWith(BEFORE);
    const failure = transact(
      root,
      order(root, () => ['ds01-a.slice', 'ds01-b.slice']),
      NOW,
    );
    const message = 'read back: not as written: ds01-a.slice; ds01-b.slice';
    await expect(failure).rejects.toMatchObject({ name: 'HostFailure', state: 'restored', message });
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
    expect(records(root)).toMatchObject([{ result: 'restored', failure: message, digest: 'd1' }]);
  });

  it('is taken back if the host cannot be read again', async () => {
    const root = hostWith(BEFORE);
    const look = () => {
      throw new HostRefusal('etc is a symbolic link');
    };
    await expect(transact(root, order(root, look), NOW)).rejects.toThrow(HostFailure);
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
    expect(records(root)).toMatchObject([{ result: 'restored', failure: 'read back: etc is a symbolic link' }]);
  });

  it('is taken back if it cannot be recorded: what nobody will know of must not be in force', async () => {
    const root = hostWith(BEFORE);
    mkdirSync(historyFile(root));
    await expect(transact(root, order(root), NOW)).rejects.toMatchObject({
      step: 'record',
      state: 'restored',
      message: expect.stringMatching(/^record: EISDIR.*; the failure could not be recorded either: EISDIR/),
    });
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
  });

  it('that failed before its first change is recorded as that', async () => {
    const root = hostWith(BEFORE);
    const changes = [{ kind: 'create', path: 'ds01-a.slice', after: 'x' }] as const;
    await expect(transact(root, { ...order(root), about: about(changes), changes }, NOW)).rejects.toMatchObject({
      state: 'untouched',
    });
    expect(records(root)).toMatchObject([{ result: 'untouched', changes: [{ kind: 'create', path: 'ds01-a.slice' }] }]);
  });

  it('that could not be taken back is recorded as that, and both are said if not even that works', async () => {
    const sabotage = (root: string) => () => {
      const target = join(root, UNIT_FOLDER, 'ds01-a.slice');
      rmSync(target);
      mkdirSync(target);
      return ['ds01-a.slice'];
    };
    const root = hostWith(BEFORE);
    await expect(transact(root, order(root, sabotage(root)), NOW)).rejects.toMatchObject({ state: 'broken' });
    expect(records(root)).toMatchObject([
      { result: 'broken', failure: expect.stringContaining('then run apply again') },
    ]);

    const other = hostWith(BEFORE);
    mkdirSync(historyFile(other));
    await expect(transact(other, order(other, sabotage(other)), NOW)).rejects.toMatchObject({
      state: 'broken',
      message: expect.stringMatching(
        /^read back: .*then run apply again; the failure could not be recorded either: EISDIR/,
      ),
    });
  });
});
