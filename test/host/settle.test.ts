import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backupFolder, keepCopies } from '../../scripts/host/backup.ts';
import { historyFile } from '../../scripts/host/history.ts';
import { isRunUnfinished, journalFile, openJournal } from '../../scripts/host/journal.ts';
import { type Judge, type Order, settle, transact } from '../../scripts/host/transaction.ts';
import { belowRoot, readBytes, removeFile, type UnitWrite } from '../../scripts/host/unit-files.ts';
import { STATE_FOLDER, UNIT_FOLDER } from '../../scripts/host/unit-folder.ts';
import { contentsOf, writeFiles } from '../support/temporary-folder.ts';
import { ADOPTED, AFTER, BEFORE, CLEARED, changesTo, hostWith, unitsOf } from '../support/unit-host.ts';

const AT = '2026-06-15T10:34:56.789Z';
const BACKUP = backupFolder(new Date(AT));

function about(changes: readonly { readonly kind: string; readonly path: string }[] = []) {
  const policy = { commit: null, why: '' };
  return { policy, cause: 'commit', day: '2026-06-15', digest: 'd', changes } as const;
}

function record(changes: readonly UnitWrite[]) {
  const names = changes.map(({ kind, path }) => ({ kind, path }));
  return { version: 1, at: AT, kind: 'apply', ...about(names) } as const;
}

/** A host whose run was ended after it had made so many of its changes. */
async function hostAfter(done: number): Promise<string> {
  const root = hostWith(BEFORE);
  const changes = changesTo(root);
  const earlier = new Map<string, Uint8Array>();
  for (const { path } of changes) {
    const bytes = await readBytes(root, path);
    if (bytes) earlier.set(path, bytes);
  }
  await openJournal(root, { record: { ...record(changes), backup: BACKUP }, changes, earlier });
  await keepCopies(root, BACKUP, changes, earlier);
  for (const change of changes.slice(0, done)) {
    if ('after' in change) writeFiles(root, { [belowRoot(change.path)]: change.after });
    else await removeFile(root, change.path);
  }
  return root;
}

/** The copies that were kept: their paths, with modes. */
function copies(root: string): readonly string[] {
  return contentsOf(join(root, STATE_FOLDER, 'backup')).filter((line) => !line.endsWith('/'));
}

