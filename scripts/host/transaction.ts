import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ApplyEvent, Blame } from '../follow/record.ts';
import { backupFolder, dropCopies, keepCopies, needsBackup } from './backup.ts';
import { appendEvent, readLastRecord } from './history.ts';
import { HostFailure, ignoreMissing, messageOf } from './host-failure.ts';
import { closeJournal, type Journal, journalFile, openJournal, readJournal } from './journal.ts';
import { belowRoot, putBack, readBytes, syncFolders, type UnitWrite } from './unit-files.ts';
import { assertFolders } from './unit-folder.ts';
import { directoryWriter, type Step } from './unit-writer.ts';

/** What makes files count on a host that runs, and says what came of it; a directory has nothing to reload. */
export interface Judge {
  /** Tells systemd to read its files again. */
  reload?(): Promise<void>;
  /** Names what is in force and should not be, whatever policy wants: systemd and the kernel against the files. */
  findUnenforced(): Promise<readonly string[]>;
}

/** What a transaction needs to know of the plan it carries out. */
export interface Order extends Judge {
  /** What the history will say of it, whatever the end. */
  readonly about: About;
  readonly changes: readonly UnitWrite[];
  /** Has the texts read by systemd's own parser, before anything changes. */
  check?(): Promise<void>;
  /** Looks at the host again and names what still differs from policy, or nothing. */
  findRemaining(): Promise<readonly string[]>;
}

/** What is known of an apply before it begins. */
export type About = Omit<ApplyEvent, 'kind' | 'result' | 'backup' | 'seconds' | 'failure' | 'blame'>;

const CHECK = 'check the new files with systemd';
const READ_BACK = 'read back';

/**
 * Carries out a plan: all changes, then a look at what is really in force, then the record. If any of it fails,
 * everything is put back, and the failure is recorded. A journal with all texts is on disk before the first write, so
 * that `settle` can end what this run does not. Throws HostFailure.
 */
export async function transact(root: string, order: Order, now: Date): Promise<void> {
  const { changes, about } = order;
  const backup = changes.some(needsBackup) ? backupFolder(now) : undefined;
  const record = {
    version: 1,
    at: now.toISOString(),
    kind: 'apply',
    ...about,
    ...(backup && { backup }),
  } as const;
  const begun = performance.now();
  const seconds = () => Math.round(performance.now() - begun) / 1000;
  try {
    await order.check?.().catch(asFailure(CHECK));
    await directoryWriter(root).write(changes, {
      prepare: async (earlier) => {
        await openJournal(root, { record, changes, earlier });
        if (backup) await keepCopies(root, backup, changes, earlier);
      },
      finalSteps: endOf(
        root,
        () => ({ ...record, seconds: seconds() }),
        order,
        () => order.findRemaining(),
      ),
      restored: () => verifyRestored(order),
    });
  } catch (error) {
    throw error instanceof HostFailure ? await recordFailure(root, { ...record, seconds: seconds() }, error) : error;
  }
  await closeJournal(root).catch(leaveForNextRun);
}

type NewRecord = Journal['record'];

// What has to work once the files are in place.
function endOf(
  root: string,
  record: () => NewRecord,
  { reload }: Judge,
  look: Judge['findUnenforced'],
): readonly Step[] {
  return [
    ...(reload ? [{ step: 'reload systemd', run: reload }] : []),
    { step: READ_BACK, run: async () => assertNothing(await look()) },
    {
      step: 'record',
      run: async () => {
        await appendEvent(root, { ...record(), result: 'applied' });
      },
    },
  ];
}

// A reload that fails leaves what was in force before: what counts is what is in force now.
async function verifyRestored({ reload, findUnenforced }: Judge): Promise<void> {
  const failure = await reload?.().then(
    () => undefined,
    (error: unknown) => messageOf(error),
  );
  const wrong = await findUnenforced();
  if (wrong.length > 0) throw new Error([...(failure === undefined ? [] : [failure]), ...wrong].join('; '));
}

/** What an earlier run left, and what was made of it. */
export type Settled =
  | { readonly kind: 'nothing' }
  /** The run had only begun, or had recorded its end: there was nothing to do but to take its journal away. */
  | { readonly kind: 'closed' }
  /** Its changes were taken back, or are in force and recorded. */
  | { readonly kind: 'restored' | 'applied'; readonly at: string };

/**
 * Settles what a run left that was killed: if all its files are in place, they are brought into force, or put back if
 * that does not work; otherwise those that are in place are put back. Only for the holder of the lock. Throws HostFailure,
 * and HostRefusal if a link is in the way.
 */
