import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chain } from '../../scripts/follow/history-chain.ts';
import type { Event } from '../../scripts/follow/record.ts';
import { ENTRIES, journalFields } from '../../scripts/report/journal-fields.ts';
import { HOSTILE } from '../support/hostile-plan.ts';
import { REPOSITORY } from '../support/repository.ts';

const COMMIT = 'a'.repeat(40);
const AT = '2026-06-15T10:00:00.000Z';
const DIGEST = 'd'.repeat(64);
const FRAME = { version: 1, at: AT } as const;
const POLICY = { commit: COMMIT, uncommittedChanges: false } as const;
const APPLY = {
  ...FRAME,
  kind: 'apply',
  result: 'applied',
  cause: 'commit',
  policy: POLICY,
  day: '2026-06-15',
  digest: 'e'.repeat(64),
  changes: [{ kind: 'update', path: 'ds01-student.slice' }],
  seconds: 1.25,
} as const satisfies Event;
const PAUSE = { since: AT, until: '2026-06-15T14:00:00.000Z', reason: 'an exam', grants: 'expire' } as const;

function fieldsOf(event: Event): Readonly<Record<string, string>> {
  return Object.fromEntries(journalFields(chain(undefined, event).record, DIGEST));
}

function failed(result: 'untouched' | 'restored' | 'broken'): Event {
  return { ...APPLY, result, blame: 'host', failure: 'reload systemd: systemctl exits 1: no space: at all' };
}

describe('the entry of the journal for an apply', () => {
  it('has all that somebody looks for', () => {
    expect(fieldsOf(APPLY)).toEqual({
      MESSAGE: 'applied commit aaaaaaaaaaaa (commit): 1 change, verified',
      MESSAGE_ID: ENTRIES.applied.id,
      PRIORITY: '6',
      SYSLOG_IDENTIFIER: 'ds01-policy',
      OBJECT_SYSTEMD_UNIT: 'ds01-policy-apply.service',
      DS01_POLICY_RESULT: 'applied',
      DS01_POLICY_EXIT_CODE: '0',
      DS01_POLICY_COMMIT: COMMIT,
      DS01_POLICY_CAUSE: 'commit',
      DS01_POLICY_DIGEST: 'e'.repeat(64),
      DS01_POLICY_CHANGES: '1',
      DS01_POLICY_SECONDS: '1.25',
      DS01_POLICY_AT: AT,
      DS01_POLICY_HISTORY_DIGEST: DIGEST,
    });
  });

  it.each([
    ['untouched', 'failed', '4', '3', 'did not apply commit aaaaaaaaaaaa (commit), nothing was changed: '],
    ['restored', 'restored', '4', '3', 'took back commit aaaaaaaaaaaa (commit): '],
    ['broken', 'broken', '5', '2', 'DEGRADED: could not apply commit aaaaaaaaaaaa (commit), nor take it back: '],
  ] as const)('that ended %s says at which step, and why', (result, kind, exitCode, priority, message) => {
    const failure = 'reload systemd: systemctl exits 1: no space: at all';
    expect(fieldsOf(failed(result))).toMatchObject({
      MESSAGE: `${message}${failure}`,
      MESSAGE_ID: ENTRIES[kind].id,
      PRIORITY: priority,
      DS01_POLICY_RESULT: kind,
      DS01_POLICY_EXIT_CODE: exitCode,
      DS01_POLICY_STEP: 'reload systemd',
      DS01_POLICY_FAILURE: failure,
    });
  });

  it('without a commit or a duration does without them', () => {
    const { seconds: _, ...rest } = APPLY;
    const fields = fieldsOf({ ...rest, policy: { commit: null, why: 'no git here' } });
    expect(fields.MESSAGE).toBe('applied policy without a commit (commit): 1 change, verified');
    expect(Object.keys(fields)).not.toEqual(expect.arrayContaining(['DS01_POLICY_COMMIT']));
    expect(Object.keys(fields)).not.toEqual(expect.arrayContaining(['DS01_POLICY_SECONDS']));
  });
});

