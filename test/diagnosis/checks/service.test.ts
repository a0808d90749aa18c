import { describe, expect, it } from 'vitest';
import type { Case } from '../../../scripts/diagnosis/case.ts';
import { service } from '../../../scripts/diagnosis/checks/service.ts';
import type { Facts, ServiceState } from '../../../scripts/diagnosis/facts.ts';
import type { Lag } from '../../../scripts/follow/lag.ts';
import { aCase, FACTS, told } from '../../support/case-fixture.ts';

const TIMER = 'ds01-policy.timer';
const APPLY = 'ds01-policy-apply.service';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const AT = '2026-06-15T09:41:30.000Z';
const LOGS = 'journalctl --unit=ds01-policy-apply.service --unit=ds01-policy-fetch.service';

const RUNS: ServiceState = { loadState: 'loaded', activeState: 'active', result: 'success' };
const RAN: ServiceState = { loadState: 'loaded', activeState: 'inactive', result: 'success' };

const PAUSED: Lag = { kind: 'waiting', waiting: { kind: 'paused', until: AT, reason: 'a course' } };
const UNVERIFIED: Lag = { kind: 'unverified', since: AT };
const REFUSED: Lag = {
  kind: 'waiting',
  waiting: { kind: 'refused', refused: { commit: COMMIT, at: AT, exitCode: 3, why: 'a guard' } },
};

/** A host that follows a repository. */
function following(
  lags: readonly Lag[],
  states: Readonly<Partial<Record<typeof TIMER | typeof APPLY, ServiceState>>> = {},
  more: Partial<Facts> = {},
): Case {
  const services = new Map(Object.entries({ [TIMER]: RUNS, [APPLY]: RAN, ...states }));
  return aCase({ lags, facts: { ...FACTS, services: told(services), ...more } });
}

describe('a host that follows', () => {
  it('is fine if nothing stands between it and the newest commit', () => {
    expect(service.examine(following([]))).toEqual({
      causes: [],
      saw: 'the newest commit is in force',
      notes: [],
      unknown: [],
    });
  });

  it('tells of the first thing that stands in the way, and shows all that comes with it', () => {
    const failed: Lag = { kind: 'failed', run: { version: 1, at: AT, seconds: 1, exitCode: 3, outcome: 'refused' } };
    const found = following([REFUSED, failed, UNVERIFIED], { [APPLY]: { ...RAN, result: 'exit-code' } });
    expect(service.examine(found)).toEqual({
      causes: [
        {
          weight: 8,
          subject: TIMER,
          message: 'commit 0123456789ab was refused: a guard',
          evidence: [
            { source: 'ds01-policy status', figure: 'refused at 2026-06-15 09:41 UTC' },
            { source: 'ds01-policy status', figure: 'exit code 3 at 2026-06-15 09:41 UTC' },
            { source: 'ds01-policy status', figure: 'not since 2026-06-15 09:41 UTC' },
            { source: `systemctl show ${APPLY}`, figure: 'Result=exit-code' },
          ],
          wayOut: 'push a commit that mends it; ds01-policy resume tries this one again',
        },
      ],
      saw: 'policy is followed',
      notes: [],
      unknown: [],
    });
  });

  it('does nothing without its timer, which comes before all that this brings', () => {
    const found = following([UNVERIFIED], { [TIMER]: { ...RUNS, activeState: 'inactive' } });
    expect(service.examine(found).causes).toEqual([
      {
        weight: 8,
        subject: TIMER,
        message: `${TIMER} is inactive: nobody looks for new policy, and no grant ends`,
        evidence: [
          { source: `systemctl show ${TIMER}`, figure: 'ActiveState=inactive' },
          { source: 'ds01-policy status', figure: 'not since 2026-06-15 09:41 UTC' },
        ],
        wayOut: `systemctl enable --now ${TIMER}`,
      },
    ]);
    const gone = following([], { [TIMER]: { loadState: 'not-found', activeState: 'inactive', result: '' } });
    expect(service.examine(gone).causes).toMatchObject([
      {
        message: `${TIMER} is not-found: nobody looks for new policy, and no grant ends`,
        evidence: [{ source: `systemctl show ${TIMER}`, figure: 'LoadState=not-found' }],
        wayOut: 'ds01-policy install puts it back',
      },
    ]);
  });

  it('tells of a run that ended badly where nothing else does', () => {
    expect(service.examine(following([], { [APPLY]: { ...RAN, result: 'timeout' } })).causes).toMatchObject([
      { message: `the last run of ${APPLY} ended with "timeout"`, wayOut: `journalctl --unit=${APPLY}` },
    ]);
  });

  it('may be paused, which somebody wanted, and nothing is verified meanwhile', () => {
    expect(service.examine(following([PAUSED, UNVERIFIED]))).toEqual({
      causes: [],
      saw: 'policy is followed',
      notes: ['paused until 2026-06-15 09:41 UTC: a course; ds01-policy resume ends it'],
      unknown: [],
    });
    const asleep: Lag = { kind: 'not-asked', since: AT };
    expect(service.examine(following([PAUSED, UNVERIFIED, asleep])).causes).toMatchObject([
      { message: 'the remote repository is not asked for new commits any more', evidence: [{}], wayOut: LOGS },
    ]);
  });

  it('may be about to take a commit', () => {
    expect(service.examine(following([{ kind: 'pending', commit: COMMIT }]))).toMatchObject({
      causes: [],
      saw: 'policy is followed',
      notes: ['commit 0123456789ab has come, and the next run takes it'],
    });
    expect(service.examine(following([REFUSED])).notes).toEqual([]);
  });

  it('cannot be told about what nobody says', () => {
    const silent = following(
      [],
      {},
      {
        services: { kind: 'silent', why: 'systemctl did not answer within 3 s' },
        clockSynchronized: { kind: 'absent', why: 'timedatectl is not installed' },
      },
    );
    expect(service.examine(silent)).toMatchObject({
      causes: [],
      unknown: [{ why: 'systemctl did not answer within 3 s' }, { why: 'timedatectl is not installed' }],
    });
    expect(service.examine(aCase({ lags: [] })).unknown).toEqual([
      { why: `systemctl did not say how ${TIMER} is` },
      { why: `systemctl did not say how ${APPLY} is` },
    ]);
  });
});

describe('a clock that is not synchronised', () => {
  const wrong = { clockSynchronized: told(false) };
  const wayOut = 'timedatectl set-ntp true, with a time service that is installed';

  it('ends grants too early or too late where the host follows', () => {
    expect(service.examine(following([], {}, wrong)).causes).toEqual([
      {
        weight: 8,
        subject: 'clock',
        message: 'the clock is not synchronised, and grants end by it',
        evidence: [{ source: 'timedatectl show', figure: 'NTPSynchronized=no' }],
        wayOut,
      },
    ]);
  });

  it('is good to know on any other host', () => {
    expect(service.examine(aCase({ facts: { ...FACTS, ...wrong } }))).toEqual({
      causes: [],
      saw: 'this host follows no repository',
      notes: [`the clock is not synchronised, and grants end by it: ${wayOut}`],
    });
  });
});

it('a host that follows no repository has nothing to look at', () => {
  const silent = { kind: 'silent', why: 'did not answer' } as const;
  const found = aCase({ facts: { ...FACTS, services: silent, clockSynchronized: silent } });
  expect(service.examine(found)).toEqual({ causes: [], saw: 'this host follows no repository', notes: [] });
});
