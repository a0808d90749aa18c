import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApplyEvent, Event, PolicySource, Standing } from '../../scripts/follow/record.ts';
import { advance, pauseAt, UNKNOWN } from '../../scripts/follow/standing.ts';
import { A, applied, at, B, C, of, refused, word } from '../support/host-history.ts';

const [EIGHT, NINE, TEN, LATER] = [at('08:00'), at('09:00'), at('10:00'), at('11:00')];
const PAUSE = {
  since: '2026-06-15T10:00:00.000Z',
  until: '2026-06-15T14:00:00.000Z',
  reason: 'an exam',
  grants: 'expire',
} as const;

const EDITED: PolicySource = { commit: B, uncommittedChanges: true };
const NO_GIT: PolicySource = { commit: null, why: 'not in git' };

function trust(instant: string, commit: string): Event {
  return word(instant, { kind: 'trust', by: 'root', commit, reason: 'looked at' });
}

const INSTALL = word(EIGHT, { kind: 'install', by: 'root', remote: 'https://example.org/policy.git' });
const STOP = word(NINE, { kind: 'stop', what: 'ds01.slice' });

function stand(...events: readonly Event[]): Standing {
  return events.reduce(advance, UNKNOWN);
}

/** Where a host stands that follows a branch. */
const BEGUN = stand(INSTALL, applied(NINE, of(A)));
/** And one where another commit has come that is not signed. */
const REFUSED = stand(INSTALL, applied(NINE, of(A)), refused(TEN, of(B)));

describe('what a host trusts', () => {
  it('is nothing before somebody has said so', () => {
    expect(stand()).toEqual({});
    expect(stand(applied(NINE, of(A), { cause: 'by-hand' })).anchor).toBeUndefined();
  });

  it('is the first commit that comes when it is installed, and then the one that is applied', () => {
    expect(stand(INSTALL)).toEqual({ anchor: { kind: 'first' } });
    expect(stand(INSTALL, applied(NINE, of(A)))).toEqual({
      anchor: { kind: 'commit', commit: A },
      applied: { commit: A, at: NINE },
      last: { at: NINE, result: 'applied', commit: A },
      day: '2026-06-15',
    });
    expect(stand(INSTALL, applied(NINE, of(A)), applied(TEN, of(B))).anchor).toEqual({
      kind: 'commit',
      commit: B,
    });
  });

  it('stays when another commit is refused, or fails on the host', () => {
    const failed = { result: 'restored', failure: 'no space' } as const;
    const failures = (['commit', 'host'] as const).map((blame) => applied(TEN, of(B), { ...failed, blame }));
    for (const event of [refused(TEN, of(B)), ...failures]) {
      expect(advance(BEGUN, event)).toMatchObject({ anchor: BEGUN.anchor, applied: BEGUN.applied });
    }
  });

  it('is what somebody names, once, and what was refused is tried again', () => {
    expect(advance(REFUSED, trust(LATER, B))).toEqual({ ...BEGUN, anchor: { kind: 'commit', commit: B } });
  });

  it('is not opened again by installing once more, nor by taking the program off', () => {
    expect(advance(REFUSED, INSTALL)).toEqual(BEGUN);
    expect(advance(REFUSED, word(LATER, { kind: 'uninstall', by: 'root', remote: 'x' }))).toEqual(REFUSED);
  });

  it('is not the work of somebody’s hands, and neither is policy that no commit has', () => {
    const others = [
      applied(TEN, of(B), { cause: 'by-hand', pause: PAUSE }),
      applied(TEN, EDITED),
      applied(TEN, NO_GIT),
      applied(TEN, of(B), { cause: 'drift' }),
      applied(TEN, of(B), { cause: 'day' }),
    ];
    for (const event of others) expect(advance(BEGUN, event).anchor).toEqual({ kind: 'commit', commit: A });
  });
});

