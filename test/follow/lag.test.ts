import { describe, expect, it } from 'vitest';
import { type FollowState, findLags, LATE } from '../../scripts/follow/lag.ts';
import type { RunReport } from '../../scripts/follow/run-report.ts';
import { A, at, B } from '../support/host-history.ts';

const NOW = new Date(at('10:00'));
const RUN: RunReport = {
  ...{ version: 1, at: at('09:59'), seconds: 1, exitCode: 0, outcome: 'in force' },
  ...{ newest: A, succeededAt: at('09:59'), verifiedAt: at('09:59') },
};
const WELL: FollowState = {
  now: NOW,
  interval: 60,
  standing: { anchor: { kind: 'commit', commit: A }, applied: { commit: A, at: at('08:00') } },
  run: RUN,
  fetched: { asked: at('09:59'), at: at('08:00'), commit: A },
};

function ago(seconds: number): string {
  return new Date(NOW.getTime() - seconds * 1000).toISOString();
}

function lagsOf(more: Partial<FollowState>) {
  return findLags({ ...WELL, ...more });
}

function kindsOf(more: Partial<FollowState>): readonly string[] {
  return lagsOf(more).map(({ kind }) => kind);
}

describe('nothing lags', () => {
  it('where the newest commit is in force, and a run has seen it a moment ago', () => {
    expect(lagsOf({})).toEqual([]);
  });

  it('where the remote has moved nowhere for years', () => {
    expect(lagsOf({ fetched: { asked: at('09:59'), at: '2020-01-01T00:00:00.000Z', commit: A } })).toEqual([]);
  });
});

describe('what lags', () => {
  it('is a commit that has come', () => {
    expect(lagsOf({ fetched: { asked: at('09:59'), at: at('09:59'), commit: B } })).toEqual([
      { kind: 'pending', commit: B },
    ]);
  });

  it('is a host that waits, and why', () => {
    const refused = { commit: B, at: at('09:00'), exitCode: 3, why: 'is not signed' } as const;
    const waits = lagsOf({
      standing: { ...WELL.standing, refused },
      fetched: { asked: at('09:59'), at: at('09:00'), commit: B },
    });
    expect(waits).toEqual([{ kind: 'waiting', waiting: { kind: 'refused', refused } }]);
    const pause = { since: at('09:00'), until: at('11:00'), reason: 'an exam', grants: 'expire' } as const;
    const paused = { kind: 'waiting', waiting: { kind: 'paused', until: at('11:00'), reason: 'an exam' } };
    expect(lagsOf({ standing: { ...WELL.standing, pause } })).toEqual([paused]);
    expect(lagsOf({ standing: {} })).toEqual([{ kind: 'waiting', waiting: { kind: 'closed' } }]);
  });

  it('is a run that failed, and when the next one is due', () => {
    const backoff = { failures: 3, until: at('10:02') };
    const run = { ...RUN, exitCode: 4, outcome: 'no space', backoff };
    expect(lagsOf({ run })).toEqual([
      { kind: 'backoff', backoff },
      { kind: 'failed', run },
    ]);
  });

  it('is a host of which no run says that it is as it should be', () => {
    const { verifiedAt: _, ...run } = RUN;
    expect(lagsOf({ run })).toEqual([{ kind: 'unverified', since: undefined }]);
    expect(lagsOf({ run: undefined })).toEqual([{ kind: 'unverified', since: undefined }]);
    const since = ago(301);
    expect(lagsOf({ run: { ...RUN, verifiedAt: since } })).toEqual([{ kind: 'unverified', since }]);
  });

  it('is a remote that does not answer, but not at once', () => {
    const failure = 'no route to host';
    expect(lagsOf({ fetched: { asked: at('09:59'), at: ago(299), commit: A, failure } })).toEqual([]);
    const since = ago(301);
    expect(lagsOf({ fetched: { asked: at('09:59'), at: since, commit: A, failure } })).toEqual([
      { kind: 'unreachable', since, failure },
    ]);
  });

  it('is a remote that nobody asks any more, whatever it was at', () => {
    expect(lagsOf({ fetched: { at: at('08:00'), commit: A, asked: ago(300) } })).toEqual([]);
    const since = ago(301);
    expect(lagsOf({ fetched: { at: at('08:00'), commit: A, asked: since } })).toEqual([{ kind: 'not-asked', since }]);
  });

  it('is all of it, what explains the others first', () => {
    const run = { ...RUN, exitCode: 4, backoff: { failures: 1, until: at('10:02') }, verifiedAt: at('08:00') };
    const fetched = { asked: at('09:59'), at: at('08:00'), commit: B, failure: 'no route to host' };
    expect(kindsOf({ run, fetched })).toEqual(['pending', 'backoff', 'failed', 'unverified', 'unreachable']);
    expect(kindsOf({ run, fetched, standing: {} })).toEqual([
      ...['waiting', 'backoff', 'failed', 'unverified', 'unreachable'],
    ]);
    expect(kindsOf({ run: undefined, fetched: undefined, standing: { anchor: { kind: 'first' } } })).toEqual([
      'unverified',
    ]);
  });
});

describe('how long nothing may be heard of a host', () => {
  const unverified = (interval: number, seconds: number) => {
    return kindsOf({ interval, run: { ...RUN, verifiedAt: ago(seconds) } }).includes('unverified');
  };

  it.each([
    ['five minutes where a run begins every few seconds', 10, LATE.seconds],
    ['five minutes where one begins every minute', 60, LATE.seconds],
    ['five intervals where it is longer', 3600, LATE.intervals * 3600],
  ])('is %s', (_what, interval, seconds) => {
    expect(unverified(interval, seconds)).toBe(false);
    expect(unverified(interval, seconds + 0.001)).toBe(true);
  });

  it('is not longer because a clock was ahead when it was heard of', () => {
    expect(unverified(60, -LATE.seconds)).toBe(false);
    expect(unverified(60, -LATE.seconds - 1)).toBe(true);
  });
});