const WORDS: readonly (readonly [Event, kind: keyof typeof ENTRIES, message: string, more: Record<string, string>])[] =
  [
    [
      { ...FRAME, kind: 'refuse', policy: POLICY, exitCode: 3, why: 'is not signed', blame: 'commit' },
      ...(['refused', 'refused commit aaaaaaaaaaaa: is not signed'] as const),
      { DS01_POLICY_EXIT_CODE: '3', DS01_POLICY_COMMIT: COMMIT, DS01_POLICY_FAILURE: 'is not signed' },
    ],
    [
      { ...FRAME, kind: 'pause', by: 'op', pause: PAUSE },
      ...(['paused', 'paused until 2026-06-15T14:00:00.000Z, by op: an exam'] as const),
      { DS01_POLICY_BY: 'op', DS01_POLICY_REASON: 'an exam' },
    ],
    [{ ...FRAME, kind: 'resume', by: 'op' }, 'resumed', 'resumed, by op', { DS01_POLICY_BY: 'op' }],
    [
      { ...FRAME, kind: 'trust', by: 'op', commit: COMMIT, reason: 'rewritten' },
      ...(['trusted', `trusts commit ${COMMIT}, by op: rewritten`] as const),
      { DS01_POLICY_BY: 'op', DS01_POLICY_REASON: 'rewritten', DS01_POLICY_COMMIT: COMMIT },
    ],
    [{ ...FRAME, kind: 'install', by: 'op', remote: 'r' }, 'installed', 'installed, by op', { DS01_POLICY_BY: 'op' }],
    [
      { ...FRAME, kind: 'uninstall', by: 'op', remote: 'r' },
      'uninstalled',
      'uninstalled, by op',
      { DS01_POLICY_BY: 'op' },
    ],
    [
      { ...FRAME, kind: 'stop', what: 'TasksMax of ds01-student.slice' },
      ...(['stopped', 'drift is not put right any more: TasksMax of ds01-student.slice'] as const),
      {},
    ],
  ];

describe('the entry of the journal for anything else', () => {
  it.each(WORDS)('%j', (event, kind, message, more) => {
    expect(fieldsOf(event)).toEqual({
      MESSAGE: message,
      MESSAGE_ID: ENTRIES[kind].id,
      PRIORITY: String(ENTRIES[kind].priority),
      SYSLOG_IDENTIFIER: 'ds01-policy',
      OBJECT_SYSTEMD_UNIT: 'ds01-policy-apply.service',
      DS01_POLICY_RESULT: kind,
      ...more,
      DS01_POLICY_AT: AT,
      DS01_POLICY_HISTORY_DIGEST: DIGEST,
    });
  });
});

describe('fields', () => {
  it('are on one line each, whatever is in the record', () => {
    const hostile = { ...PAUSE, reason: HOSTILE };
    const fields = [
      ...journalFields(chain(undefined, { ...FRAME, kind: 'pause', by: HOSTILE, pause: hostile }).record, DIGEST),
      ...journalFields(chain(undefined, { ...failed('broken'), failure: HOSTILE } as Event).record, DIGEST),
    ];
    for (const [name, value] of fields) {
      expect(name).toMatch(/^[A-Z][A-Z0-9_]{0,63}$/);
      expect(value).not.toMatch(/\p{Cc}/u);
    }
  });

  it('are told apart by an id of their own, and docs/monitoring/README.md has each', () => {
    const readme = readFileSync(join(REPOSITORY, 'docs/monitoring/README.md'), 'utf8');
    const listed = [...readme.matchAll(/^\| `([a-z]+)` \|.*\| `([0-9a-f]{32})` \|$/gm)].map(([, kind, id]) => [
      kind,
      id,
    ]);
    expect(Object.fromEntries(listed)).toEqual(
      Object.fromEntries(Object.entries(ENTRIES).map(([kind, { id }]) => [kind, id])),
    );
    expect(new Set(listed.map(([, id]) => id)).size).toBe(listed.length);
  });
});
