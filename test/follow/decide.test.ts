import { describe, expect, it } from 'vitest';
import { backOff, decide, waitsForHost } from '../../scripts/follow/decide.ts';
import type { Standing } from '../../scripts/follow/record.ts';
import type { RunReport } from '../../scripts/follow/run-report.ts';
import { A, B, C } from '../support/host-history.ts';

const AT = '2026-06-15T10:00:00.000Z';
const NOW = new Date(AT);
const BEGUN: Standing = { anchor: { kind: 'commit', commit: A }, applied: { commit: A, at: AT } };
const REFUSED = { commit: B, at: AT, exitCode: 3, why: 'is not signed' } as const;
const STOPPED = { since: AT, what: 'ds01.slice' };
const PAUSE = { since: AT, until: '2026-06-15T14:00:00.000Z', reason: 'an exam', grants: 'expire' } as const;

const NOTHING = { kind: 'keep', waiting: { kind: 'nothing' } };

describe('a run', () => {
  it.each([
    ['tries the first commit that comes', { anchor: { kind: 'first' } }, A, { kind: 'try', commit: A }],
    ['has nothing to do before one has come', { anchor: { kind: 'first' } }, undefined, NOTHING],
    ['keeps what is applied while nothing new has come', BEGUN, A, NOTHING],
    ['keeps what is applied when nothing can be fetched', BEGUN, undefined, NOTHING],
    ['tries a commit that is new', BEGUN, B, { kind: 'try', commit: B }],
    [
      'does not try a commit again that was refused',
      { ...BEGUN, refused: REFUSED },
      B,
      { kind: 'keep', waiting: { kind: 'refused', refused: REFUSED } },
    ],
    ['tries the one after it', { ...BEGUN, refused: REFUSED }, C, { kind: 'try', commit: C }],
    ['has nothing to do when the branch goes back to what is applied', { ...BEGUN, refused: REFUSED }, A, NOTHING],
    [
      'leaves what comes back too often',
      { ...BEGUN, stopped: STOPPED },
      A,
      { kind: 'keep', waiting: { kind: 'stopped', stopped: STOPPED } },
    ],
    ['tries the next commit all the same', { ...BEGUN, stopped: STOPPED }, B, { kind: 'try', commit: B }],
    [
      'trusts nothing where nobody has said what to begin with: the state may have been taken away',
      { applied: { commit: A, at: AT } },
      B,
      { kind: 'keep', waiting: { kind: 'closed' } },
    ],
    [
      'waits for the end of a pause, whatever comes',
      { ...BEGUN, pause: PAUSE, refused: REFUSED, stopped: STOPPED },
      C,
      { kind: 'keep', waiting: { kind: 'paused', until: PAUSE.until, reason: 'an exam' } },
    ],
  ] as const)('%s', (_what, standing, newest, step) => {
    expect(decide(standing, newest, NOW)).toEqual(step);
  });

  it('goes on by itself when a pause is over', () => {
    expect(decide({ ...BEGUN, pause: PAUSE }, B, new Date(PAUSE.until))).toEqual({ kind: 'try', commit: B });
  });
});

function failed(backoff: RunReport['backoff']): RunReport {
  return { version: 1, at: AT, seconds: 1, exitCode: 4, outcome: 'no space', newest: A, ...(backoff && { backoff }) };
}

function later(minutes: number): Date {
  return new Date(NOW.getTime() + minutes * 60_000);
}

describe('after a failure of the host', () => {
  it('the next try is due in 1 minute, then 2, 4, and so on, and never later than in an hour', () => {
    const minutes: number[] = [];
    let last: RunReport | undefined;
    let now = NOW;
    for (let run = 0; run < 9; run++) {
      const backoff = backOff(last, now);
      expect(backoff.failures).toBe(run + 1);
      minutes.push((Date.parse(backoff.until) - now.getTime()) / 60_000);
      last = failed(backoff);
      now = new Date(backoff.until);
    }
    expect(minutes).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    // No number of failures is too large.
    expect(backOff(failed({ failures: 5000, until: AT }), NOW)).toEqual({
      failures: 5001,
      until: later(60).toISOString(),
    });
  });

  it('begins with one minute where the run before had not failed', () => {
    expect(backOff(failed(undefined), NOW)).toEqual({ failures: 1, until: later(1).toISOString() });
  });

  it('runs wait until then, to the millisecond', () => {
    const backoff = { failures: 3, until: later(4).toISOString() };
    expect(waitsForHost(failed(backoff), A, NOW)).toEqual(backoff);
    expect(waitsForHost(failed(backoff), A, new Date(later(4).getTime() - 1))).toEqual(backoff);
    expect(waitsForHost(failed(backoff), A, later(4))).toBeUndefined();
  });

  it('nothing waits where nothing has failed', () => {
    expect(waitsForHost(undefined, A, NOW)).toBeUndefined();
    expect(waitsForHost(failed(undefined), A, NOW)).toBeUndefined();
  });

  it('a commit that came since does not wait: it may be the remedy', () => {
    const backoff = { failures: 7, until: later(60).toISOString() };
    expect(waitsForHost(failed(backoff), B, NOW)).toBeUndefined();
    const { newest: _, ...none } = failed(backoff);
    expect(waitsForHost(none, A, NOW)).toBeUndefined();
    // Where none has ever come there is none that could be.
    expect(waitsForHost(none, undefined, NOW)).toEqual(backoff);
  });

  it('a clock that was set back makes nobody wait for longer than an hour', () => {
    const backoff = { failures: 7, until: later(60).toISOString() };
    expect(waitsForHost(failed(backoff), A, NOW)).toEqual(backoff);
    expect(waitsForHost(failed(backoff), A, new Date(NOW.getTime() - 1))).toBeUndefined();
    expect(waitsForHost(failed(backoff), A, new Date('2020-01-01'))).toBeUndefined();
  });
});
