import { expect, it } from 'vitest';
import { lagWords } from '../../scripts/diagnosis/lag-words.ts';
import type { Lag } from '../../scripts/follow/lag.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const AT = '2026-06-15T09:41:30.000Z';
const WHEN = '2026-06-15 09:41 UTC';
const LOGS = 'journalctl --unit=ds01-policy-apply.service --unit=ds01-policy-fetch.service';

it.each([
  [
    { kind: 'waiting', waiting: { kind: 'closed' } },
    {
      message: 'no commit is trusted, and so none is applied',
      figure: 'no commit to begin with',
      wayOut: 'look at the branch, then name the commit to begin with: ds01-policy trust COMMIT --reason TEXT',
    },
  ],
  [
    { kind: 'waiting', waiting: { kind: 'refused', refused: { commit: COMMIT, at: AT, exitCode: 3, why: 'a guard' } } },
    {
      message: 'commit 0123456789ab was refused: a guard',
      figure: `refused at ${WHEN}`,
      wayOut: 'push a commit that mends it; ds01-policy resume tries this one again',
    },
  ],
  [
    { kind: 'waiting', waiting: { kind: 'stopped', stopped: { since: AT, what: 'TasksMax came back 5 times' } } },
    {
      message: 'what comes back is not put right any more: TasksMax came back 5 times',
      figure: `stopped at ${WHEN}`,
      wayOut: 'find out who writes it, then ds01-policy resume puts it right again',
    },
  ],
  [
    { kind: 'backoff', backoff: { failures: 3, until: AT, why: 'the disk is full' } },
    {
      message: 'the last tries to apply policy failed: the disk is full',
      figure: '3 failures in a row',
      wayOut: `mend that; the next try is at ${WHEN}`,
    },
  ],
  [
    { kind: 'backoff', backoff: { failures: 1, until: AT } },
    {
      message: 'the last tries to apply policy failed',
      figure: '1 failure in a row',
      wayOut: `mend that; the next try is at ${WHEN}`,
    },
  ],
  [
    { kind: 'failed', run: { version: 1, at: AT, seconds: 1, exitCode: 4, outcome: 'systemd said no' } },
    { message: 'the last run of policy failed: systemd said no', figure: `exit code 4 at ${WHEN}`, wayOut: LOGS },
  ],
  [
    { kind: 'unverified', since: AT },
    { message: 'no run has found the newest commit in force for too long', figure: `not since ${WHEN}`, wayOut: LOGS },
  ],
  [
    { kind: 'unverified', since: undefined },
    {
      message: 'no run has found the newest commit in force for too long',
      figure: 'not since the machine was started',
      wayOut: LOGS,
    },
  ],
  [
    { kind: 'not-asked', since: AT },
    {
      message: 'the remote repository is not asked for new commits any more',
      figure: `not asked since ${WHEN}`,
      wayOut: LOGS,
    },
  ],
  [
    { kind: 'unreachable', since: AT, failure: 'no route to host' },
    {
      message: 'the remote repository cannot be reached: no route to host',
      figure: `not reached since ${WHEN}`,
      wayOut: 'mend that; what is applied stays in force',
    },
  ],
  // Nothing to mend.
  [{ kind: 'pending', commit: COMMIT }, undefined],
  [{ kind: 'waiting', waiting: { kind: 'paused', until: AT, reason: 'x' } }, undefined],
] as const satisfies readonly (readonly [Lag, unknown])[])('%j', (lag, words) => {
  expect(lagWords(lag)).toEqual(words);
});