describe('what a host has applied', () => {
  it('keeps its age when drift is put right and when grants end', () => {
    for (const cause of ['drift', 'day'] as const) {
      expect(advance(BEGUN, applied(LATER, of(A), { cause }))).toEqual({
        ...BEGUN,
        last: { at: LATER, result: 'applied', commit: A },
      });
    }
  });

  it('is an earlier commit after an emergency, and the pause that comes with it', () => {
    expect(
      advance(BEGUN, applied(TEN, of(C), { cause: 'by-hand', by: 'root', reason: 'jobs fail', pause: PAUSE })),
    ).toEqual({
      ...BEGUN,
      applied: { commit: C, at: TEN },
      last: { at: TEN, result: 'applied', commit: C },
      pause: PAUSE,
    });
  });

  it.each([
    ['has changes that are not committed', applied(TEN, EDITED, { cause: 'by-hand' })],
    ['is in no git', applied(TEN, NO_GIT, { cause: 'by-hand' })],
    ['is a commit of somebody’s checkout, which this host cannot keep', applied(TEN, of(B), { cause: 'by-hand' })],
  ])('is no commit once a folder was applied that %s', (_what, event) => {
    expect(advance(BEGUN, event).applied).toBeUndefined();
    expect(advance(BEGUN, event).last?.result).toBe('applied');
  });
});

describe('the last apply', () => {
  it.each(['untouched', 'restored', 'broken'] as const)('is told also when it ended %s', (result) => {
    const event = applied(TEN, of(B), { result, failure: 'reload systemd: no', blame: 'host' });
    expect(stand(INSTALL, event)).toEqual({
      anchor: { kind: 'first' },
      last: { at: TEN, result, commit: B, failure: 'reload systemd: no' },
    });
  });
});

describe('what is refused', () => {
  it('is a commit, whether it was judged or has failed in force', () => {
    expect(advance(BEGUN, refused(TEN, of(B)))).toEqual({
      ...BEGUN,
      refused: { commit: B, at: TEN, exitCode: 3, why: 'is not signed' },
    });
    const failed = { result: 'restored', failure: 'read back: not in force', blame: 'commit' } as const;
    const { failure: why, ...unsaid } = failed;
    expect(advance(BEGUN, applied(TEN, of(B), failed)).refused).toEqual({ commit: B, at: TEN, exitCode: 4, why });
    expect(advance(BEGUN, applied(TEN, of(B), unsaid)).refused?.why).toBe('');
  });

  it('is nothing where the host is to blame, or there is no commit to blame', () => {
    expect(advance(BEGUN, refused(TEN, of(B), 'host'))).toEqual(BEGUN);
    expect(advance(BEGUN, refused(TEN, NO_GIT))).toEqual(BEGUN);
    expect(advance(BEGUN, applied(TEN, NO_GIT, { result: 'restored', blame: 'commit' })).refused).toBeUndefined();
    expect(advance(BEGUN, applied(TEN, of(B), { result: 'restored' })).refused).toBeUndefined();
  });

  it('is forgotten when another commit is applied, or somebody resumes, and not by drift', () => {
    const given = advance(REFUSED, STOP);
    expect(advance(given, applied(LATER, of(A), { cause: 'drift' }))).toMatchObject({ refused: { commit: B } });
    expect(advance(given, applied(LATER, of(A), { cause: 'by-hand', pause: PAUSE }))).toMatchObject({
      refused: { commit: B },
      stopped: { since: NINE },
    });
    for (const event of [applied(LATER, of(C)), word(LATER, { kind: 'resume', by: 'root' })]) {
      expect(advance(given, event)).not.toHaveProperty('refused');
      expect(advance(given, event)).not.toHaveProperty('stopped');
    }
  });
});

describe('a pause', () => {
  const paused = stand(word(TEN, { kind: 'pause', by: 'root', pause: PAUSE }));

  it('ends by itself, to the millisecond', () => {
    expect(pauseAt(paused, new Date('2026-06-15T13:59:59.999Z'))).toEqual(PAUSE);
    expect(pauseAt(paused, new Date('2026-06-15T14:00:00.000Z'))).toBeUndefined();
    expect(pauseAt(UNKNOWN, new Date(0))).toBeUndefined();
  });

  it('does not become longer by a clock that is set back', () => {
    expect(pauseAt(paused, new Date('2026-06-15T09:59:59.999Z'))).toEqual(PAUSE);
    expect(pauseAt(paused, new Date('2026-06-15T06:00:00.000Z'))).toBeUndefined();
    expect(pauseAt(paused, new Date(0))).toBeUndefined();
  });

  it('is replaced by another one, and ended by somebody who resumes', () => {
    const longer = { ...PAUSE, until: '2026-06-16T14:00:00.000Z' };
    expect(advance(paused, word(LATER, { kind: 'pause', by: 'root', pause: longer }))).toEqual({ pause: longer });
    expect(advance(paused, word(LATER, { kind: 'resume', by: 'root' }))).toEqual({});
  });
});

it('what comes back too often is remembered since when', () => {
  expect(stand(STOP)).toEqual({ stopped: { since: NINE, what: 'ds01.slice' } });
});