function records(root: string): readonly { readonly result: string; readonly failure?: string; readonly at: string }[] {
  return readFileSync(historyFile(root), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A host that runs, whose systemd notes when it reloads and what it found then. */
function judge(root: string, wrong: readonly string[] = []) {
  const reloads: (readonly string[])[] = [];
  const asked: Judge = {
    reload: async () => void reloads.push(unitsOf(root)),
    findUnenforced: async () => wrong,
  };
  return { ...asked, reloads };
}

const TOTAL = 9;

describe('a run that was ended', () => {
  it('before it changed anything leaves nothing to do but its half journal', async () => {
    const root = hostWith(BEFORE);
    writeFileSync(journalFile(root), '{"version":1,"record":{"at":');
    expect(isRunUnfinished(root)).toBe(true);
    const host = judge(root);
    expect(await settle(root, host)).toEqual({ kind: 'closed' });
    expect(isRunUnfinished(root)).toBe(false);
    expect(host.reloads).toEqual([]);
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
    expect(await settle(root, host)).toEqual({ kind: 'nothing' });
  });

  it.each([0, 1, 2, 4, 6, TOTAL - 1])(
    'after %i of its changes is taken back, brought into force, and recorded',
    async (done) => {
      const root = await hostAfter(done);
      const host = judge(root);
      expect(await settle(root, host)).toEqual({ kind: 'restored', at: AT });
      expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
      expect(host.reloads).toEqual([unitsOf(hostWith(BEFORE))]);
      const failure = 'the run was ended while it replaced files';
      expect(records(root)).toMatchObject([{ result: 'restored', at: AT, failure }]);
      expect(isRunUnfinished(root)).toBe(false);
      expect(copies(root)).toEqual([]);
    },
  );

  it('after its last change is brought into force, verified, and recorded as what it was', async () => {
    const root = await hostAfter(TOTAL);
    expect(changesTo(root)).toEqual([]);
    const host = judge(root);
    expect(await settle(root, host)).toEqual({ kind: 'applied', at: AT });
    expect(host.reloads).toEqual([unitsOf(hostWith(AFTER))]);
    expect(records(root)).toMatchObject([{ result: 'applied', at: AT, backup: BACKUP }]);
    expect(isRunUnfinished(root)).toBe(false);
    expect(copies(root)).toEqual([
      expect.stringMatching(new RegExp(`^0644 [^/]+/${UNIT_FOLDER}/${ADOPTED} by hand in a caf\u00e9\n$`)),
      expect.stringMatching(new RegExp(`^0644 [^/]+${CLEARED} set by hand\n$`)),
    ]);
  });

  it('after its last change is taken back if it does not come into force', async () => {
    const root = await hostAfter(TOTAL);
    const host = judge(root, ['TasksMax is 77']);
    await expect(settle(root, host)).rejects.toMatchObject({
      state: 'restored',
      step: `read back for the apply of ${AT} that was ended half-way`,
    });
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
    expect(host.reloads).toEqual([unitsOf(hostWith(AFTER)), unitsOf(hostWith(BEFORE))]);
    expect(records(root)).toMatchObject([
      { result: 'restored', failure: expect.stringContaining('not as written: TasksMax is 77') },
    ]);
    expect(isRunUnfinished(root)).toBe(false);
    expect(copies(root)).toEqual([]);
  });

  it('after its record is not recorded twice', async () => {
    const root = await hostAfter(TOTAL);
    const line = `${JSON.stringify({ ...record([]), result: 'applied' })}\n`;
    appendFileSync(historyFile(root), line);
    const host = judge(root);
    expect(await settle(root, host)).toEqual({ kind: 'closed' });
    expect(readFileSync(historyFile(root), 'utf8')).toBe(line);
    expect(host.reloads).toEqual([]);
  });

  it('leaves alone what somebody has written since: the next plan will show it', async () => {
    const root = await hostAfter(2);
    const file = join(root, UNIT_FOLDER, 'ds01-a.slice');
    writeFileSync(file, 'by hand\n');
    expect(await settle(root, judge(root))).toEqual({ kind: 'restored', at: AT });
    expect(readFileSync(file, 'utf8')).toBe('by hand\n');
    const others = (lines: readonly string[]) => lines.filter((line) => !line.includes(' ds01-a.slice '));
    expect(others(unitsOf(root))).toEqual(others(unitsOf(hostWith(BEFORE))));
  });

  it('keeps its journal if it cannot be settled, and says so; the next run can', async () => {
    const root = await hostAfter(3);
    const broken = { ...judge(root), reload: () => Promise.reject(new Error('systemd does not answer')) };
    await expect(settle(root, broken)).rejects.toMatchObject({
      state: 'broken',
      message: `take back the run of ${AT} that was ended half-way: systemd does not answer; its journal is kept: run apply again when that is mended`,
    });
    expect(isRunUnfinished(root)).toBe(true);
    expect(await settle(root, judge(root))).toEqual({ kind: 'restored', at: AT });
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
  });

  it.each([
    ['a folder in the place of a unit', 'ds01-a.slice'],
    ['a link in the place of a unit', 'ds01-b.slice'],
  ])('leaves alone %s as well', async (what, path) => {
    const root = await hostAfter(3);
    const target = join(root, UNIT_FOLDER, path);
    rmSync(target, { force: true });
    if (what.startsWith('a folder')) mkdirSync(target);
    else symlinkSync('/dev/null', target);
    const [found] = unitsOf(root).filter((line) => line.includes(` ${path}`));
    expect(await settle(root, judge(root))).toEqual({ kind: 'restored', at: AT });
    expect(unitsOf(root)).toContain(found);
    expect(isRunUnfinished(root)).toBe(false);
  });

  it.each([
    [1, UNIT_FOLDER],
    [TOTAL, UNIT_FOLDER],
    [5, `${UNIT_FOLDER}/ds01-b-.slice.d`],
  ])(
    'after %i of its changes touches nothing behind a link that somebody has put in the place of %s',
    async (done, path) => {
      const root = await hostAfter(done);
      renameSync(join(root, path), join(root, 'moved'));
      symlinkSync(join(root, 'moved'), join(root, path));
      const before = contentsOf(root);
      const host = judge(root);
      await expect(settle(root, host)).rejects.toMatchObject({
        name: 'HostRefusal',
        message: `${join(root, path)} is a symbolic link, not a folder`,
      });
      expect(contentsOf(root)).toEqual(before);
      expect(host.reloads).toEqual([]);
      // It goes on when the way is free.
      rmSync(join(root, path));
      renameSync(join(root, 'moved'), join(root, path));
      expect(await settle(root, host)).toMatchObject({ at: AT });
    },
  );

  it('with a journal that cannot be understood stops everything, and changes nothing', async () => {
    const root = hostWith(BEFORE);
    writeFileSync(journalFile(root), 'rubbish\n');
    await expect(settle(root, judge(root))).rejects.toMatchObject({
      state: 'untouched',
      step: `read the journal of an earlier run, ${journalFile(root)}`,
    });
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
    expect(isRunUnfinished(root)).toBe(true);
  });
});

describe('a transaction on a host that runs', () => {
  const wrong = async () => ['TasksMax of ds01-a.slice is 77'];

  function order(root: string, more: Partial<Order> = {}): Order {
    const { reload, findUnenforced } = judge(root);
    return {
      about: about(),
      changes: changesTo(root),
      ...(reload && { reload }),
      findUnenforced,
      findRemaining: async () => [],
      ...more,
    };
  }

  it('writes down what it is about to do before it does anything, and takes it away when it is recorded', async () => {
    const root = hostWith(BEFORE);
    const seen: string[] = [];
    const reload = async () => void seen.push(readFileSync(journalFile(root), 'utf8'));
    const changes = changesTo(root);
    await transact(root, order(root, { reload }), new Date(AT));
    const [text = ''] = seen;
    for (const change of changes) {
      const { kind, path } = change;
      const before = 'before' in change ? { before: { text: change.before } } : {};
      const after = 'after' in change ? { after: change.after } : {};
      // What is no text is there byte by byte.
      const bytes = path === ADOPTED ? { before: { base64: Buffer.from(BEFORE[path] ?? '').toString('base64') } } : {};
      expect(JSON.parse(text).changes).toContainEqual({ kind, path, ...before, ...bytes, ...after });
    }
    expect(isRunUnfinished(root)).toBe(false);
    expect(records(root)).toMatchObject([{ result: 'applied', at: AT }]);
  });

  it('changes nothing if systemd would ignore a line, and records that', async () => {
    const root = hostWith(BEFORE);
    const check = () => Promise.reject(new Error('ds01-a.slice:3: ignored'));
    await expect(transact(root, order(root, { check }), new Date(AT))).rejects.toMatchObject({
      state: 'untouched',
      message: 'check the new files with systemd: ds01-a.slice:3: ignored',
    });
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
    expect(records(root)).toMatchObject([{ result: 'untouched' }]);
    expect(isRunUnfinished(root)).toBe(false);
  });

  it('is restored if the reload fails and what was in force still is', async () => {
    const root = hostWith(BEFORE);
    const reload = () => Promise.reject(new Error('no space'));
    await expect(transact(root, order(root, { reload }), new Date(AT))).rejects.toMatchObject({
      state: 'restored',
      message: 'reload systemd: no space',
    });
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
    expect(isRunUnfinished(root)).toBe(false);
  });

  it('is broken if the earlier files are back and not in force, and keeps its journal for the next run', async () => {
    const root = hostWith(BEFORE);
    const failing = order(root, { findRemaining: wrong, findUnenforced: wrong });
    await expect(transact(root, failing, new Date(AT))).rejects.toMatchObject({
      state: 'broken',
      message: expect.stringContaining('the earlier files are back, but not in force: TasksMax of'),
    });
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
    expect(records(root)).toMatchObject([{ result: 'broken' }]);
    expect(isRunUnfinished(root)).toBe(true);
    expect(await settle(root, judge(root))).toEqual({ kind: 'restored', at: AT });
    expect(records(root)).toMatchObject([{ result: 'broken' }, { result: 'restored' }]);
  });

  it('keeps copies of what others wrote, and drops them if it comes to nothing', async () => {
    const root = hostWith(BEFORE);
    const changes = changesTo(root).filter(({ path }) => path === CLEARED || path === ADOPTED);
    const failing = order(root, { changes, findRemaining: wrong });
    await expect(transact(root, failing, new Date(AT))).rejects.toMatchObject({ state: 'restored' });
    expect(unitsOf(root)).toEqual(unitsOf(hostWith(BEFORE)));
    expect(contentsOf(join(root, STATE_FOLDER, 'backup'))).toEqual([]);
    await transact(root, order(root, { changes }), new Date(AT));
    expect(existsSync(join(root, CLEARED))).toBe(false);
    expect(copies(root)).toHaveLength(2);
    expect(records(root)).toMatchObject([
      { result: 'restored', backup: BACKUP },
      { result: 'applied', backup: BACKUP },
    ]);
  });

  it('that others have nothing to do with keeps no copies, and says so in its record', async () => {
    const root = hostWith(BEFORE);
    const changes = changesTo(root).filter(({ kind }) => kind === 'update');
    await transact(root, order(root, { changes }), new Date(AT));
    expect(records(root)[0]).not.toHaveProperty('backup');
    expect(contentsOf(join(root, STATE_FOLDER, 'backup'))).toEqual([]);
  });
});
