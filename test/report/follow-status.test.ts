import { describe, expect, it } from 'vitest';
import { findLags, type Lag } from '../../scripts/follow/lag.ts';
import type { RunReport } from '../../scripts/follow/run-report.ts';
import { type FollowStatus, followJson, followLines } from '../../scripts/report/follow-status.ts';
import { type Paint, plain } from '../../scripts/report/paint.ts';
import { A, at, B } from '../support/host-history.ts';
import { HOSTILE } from '../support/hostile-plan.ts';

const RUN: RunReport = {
  ...{ version: 1, at: at('11:59'), seconds: 1, exitCode: 0, outcome: 'commit aaaaaaaaaaaa is in force' },
  ...{ newest: A, succeededAt: at('11:59'), verifiedAt: at('11:59') },
};
const CONFIG = { remote: 'https://example.org/policy.git', branch: 'main', trust: 'signed', host: 'gpu-1' } as const;

/** A host on which all is well, but for what is said. */
function status(more: Partial<FollowStatus> = {}): FollowStatus {
  const state = {
    now: new Date(at('12:00')),
    interval: 60,
    standing: { anchor: { kind: 'commit', commit: A }, applied: { commit: A, at: '2026-06-12T11:00:00.000Z' } },
    run: RUN,
    fetched: { asked: at('11:59'), at: '2026-06-12T11:00:00.000Z', commit: A },
    ...more,
  } as const;
  return { ...state, config: CONFIG, lags: findLags(state), ...more };
}

function linesOf(more: Partial<FollowStatus> = {}, paint: Paint = plain): readonly string[] {
  return followLines(status(more), paint);
}

const FOLLOWS = 'follows main of https://example.org/policy.git, signed commits only';
const APPLIED = '  commit aaaaaaaaaaaa, applied 2026-06-12 11:00 UTC (3 days ago)';

describe('a host that follows a branch', () => {
  it('says which, what it has since when, and that a run has seen it', () => {
    expect(linesOf()).toEqual([
      FOLLOWS,
      APPLIED,
      '  last run 2026-06-15 11:59 UTC (1 minute ago): commit aaaaaaaaaaaa is in force',
      '  verified 2026-06-15 11:59 UTC (1 minute ago)',
    ]);
    expect(linesOf({ config: { ...CONFIG, trust: 'none' } })[0]).toBe(
      'follows main of https://example.org/policy.git, any commit that descends',
    );
  });

  it('says right after it was installed that nothing is there yet', () => {
    expect(linesOf({ standing: { anchor: { kind: 'first' } }, run: undefined, fetched: undefined })).toEqual([
      FOLLOWS,
      '  no commit is applied',
      '  no run since the machine was started',
      '  no run has found the newest commit in force since the machine was started; systemctl status ds01-policy.timer',
    ]);
  });

  it('says what it failed of last', () => {
    const lastFailure = { at: at('09:00'), why: 'refused: is not signed' };
    expect(linesOf({ lastFailure }).at(-1)).toBe(
      '  last failure 2026-06-15 09:00 UTC (3 hours ago): refused: is not signed',
    );
  });

  it('says that a commit has come', () => {
    expect(linesOf({ fetched: { asked: at('11:59'), at: at('12:00'), commit: B } }).at(-1)).toBe(
      '  commit bbbbbbbbbbbb has come, and the next run takes it',
    );
  });

  it('says why it does not follow, and when the remote was reached last', () => {
    const pause = { since: at('10:00'), until: at('14:00'), reason: 'an exam', grants: 'expire' } as const;
    const fetched = { asked: at('11:59'), at: at('11:30'), commit: A, failure: 'no route to host' };
    const run = { ...RUN, verifiedAt: at('10:00') };
    expect(linesOf({ standing: { ...status().standing, pause }, fetched, run }).slice(3)).toEqual([
      '  verified 2026-06-15 10:00 UTC (2 hours ago)',
      '  paused until 2026-06-15 14:00 UTC: an exam; ds01-policy resume ends it',
      '  no run has found the newest commit in force since 2026-06-15 10:00 UTC (2 hours ago); systemctl status ds01-policy.timer',
      '  the remote was not reached since 2026-06-15 11:30 UTC (30 minutes ago), what is applied stays in force: no route to host',
    ]);
  });

  it('says that a run has failed, and when the next one tries it again', () => {
    const { verifiedAt: _, ...rest } = RUN;
    const run = { ...rest, exitCode: 4, outcome: 'no space', backoff: { failures: 2, until: at('12:01') } };
    expect(linesOf({ run }).slice(2)).toEqual([
      '  last run 2026-06-15 11:59 UTC (1 minute ago): no space',
      '  not verified yet',
      '  the host failed 2 times in a row, next try at 2026-06-15 12:01 UTC',
      '  the last run failed with exit code 4',
      '  no run has found the newest commit in force since the machine was started; systemctl status ds01-policy.timer',
    ]);
  });

  it('does not say twice what the newest run has said, also where that cannot be printed as it is', () => {
    const refused = { commit: B, at: at('11:59'), exitCode: 3, why: HOSTILE } as const;
    const more = {
      standing: { ...status().standing, refused },
      fetched: { asked: at('11:59'), at: at('11:59'), commit: B },
    };
    const why = `commit bbbbbbbbbbbb was refused at 2026-06-15 11:59 UTC, and not tried again until another one comes or ds01-policy resume: ${HOSTILE}`;
    const run = { ...RUN, outcome: `${why}; commit aaaaaaaaaaaa is in force` };
    expect(linesOf({ ...more, run })).toHaveLength(4);
    expect(linesOf(more)).toHaveLength(5);
  });

  it('paints what stands in the way, and what is only to come', () => {
    const paint: Paint = (tone, text) => `<${tone}>${text}</>`;
    expect(linesOf({}, paint)).toEqual(linesOf());
    expect(linesOf({ fetched: { asked: at('11:59'), at: at('12:00'), commit: B } }, paint).at(-1)).toMatch(
      /^ {2}<strong>commit b.*<[/]>$/,
    );
    expect(linesOf({ standing: {} }, paint).at(-1)).toMatch(/^ {2}<warning>no commit is trusted: .*<[/]>$/);
  });
});

