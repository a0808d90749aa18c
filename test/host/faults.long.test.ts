import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApplyEvent } from '../../scripts/follow/record.ts';
import { appendEvent, historyFile } from '../../scripts/host/history.ts';
import { HostFailure } from '../../scripts/host/host-failure.ts';
import { isRunUnfinished } from '../../scripts/host/journal.ts';
import { removeLeftovers } from '../../scripts/host/leftovers.ts';
import { settle, transact } from '../../scripts/host/transaction.ts';
import { belowRoot } from '../../scripts/host/unit-files.ts';
import { STATE_FOLDER, TEMPORARY, UNIT_FOLDER } from '../../scripts/host/unit-folder.ts';
import { contentsOf } from '../support/temporary-folder.ts';
import { AFTER, BEFORE, changesTo, hostWith, unitsOf } from '../support/unit-host.ts';

// Every call that reaches the disk, in order, and which of them fail. Not all of it can be made to fail by real means:
// a rename or an fsync that fails needs a broken disk.
const disk = vi.hoisted(() => ({
  calls: [] as string[],
  put: [] as string[],
  fails: (_number: number): boolean => false,
}));

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  function strike(name: string): void {
    disk.calls.push(name);
    if (disk.fails(disk.calls.length)) throw Object.assign(new Error(`EIO: ${name} failed`), { code: 'EIO' });
  }
  function guarded<A extends unknown[], R>(name: string, call: (...args: A) => Promise<R>) {
    return async (...args: A): Promise<R> => {
      strike(name);
      return call(...args);
    };
  }
  const methods = new Set(['chmod', 'truncate', 'stat', 'read', 'readFile']);
  function guardHandle(handle: import('node:fs/promises').FileHandle) {
    return new Proxy(handle, {
      get(target, name) {
        const method = Reflect.get(target, name, target);
        if (typeof method !== 'function') return method;
        const bound = method.bind(target);
        // What is done and in what order is tested here; that a disk keeps it is its own affair, and takes long.
        if (name === 'sync') return guarded(name, async () => undefined);
        if (typeof name === 'string' && methods.has(name)) return guarded(name, bound);
        if (name !== 'writeFile' && name !== 'appendFile') return bound;
        // A full disk takes what it can.
        return async (text: string | Uint8Array) => {
          try {
            strike(name);
          } catch (error) {
            await bound(text.slice(0, text.length / 2));
            throw error;
          }
          return bound(text);
        };
      },
    });
  }
  return {
    ...real,
    mkdir: guarded('mkdir', real.mkdir as (...args: unknown[]) => Promise<unknown>),
    open: guarded('open', async (...args: Parameters<typeof real.open>) => guardHandle(await real.open(...args))),
    readdir: guarded('readdir', real.readdir as (...args: unknown[]) => Promise<unknown>),
    readFile: guarded('readFile', real.readFile as (...args: unknown[]) => Promise<unknown>),
    rename: guarded('rename', (from: string, to: string) => {
      disk.put.push(to);
      return real.rename(from, to);
    }),
    lstat: guarded('lstat', real.lstat as (...args: unknown[]) => Promise<unknown>),
    rm: guarded('rm', real.rm),
    rmdir: guarded('rmdir', real.rmdir),
  };
});

const policy = { commit: null, why: 'not in git' } as const;

const findUnenforced = async () => [];
let runs = 0;

interface Ended {
  readonly end: string;
  readonly calls: readonly string[];
  /** How many of the calls were made before the plan. */
  readonly settling: number;
}

function about(changes: readonly { readonly kind: string; readonly path: string }[]) {
  const names = changes.map(({ kind, path }) => ({ kind, path }));
  return { policy, cause: 'commit', day: '2026-06-15', digest: 'd', changes: names } as const;
}

