import { describe, expect, it } from 'vitest';
import { chain, type Link } from '../../scripts/follow/history-chain.ts';
import type { ApplyEvent, Event, HistoryRecord } from '../../scripts/follow/record.ts';
import type { RunReport } from '../../scripts/follow/run-report.ts';
import { commitStatuses, type StatusInput } from '../../scripts/report/commit-status.ts';
import { HOSTILE } from '../support/hostile-plan.ts';

const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];
const NOW = new Date('2026-06-15T12:00:00Z');

/** What happened, one minute after the other. */
type Happening =
  | { readonly kind: 'apply'; readonly commit: string; readonly more?: Partial<ApplyEvent> }
  | { readonly kind: 'refuse'; readonly commit: string; readonly blame?: 'commit' | 'host' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' };

function history(...happenings: readonly Happening[]): readonly HistoryRecord[] {
  let last: Link | undefined;
  return happenings.map((happening, minute) => {
    last = chain(last, eventOf(happening, `2026-06-15T10:${String(minute).padStart(2, '0')}:00.000Z`));
    return last.record;
  });
}

function eventOf(happening: Happening, at: string): Event {
  const frame = { version: 1, at } as const;
  if (happening.kind === 'resume') return { ...frame, kind: 'resume', by: 'op' };
  if (happening.kind === 'pause') {
    const until = '2026-06-15T14:00:00.000Z';
    return { ...frame, kind: 'pause', by: 'op', pause: { since: at, until, reason: 'an exam', grants: 'expire' } };
  }
  const policy = { commit: happening.commit, uncommittedChanges: false };
  if (happening.kind === 'refuse')
    return { ...frame, kind: 'refuse', policy, exitCode: 3, why: 'is not signed', blame: happening.blame ?? 'commit' };
  const base = { result: 'applied', cause: 'commit', day: '2026-06-15', digest: 'd', changes: [] } as const;
  return { ...frame, kind: 'apply', ...base, policy, ...happening.more };
}

function run(exitCode: number, newest: string, more: Partial<RunReport> = {}): RunReport {
  return {
    version: 1,
    at: '2026-06-15T11:59:00.000Z',
    seconds: 1,
    exitCode,
    outcome: 'no space on disk',
    newest,
    ...more,
  };
}

function say(records: readonly HistoryRecord[], fetched?: string, more: Partial<StatusInput> = {}): readonly string[] {
  return commitStatuses({ records, fetched, open: [], now: NOW, ...more }).map(({ commit, state, description }) => {
    return `${commit[0]} ${state}: ${description}`;
  });
}

const applied = (commit: string, more: Partial<ApplyEvent> = {}): Happening => ({ kind: 'apply', commit, more });
const failure = 'read back: TasksMax is ignored';
const failed = (commit: string, more: Partial<ApplyEvent> = {}): Happening => {
  return applied(commit, { result: 'restored', blame: 'commit', failure, ...more });
};

describe('the status of a commit', () => {
  it('is success once it is applied and verified', () => {
    expect(say(history(applied(A)), A, { run: run(0, A) })).toEqual([
      'a success: applied and verified, 2026-06-15 10:00 UTC',
    ]);
  });

  it('stays the same to the letter while drift is put right and grants end', () => {
    const later = history(applied(A), applied(A, { cause: 'drift' }), applied(A, { cause: 'day' }));
    expect(say(later, A)).toEqual(say(history(applied(A)), A));
    // Also when all that the history had to say of it is long ago.
    expect(say(later.slice(2), A)).toEqual(say(history(applied(A)), A));
    expect(say(history(applied(A), { kind: 'resume' }).slice(1), A)).toEqual(say(history(applied(A)), A));
  });

  it('is failure if the commit is refused, or its units are', () => {
    expect(say(history({ kind: 'refuse', commit: A }), A)).toEqual(['a failure: refused: is not signed']);
    expect(say(history(failed(A)), A)).toEqual([`a failure: not applied, the host is as it was before: ${failure}`]);
    const long = history({ kind: 'refuse', commit: A }, { kind: 'pause' });
    // While paused, too, and when the record of it is long ago.
    expect(say(long, A)).toEqual(['a failure: refused: is not signed']);
    expect(say(long.slice(1), A)).toEqual(['a failure: refused: is not signed']);
  });

  it('is error if the host is at fault', () => {
    expect(say(history({ kind: 'refuse', commit: A, blame: 'host' }), A)).toEqual(['a error: refused: is not signed']);
    expect(say(history(failed(A, { blame: 'host' })), A)).toEqual([
      `a error: not applied, the host is as it was before: ${failure}`,
    ]);
    const broken = failed(A, { result: 'broken', blame: 'host', failure: 'x' });
    expect(say(history(broken), A)).toEqual(['a error: DEGRADED, could not be taken back: x']);
    // The commit that is in force is no success any more when drift cannot be put right.
    expect(say(history(applied(A), broken), A)).toEqual(['a error: DEGRADED, could not be taken back: x']);
  });

  it('is what the run says where no history could be written', () => {
    expect(say([], A, { run: run(4, A) })).toEqual(['a error: no space on disk']);
    expect(say([], A, { run: run(70, A) })).toEqual(['a error: no space on disk']);
    expect(say([], A, { run: run(3, A, { outcome: 'no commit is trusted' }) })).toEqual([
      'a failure: no commit is trusted',
    ]);
    expect(say([], A, { run: run(1, A, { outcome: 'o' }) })).toEqual(['a failure: o']);
  });

  it('is pending until something is decided', () => {
    const waits = (digit: string) => [`${digit} pending: waits for the next run`];
    expect(say([], A)).toEqual(waits('a'));
    // A run that was about an earlier commit, or that could not look at all, says nothing of it.
    expect(say([], A, { run: run(4, B) })).toEqual(waits('a'));
    for (const exitCode of [0, 2, 75]) expect(say([], A, { run: run(exitCode, A) })).toEqual(waits('a'));
    expect(say(history(applied(A)), B)[0]).toBe('b pending: waits for the next run');
  });

  it('is pending while the host is paused, and not any more when the pause is over', () => {
    const records = history(applied(A), { kind: 'pause' });
    expect(say(records, B)[0]).toBe('b pending: paused until 2026-06-15 14:00 UTC: an exam');
    expect(say(records, B, { now: new Date('2026-06-15T14:00:00Z') })[0]).toBe('b pending: waits for the next run');
    expect(say(history(applied(A), { kind: 'pause' }, { kind: 'resume' }), B)[0]).toBe(
      'b pending: waits for the next run',
    );
  });

  it('is pending again when an earlier commit is applied by hand', () => {
    const records = history(applied(A), applied(B), applied(A, { cause: 'by-hand' }), { kind: 'pause' });
    expect(say(records, B)).toEqual([
      'b pending: paused until 2026-06-15 14:00 UTC: an exam',
      'a success: applied and verified, 2026-06-15 10:02 UTC',
    ]);
  });

  it('keeps what was found of it until it is tried again', () => {
    expect(say(history(failed(A), { kind: 'resume' }), A)).toEqual([
      `a failure: not applied, the host is as it was before: ${failure}`,
    ]);
    expect(say(history(failed(A), { kind: 'resume' }, applied(A)), A)).toEqual([
      'a success: applied and verified, 2026-06-15 10:02 UTC',
    ]);
  });
});

describe('the statuses of several commits', () => {
  it('begin with the newest', () => {
    expect(say(history(applied(A), { kind: 'refuse', commit: B }, applied(C)), C)).toEqual([
      'c success: applied and verified, 2026-06-15 10:02 UTC',
      'b failure: refused: is not signed',
      'a success: applied and verified, 2026-06-15 10:00 UTC',
    ]);
  });

  it('begin with the one that something happened to last, however old it is', () => {
    const records = history(applied(A), { kind: 'refuse', commit: B }, applied(A, { cause: 'by-hand' }));
    expect(say(records).map((line) => line[0])).toEqual(['a', 'b']);
  });

  it('end with the tenth', () => {
    const commits = Array.from({ length: 12 }, (_, index) => index.toString(16).repeat(40));
    const records = history(...commits.map((commit) => applied(commit)));
    expect(say(records, commits.at(-1)).map((line) => line[0])).toEqual([...'ba98765432']);
  });

  it('leave none pending that another one came after, once that is in force', () => {
    const open = [A, B];
    expect(say(history(applied(B)), B, { open })).toEqual([
      'b success: applied and verified, 2026-06-15 10:00 UTC',
      'a success: not applied by itself: bbbbbbbbbbbb, which came after it, is in force',
    ]);
    expect(say(history(applied(C)), B, { open })).not.toContainEqual(expect.stringMatching(/^a /));
    // What the history says of it is more.
    expect(say(history({ kind: 'refuse', commit: A }, applied(B)), B, { open })).toContain(
      'a failure: refused: is not signed',
    );
  });

  it('are none where nothing was fetched and nothing happened, and none for policy without a commit', () => {
    expect(say([])).toEqual([]);
    const bare = { commit: null, why: 'no git' } as const;
    expect(say(history(applied(A, { policy: bare }), { kind: 'pause' }))).toEqual([]);
    expect(say(history(applied(A, { policy: { commit: A, uncommittedChanges: true } })))).toEqual([]);
  });

  it('stay on one line each, whatever failed', () => {
    const [line = ''] = say(history(failed(A, { failure: HOSTILE })), A);
    expect(line).not.toMatch(/\p{Cc}/u);
  });
});