describe('how long ago something was', () => {
  it.each([
    [0, '0 seconds ago'],
    [1, '1 second ago'],
    [59, '59 seconds ago'],
    [60, '1 minute ago'],
    [3599, '59 minutes ago'],
    [3600, '1 hour ago'],
    [86_399, '23 hours ago'],
    [86_400, '1 day ago'],
    [400 * 86_400, '400 days ago'],
    // A run may begin while somebody asks.
    [-60, '0 seconds ago'],
    [-61, 'in the future: the clock was set back'],
  ])('%i seconds: %s', (seconds, words) => {
    const run = { ...RUN, at: new Date(Date.parse(at('12:00')) - seconds * 1000).toISOString() };
    expect(linesOf({ run })[2]).toMatch(
      /^ {2}last run [0-9-]{10} [0-9:]{5} UTC [(](.*)[)]: commit aaaaaaaaaaaa is in force$/,
    );
    expect(linesOf({ run })[2]).toContain(`UTC (${words}): `);
  });
});

const hostileLags = (text: string): readonly Lag[] => {
  const run: RunReport = { ...RUN, at: text, outcome: text };
  return [
    { kind: 'pending', commit: text },
    { kind: 'waiting', waiting: { kind: 'paused', until: text, reason: text } },
    { kind: 'waiting', waiting: { kind: 'stopped', stopped: { since: text, what: text } } },
    { kind: 'backoff', backoff: { failures: 1, until: text } },
    { kind: 'failed', run },
    { kind: 'unverified', since: text },
    { kind: 'unreachable', since: text, failure: text },
  ];
};

function hostile(text: string): FollowStatus {
  return status({
    config: { remote: text, branch: text, trust: 'signed', host: text },
    standing: { applied: { commit: text, at: text } },
    run: { ...RUN, at: text, outcome: 'x', verifiedAt: text },
    lags: hostileLags(text),
    lastFailure: { at: text, why: text },
  });
}

it('text of others stays on its line', () => {
  const lines = followLines(hostile(HOSTILE), plain);
  expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(lines).toHaveLength(followLines(hostile('y'), plain).length);
});

describe('the same for programs', () => {
  const json = (more: Partial<FollowStatus> = {}) => JSON.parse(JSON.stringify(followJson(status(more))));

  it('has all of it, and whether the newest commit is in force', () => {
    expect(json()).toEqual({
      ...CONFIG,
      ...{ anchor: { kind: 'commit', commit: A }, applied: { commit: A, at: '2026-06-12T11:00:00.000Z' } },
      ...{ run: RUN, fetched: { asked: at('11:59'), at: '2026-06-12T11:00:00.000Z', commit: A } },
      ...{ upToDate: true, lags: [] },
    });
  });

  it('has why it is not, in words too', () => {
    const lastFailure = { at: at('09:00'), why: 'is not signed' };
    expect(json({ fetched: { asked: at('11:59'), at: at('12:00'), commit: B }, lastFailure })).toMatchObject({
      ...{ upToDate: false, lastFailure },
      lags: [{ kind: 'pending', message: 'commit bbbbbbbbbbbb has come, and the next run takes it' }],
    });
    const backoff = { failures: 2, until: at('12:01') };
    expect(json({ run: { ...RUN, exitCode: 4, backoff } }).lags).toEqual([
      { kind: 'backoff', message: 'the host failed 2 times in a row, next try at 2026-06-15 12:01 UTC' },
      { kind: 'failed', message: 'the last run failed with exit code 4' },
    ]);
  });

  it('has a pause only where there is one: how long one may be is something else', () => {
    const whole = { ...CONFIG, interval: 60, pause: { default: 3600, longest: 86_400 }, correctionsPerHour: 5 };
    expect(json({ config: whole })).not.toHaveProperty('pause');
    const pause = { since: at('10:00'), until: at('14:00'), reason: 'an exam', grants: 'expire' } as const;
    expect(json({ config: whole, standing: { ...status().standing, pause } }).pause).toEqual(pause);
  });
});