/** One run on a host with its disk failing at some calls; how it ended, and how many calls there were. */
async function run(root: string, fails: typeof disk.fails): Promise<Ended> {
  disk.calls = [];
  disk.fails = fails;
  const findRemaining = async () => changesTo(root).map(({ path }) => path);
  let settling = 0;
  try {
    await settle(root, { findUnenforced });
    await removeLeftovers(root, 'ds01');
    settling = disk.calls.length;
    const changes = changesTo(root);
    const order = { about: about(changes), changes, findRemaining, findUnenforced };
    if (order.changes.length > 0) await transact(root, order, new Date(++runs));
    return { end: 'applied', calls: disk.calls, settling };
  } catch (error) {
    if (!(error instanceof HostFailure)) throw error;
    return { end: error.state, calls: disk.calls, settling };
  } finally {
    disk.fails = () => false;
  }
}

async function countCalls(): Promise<number> {
  const root = hostWith(BEFORE);
  const { end, calls } = await run(root, () => false);
  expect(end).toBe('applied');
  expect(keptOf(root)).toHaveLength(2);
  // Every kind of call is among them, or this tests less than it seems to.
  const kinds = [
    'mkdir',
    'open',
    'readdir',
    'readFile',
    'rename',
    'rm',
    'rmdir',
    'chmod',
    'sync',
    'writeFile',
    'appendFile',
  ];
  expect([...new Set(calls)]).toEqual(expect.arrayContaining(kinds));
  return calls.length;
}

// How the folders of units have to look, before and after.
let old: readonly string[];
let wanted: readonly string[];
beforeEach(() => {
  old = unitsOf(hostWith(BEFORE));
  wanted = unitsOf(hostWith(AFTER));
});

// Files as systemd would read them: not one that is not whole, and none that is neither old nor new.
function expectWhole(root: string): void {
  const allowed = new Set([...old, ...wanted]);
  const lines = unitsOf(root).filter((line) => !isTemporary(line));
  expect(lines.filter((line) => !allowed.has(line) && !line.endsWith('/'))).toEqual([]);
}

function isTemporary(line: string): boolean {
  const [, path = ''] = line.split(' ');
  return TEMPORARY.test(path.split('/').at(-1) ?? '') && !path.startsWith('ssh.service.d/');
}

async function expectNextRunToFinish(root: string): Promise<void> {
  expect((await run(root, () => false)).end).toBe('applied');
  expect(unitsOf(root)).toEqual(wanted);
  // Nothing is left to be settled, and there are copies of what others wrote for each run that took it, and for no other.
  expect(isRunUnfinished(root)).toBe(false);
  const copies = contentsOf(`${root}/${STATE_FOLDER}`).filter((line) => / backup\/.*[^/]$/s.test(line));
  expect([...copies].sort()).toEqual([...keptOf(root)].sort());
}

/** The copies that there have to be. What the history says last of a run is what came of it. */
function keptOf(root: string): readonly string[] {
  const lines = readFileSync(historyFile(root), 'utf8').trimEnd().split('\n');
  const records = new Map(
    lines.map((line) => JSON.parse(line)).map((record: ApplyEvent & { readonly at: string }) => [record.at, record]),
  );
  const kept = [...records.values()].filter(({ result }) => result === 'applied' || result === 'broken');
  return kept.flatMap(({ backup, changes }) => {
    const paths = changes.flatMap(({ kind, path }) => (kind === 'adopt' || kind === 'clear' ? [path] : []));
    return paths.map((path) => {
      return `0644 ${backup}/${belowRoot(path)} ${Buffer.from(BEFORE[path] ?? '').toString('latin1')}`;
    });
  });
}