export async function settle(root: string, judge: Judge): Promise<Settled> {
  const found = await readJournal(root).catch(asFailure(`read the journal of an earlier run, ${journalFile(root)}`));
  if (found.kind === 'none') return { kind: 'nothing' };
  const recorded = await readLastRecord(root);
  const done = recorded?.kind === 'apply' && recorded.result === 'applied' ? recorded.at : undefined;
  if (found.kind === 'begun' || done === found.journal.record.at) {
    await closeJournal(root).catch(asFailure('take away the journal of an earlier run'));
    return { kind: 'closed' };
  }
  const { journal } = found;
  for (const { path } of journal.changes) assertFolders(root, dirname(belowRoot(path)));
  const written = await isWritten(root, journal).catch(asFailure('look at what an earlier run left'));
  return written ? await finish(root, journal, judge) : await undo(root, journal, judge);
}

async function isWritten(root: string, { changes }: Journal): Promise<boolean> {
  for (const change of changes) if (!(await isAsWritten(root, change))) return false;
  return true;
}

async function isAsWritten(root: string, change: UnitWrite): Promise<boolean> {
  const stats = await lstat(join(root, belowRoot(change.path))).catch(ignoreMissing);
  // A folder, or a link such as `systemctl mask` makes, was put there since.
  if (stats && !stats.isFile()) return false;
  const bytes = await readBytes(root, change.path);
  return bytes?.toString() === ('after' in change ? change.after : undefined);
}

async function finish(root: string, { record, changes, earlier }: Journal, judge: Judge): Promise<Settled> {
  const steps = endOf(
    root,
    () => record,
    judge,
    () => judge.findUnenforced(),
  );
  const about = `for the apply of ${record.at} that was ended half-way`;
  const finalSteps = steps.map(({ step, run }) => ({ step: `${step} ${about}`, run }));
  try {
    await directoryWriter(root).finish(changes, earlier, { finalSteps, restored: async () => judge.reload?.() });
  } catch (error) {
    throw error instanceof HostFailure ? await recordFailure(root, record, error) : error;
  }
  await closeJournal(root).catch(leaveForNextRun);
  return { kind: 'applied', at: record.at };
}

// What a recorded run did is no reason to be taken back because its journal is still there: status says so, and the next
// run closes it.
function leaveForNextRun(): undefined {}

const INTERRUPTED = 'the run was ended while it replaced files';

async function undo(root: string, { record, changes, earlier }: Journal, judge: Judge): Promise<Settled> {
  try {
    for (const change of [...changes].reverse()) {
      // What somebody has written since is theirs; the plan that follows will show it.
      if (await isAsWritten(root, change)) await putBack(root, change.path, earlier.get(change.path));
    }
    const paths = changes.map(({ path }) => path);
    await syncFolders(root, paths);
    await judge.reload?.();
    if (record.backup !== undefined) await dropCopies(root, record.backup);
    await appendEvent(root, { ...record, result: 'restored', failure: INTERRUPTED, blame: 'host' });
    await closeJournal(root);
  } catch (error) {
    const hint = 'its journal is kept: run apply again when that is mended';
    throw new HostFailure(`take back the run of ${record.at} that was ended half-way`, 'broken', error, hint);
  }
  return { kind: 'restored', at: record.at };
}

async function recordFailure(root: string, record: NewRecord, failure: HostFailure): Promise<HostFailure> {
  const { step, state, cause, hint } = failure;
  try {
    await appendEvent(root, { ...record, result: state, failure: failure.message, blame: blameFor(record, step) });
    // What is broken is settled by the next run.
    if (state === 'broken') return failure;
    if (record.backup !== undefined) await dropCopies(root, record.backup);
    await closeJournal(root);
    return failure;
  } catch (error) {
    const hints = [hint, `the failure could not be recorded either: ${messageOf(error)}`];
    return new HostFailure(step, state, cause, hints.filter(Boolean).join('; '));
  }
}

// What systemd ignores, and what does not come into force, is the fault of a commit that is new: the one that is applied
// was in force, and it is the host that has changed.
function blameFor({ cause }: NewRecord, step: string): Blame {
  return cause === 'commit' && [CHECK, READ_BACK].some((judged) => step.startsWith(judged)) ? 'commit' : 'host';
}

function asFailure(step: string) {
  return (error: unknown): never => {
    throw error instanceof HostFailure ? error : new HostFailure(step, 'untouched', error);
  };
}

function assertNothing(found: readonly string[]): void {
  if (found.length > 0) throw new Error(`not as written: ${found.join('; ')}`);
}