describe('the day', () => {
  it('goes on, and does not go back with the clock: no grant is revived', () => {
    const days = ['2026-06-15', '2026-06-17', '2026-06-16', '1970-01-01'];
    const seen = days.map((_, index) => {
      return stand(...days.slice(0, index + 1).map((day) => applied(NINE, of(A), { cause: 'day', day }))).day;
    });
    expect(seen).toEqual(['2026-06-15', '2026-06-17', '2026-06-17', '2026-06-17']);
  });

  it('is not known better by an apply that failed', () => {
    const failed = applied(TEN, of(A), { cause: 'day', day: '2026-06-16', result: 'restored', blame: 'host' });
    expect(stand(applied(NINE, of(A)), failed).day).toBe('2026-06-15');
  });

  it('is set back by whoever says so, and stays when nobody does', () => {
    const ahead = stand(applied(NINE, of(A), { day: '2036-01-01' }));
    expect(advance(ahead, word(TEN, { kind: 'resume', by: 'root' })).day).toBe('2036-01-01');
    expect(advance(ahead, word(TEN, { kind: 'resume', by: 'root', day: '0000-01-01' })).day).toBe('0000-01-01');
  });
});

describe('whatever happens', () => {
  const commits = fc.constantFrom<PolicySource>(of(A), of(B), of(C), EDITED, NO_GIT);
  const days = fc.constantFrom('1970-01-01', '2026-06-14', '2026-06-15', '2026-06-16', '2036-01-01');
  const blames = fc.constantFrom('commit' as const, 'host' as const);
  const applies = fc
    .record({
      policy: commits,
      day: days,
      blame: blames,
      result: fc.constantFrom('applied', 'untouched', 'restored', 'broken'),
      cause: fc.constantFrom('commit', 'day', 'drift', 'by-hand'),
      pause: fc.constantFrom(undefined, PAUSE),
    })
    .map(({ policy, pause, ...more }) =>
      applied(NINE, policy, { ...more, ...(pause && { pause }) } as Partial<ApplyEvent>),
    );
  const others = fc.oneof(
    fc.tuple(commits, blames).map(([policy, blame]) => refused(NINE, policy, blame)),
    fc.constantFrom(A, B, C).map((commit) => trust(NINE, commit)),
    fc.constant(INSTALL),
    fc.constant(STOP),
    fc.constant(word(NINE, { kind: 'uninstall', by: 'root', remote: 'x' })),
    fc.constant(word(NINE, { kind: 'pause', by: 'root', pause: PAUSE })),
    fc
      .constantFrom(undefined, '0000-01-01')
      .map((day) => word(NINE, { kind: 'resume', by: 'root', ...(day && { day }) })),
  );
  const stories = fc.array(fc.oneof(applies, others), { maxLength: 20 });

  function everyStep(check: (before: Standing, event: Event, after: Standing) => void): void {
    fc.assert(
      fc.property(stories, (events) => {
        let standing = UNKNOWN;
        for (const event of events) {
          const before = standing;
          standing = advance(before, event);
          check(before, event, standing);
        }
      }),
      { numRuns: 500 },
    );
  }

  it('what is trusted changes by somebody’s word, or when a commit from the branch is in force', () => {
    everyStep((before, event, { anchor }) => {
      if (event.kind === 'trust') expect(anchor).toEqual({ kind: 'commit', commit: event.commit });
      else if (isTaken(event)) expect(anchor).toEqual({ kind: 'commit', commit: event.policy.commit });
      else if (before.anchor) expect(anchor).toEqual(before.anchor);
      // And a door that was never opened is opened by nothing else than an installation.
      else expect(anchor).toEqual(event.kind === 'install' ? { kind: 'first' } : undefined);
    });
  });

  it('the day goes back only by somebody’s word', () => {
    everyStep((before, event, { day }) => {
      if (event.kind === 'resume' && event.day !== undefined) expect(day).toBe(event.day);
      else if (before.day !== undefined) expect(day! >= before.day).toBe(true);
    });
  });

  it('a failure never says that a commit is applied', () => {
    everyStep((before, event, { applied }) => {
      if (event.kind !== 'apply' || event.result !== 'applied') expect(applied).toEqual(before.applied);
    });
  });

  function isTaken(event: Event): event is Event & ApplyEvent {
    if (event.kind !== 'apply' || event.result !== 'applied' || event.cause !== 'commit') return false;
    return event.policy.commit !== null && !event.policy.uncommittedChanges;
  }
});