describe('law 3: whatever step fails', () => {
  it('the host is as it was, byte by byte, and the next run makes it as policy says', async () => {
    const total = await countCalls();
    const ends = new Set<string>();
    for (let failing = 1; failing <= total; failing++) {
      const root = hostWith(BEFORE);
      const { end } = await run(root, (number) => number === failing);
      ends.add(end);
      // Once it is recorded, a journal that cannot be taken away is no reason to undo what is in force.
      expect([failing, unitsOf(root)]).toEqual([failing, end === 'applied' ? wanted : old]);
      await expectNextRunToFinish(root);
    }
    expect(ends).toEqual(new Set(['untouched', 'restored', 'applied']));
  });

  it('also if the run is killed there: nothing half-written is where systemd reads it, and the next run finishes', async () => {
    const total = await countCalls();
    for (let killed = 1; killed <= total; killed++) {
      const root = hostWith(BEFORE);
      await run(root, (number) => number >= killed);
      expectWhole(root);
      await expectNextRunToFinish(root);
    }
  });

  it('also if the way back fails: then it says so, and never that the host is as it was when it is not', async () => {
    const total = await countCalls();
    const ends = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.nat(total), fc.nat(80), async (first, later) => {
        const root = hostWith(BEFORE);
        const { end } = await run(root, (number) => number === first || number === first + later);
        ends.add(end);
        expectWhole(root);
        const units = unitsOf(root).filter((line) => !isTemporary(line) && !line.endsWith('/'));
        if (end === 'untouched' || end === 'restored') {
          expect(units).toEqual(old.filter((line) => !line.endsWith('/')));
        }
        await expectNextRunToFinish(root);
      }),
      { numRuns: 60, seed: 252 },
    );
    expect([...ends].sort()).toEqual(['applied', 'broken', 'restored', 'untouched']);
  });

  it('also while the next run settles what a killed one left half-way, or complete but not recorded', async () => {
    const { calls } = await run(hostWith(BEFORE), () => false);
    const halfWay = calls.indexOf('rename') + 4;
    const unrecorded = calls.indexOf('appendFile') + 1;
    const ends = new Set<string>();
    for (const killed of [halfWay, unrecorded]) {
      const half = async (): Promise<string> => {
        const root = hostWith(BEFORE);
        await run(root, (number) => number >= killed);
        expect(isRunUnfinished(root)).toBe(true);
        return root;
      };
      const { settling } = await run(await half(), () => false);
      expect(settling).toBeGreaterThan(20);
      for (let failing = 1; failing <= settling; failing++) {
        const root = await half();
        const { end } = await run(root, (number) => number === failing);
        ends.add(end);
        expectWhole(root);
        if (end === 'restored') expect([failing, unitsOf(root)]).toEqual([failing, old]);
        await expectNextRunToFinish(root);
      }
    }
    expect([...ends].sort()).toEqual(['applied', 'broken', 'restored', 'untouched']);
  });
});

it('the way back is the way there, turned round: what was lowered first is raised last', async () => {
  const root = hostWith(BEFORE);
  const changes = changesTo(root).filter(({ kind }) => kind === 'update');
  disk.put = [];
  const order = { about: about(changes), changes, findRemaining: async () => ['x'], findUnenforced };
  await expect(transact(root, order, new Date(0))).rejects.toMatchObject({ state: 'restored' });
  const paths = changes.map(({ path }) => `${root}/${UNIT_FOLDER}/${path}`);
  expect(paths.length).toBe(2);
  expect(disk.put).toEqual([...paths, ...[...paths].reverse()]);
});

it('a record that could only be written in part is taken out again', async () => {
  const root = hostWith({});
  const event = { version: 1, at: '', kind: 'apply', result: 'applied', ...about([]) } as const;
  await appendEvent(root, event);
  const whole = contentsOf(`${root}/var`);
  for (const failing of ['appendFile', 'sync']) {
    disk.calls = [];
    disk.fails = () => disk.calls.at(-1) === failing;
    await expect(appendEvent(root, event)).rejects.toThrow(`EIO: ${failing} failed`);
    disk.fails = () => false;
    expect(contentsOf(`${root}/var`)).toEqual(whole);
  }
  expect(historyFile(root)).toContain(root);
});
