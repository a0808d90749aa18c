import { describe, expect, it } from 'vitest';
import { eventSubject } from '../../scripts/report/event-subject.ts';
import { eventObject, eventSentence } from '../../scripts/report/event-words.ts';
import type { Grant, LimitOwner, PolicyEvent } from '../../scripts/review/events.ts';

const GRANT: Grant = {
  member: '100001',
  accounts: ['100001@example.org', 's.member@example.org'],
  group: 'researcher',
  granted: '2026-11-24',
  expires: '2027-03-31',
  reason: 'CPU-bound work',
};
const FOREVER: Grant = { ...GRANT, accounts: ['100001@example.org'], expires: 'never' };
const RESEARCHER: LimitOwner = { kind: 'group', group: 'researcher' };
const MEMBER: LimitOwner = { kind: 'member', member: '100001' };
const PLACE = { file: 'members/100001.yaml', line: 1 };

type LimitEvent = Extract<PolicyEvent, { kind: 'limit' }>;

function limit(more: Partial<LimitEvent>): PolicyEvent {
  return { kind: 'limit', owner: RESEARCHER, scope: 'per_group', field: 'tasks_max', effect: 'rises', ...more };
}

function setting(owner: LimitOwner, key: string, before?: string, after?: string): PolicyEvent {
  const values = { ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
  return { kind: 'setting', owner, key, ...values };
}

// The event, its sentence, the line over a commit that does it, and what it is about.
const CASES: readonly (readonly [PolicyEvent, string, string, string])[] = [
  [
    { kind: 'grant', grant: GRANT },
    'grants researcher to 100001 (100001@example.org, s.member@example.org) until 2027-03-31: CPU-bound work',
    'Grant researcher to 100001 until 2027-03-31',
    '100001',
  ],
  [
    { kind: 'grant', grant: FOREVER },
    'grants researcher to 100001@example.org without end: CPU-bound work',
    'Grant researcher to 100001 without end',
    '100001',
  ],
  [
    { kind: 'revoke', grant: FOREVER },
    'takes researcher from 100001@example.org',
    'Take researcher from 100001',
    '100001',
  ],
  [
    { kind: 'extend', grant: GRANT, from: '2026-12-31' },
    'extends researcher of 100001 from 2026-12-31 to 2027-03-31',
    'Extend researcher of 100001 until 2027-03-31',
    '100001',
  ],
  [
    { kind: 'extend', grant: FOREVER, from: '2026-12-31' },
    'extends researcher of 100001 from 2026-12-31 to never',
    'Extend researcher of 100001 without end',
    '100001',
  ],
  [
    { kind: 'shorten', grant: GRANT, from: 'never' },
    'shortens researcher of 100001 from never to 2027-03-31',
    'Shorten researcher of 100001 to 2027-03-31',
    '100001',
  ],
  [
    { kind: 'begin', grant: GRANT, from: '2026-12-31' },
    'has researcher of 100001 begin on 2026-11-24 instead of 2026-12-31',
    'Begin researcher of 100001 on 2026-11-24',
    '100001',
  ],
  [
    { kind: 'move', grant: FOREVER, from: 'student' },
    'moves 100001@example.org from student to researcher without end',
    'Move 100001 from student to researcher',
    '100001',
  ],
  [
    { kind: 'accounts', grant: GRANT, added: ['s.member@example.org'], removed: [] },
    'adds s.member@example.org to the accounts of 100001 in researcher',
    'Change the accounts of 100001',
    '100001',
  ],
  [
    { kind: 'accounts', grant: FOREVER, added: [], removed: ['a@example.org', 'b@example.org'] },
    'takes a@example.org, b@example.org out of the accounts of 100001 in researcher',
    'Change the accounts of 100001',
    '100001',
  ],
  [
    { kind: 'reason', grant: GRANT },
    'gives a reason for researcher of 100001: CPU-bound work',
    'Change the reason for researcher of 100001',
    '100001',
  ],
  [
    limit({ before: '65536', after: '131072' }),
    'raises tasks_max of all members of researcher together from 65536 to 131072',
    'Raise tasks_max of researcher to 131072',
    'group researcher',
  ],
  [
    limit({ scope: 'per_member', effect: 'falls', before: '65536', after: '4096' }),
    'lowers tasks_max of each member of researcher from 65536 to 4096',
    'Lower tasks_max of each member of researcher to 4096',
    'group researcher',
  ],
  [
    limit({ owner: { kind: 'site' }, scope: 'per_container', field: 'memory', effect: 'imposed', after: '32G' }),
    'limits memory of each container of the site to 32G, not limited before',
    'Limit memory of each container of the site to 32G',
    'the site',
  ],
  [
    limit({ owner: MEMBER, scope: 'per_member', effect: 'changes', after: '4096' }),
    'sets tasks_max of 100001 to 4096',
    'Set tasks_max of 100001 to 4096',
    '100001',
  ],
  [
    limit({ owner: MEMBER, scope: 'per_member', field: 'allowed_cpus', effect: 'changes', before: '0', after: '1' }),
    'changes allowed_cpus of 100001 from 0 to 1',
    'Set allowed_cpus of 100001 to 1',
    '100001',
  ],
  [
    limit({ owner: MEMBER, scope: 'per_container', field: 'cpus', effect: 'rises', before: '4' }),
    'takes out cpus of each container of 100001, which was 4: more is allowed',
    'Take out cpus of each container of 100001',
    '100001',
  ],
  [
    limit({ effect: 'removed', before: '65536' }),
    'removes the limit on tasks_max of all members of researcher together, which was 65536',
    'Remove the limit on tasks_max of researcher',
    'group researcher',
  ],
  [
    limit({
      field: 'io_read_bandwidth_max',
      effect: 'removed',
      before: '/dev/sda 1M, /dev/sdb 2M',
      after: '/dev/sda 1M',
    }),
    'changes io_read_bandwidth_max of all members of researcher together from /dev/sda 1M, /dev/sdb 2M to /dev/sda 1M',
    'Set io_read_bandwidth_max of researcher to /dev/sda 1M',
    'group researcher',
  ],
  [
    limit({
      field: 'io_read_bandwidth_max',
      effect: 'imposed',
      before: '/dev/sda 1M',
      after: '/dev/sda 1M, /dev/sdb 2M',
    }),
    'changes io_read_bandwidth_max of all members of researcher together from /dev/sda 1M to /dev/sda 1M, /dev/sdb 2M',
    'Set io_read_bandwidth_max of researcher to /dev/sda 1M, /dev/sdb 2M',
    'group researcher',
  ],
  [
    limit({ effect: 'removed', before: '65536', after: 'unlimited' }),
    'removes the limit on tasks_max of all members of researcher together, which was 65536',
    'Remove the limit on tasks_max of researcher',
    'group researcher',
  ],
  [
    limit({ effect: 'imposed', before: 'unlimited' }),
    'takes out tasks_max of all members of researcher together, which was unlimited: less is allowed',
    'Take out tasks_max of researcher',
    'group researcher',
  ],
  [
    setting(RESEARCHER, 'longest_grant', '180d', '90d'),
    'changes longest_grant of group researcher from 180d to 90d',
    'Set longest_grant of group researcher to 90d',
    'group researcher',
  ],
  [
    setting(MEMBER, 'github', 'octocat'),
    'takes out github of 100001, which was octocat',
    'Take out github of 100001',
    '100001',
  ],
  [{ kind: 'group-added', group: 'guest' }, 'adds group guest', 'Add group guest', 'group guest'],
  [{ kind: 'group-removed', group: 'guest' }, 'removes group guest', 'Remove group guest', 'group guest'],
  [
    { kind: 'answer-added', guard: 'mass-removal', reason: 'The course is over', expires: '2026-12-31' },
    'answers guard mass-removal once, until 2026-12-31: The course is over',
    'Answer guard mass-removal once, until 2026-12-31',
    'guard mass-removal',
  ],
  [
    { kind: 'answer-removed', guard: 'mass-removal', reason: 'The course is over', expires: '2026-12-31' },
    'takes out the answer to guard mass-removal, which was until 2026-12-31',
    'Take out the answer to guard mass-removal',
    'guard mass-removal',
  ],
  [
    { kind: 'unreadable', file: 'site.yaml', when: 'before' },
    'removes site.yaml, which could not be read as policy: what it said is not known',
    'Change site.yaml, which cannot be read as policy',
    'site.yaml',
  ],
];

it.each(CASES)('%j', (event, sentence, subject, object) => {
  expect(eventSentence(event)).toBe(sentence);
  expect(eventSubject([event])).toBe(subject);
  expect(eventObject(event)).toBe(object);
});

it('the line that says so now is no part of the words', () => {
  for (const [event, sentence] of CASES) {
    if (event.kind !== 'unreadable') expect(eventSentence({ ...event, place: PLACE })).toBe(sentence);
  }
});

describe('the line over a commit', () => {
  const extend = { kind: 'extend', grant: GRANT, from: '2026-12-31' } as const;
  const begin = { kind: 'begin', grant: GRANT, from: '2026-12-31' } as const;
  const reason = { kind: 'reason', grant: GRANT } as const;
  const own = limit({ owner: MEMBER, scope: 'per_member', after: '4096' });

  it.each([
    ['names what leads', [extend, begin, reason, own], 'Extend researcher of 100001 until 2027-03-31'],
    [
      'and not the other last day of a move',
      [{ ...extend, kind: 'move' }, extend],
      'Move 100001 from 2026-12-31 to researcher',
    ],
    [
      'nor the limits of a new group',
      [{ kind: 'group-added', group: 'researcher' }, limit({})],
      'Add group researcher',
    ],
    [
      'and of others how many there are',
      [extend, own, limit({ after: '9' })],
      'Extend researcher of 100001 until 2027-03-31 and 1 more',
    ],
    ['where nothing leads, all of them', [begin, reason], 'Begin researcher of 100001 on 2026-11-24 and 1 more'],
    ['and says it when nothing is done', [], 'Write policy in other words'],
  ] as const)('%s', (_what, events, subject) => {
    expect(eventSubject(events)).toBe(subject);
  });

  it('has 72 characters at most, also of others than letters', () => {
    const group = `${'g'.repeat(30)}${'\u{1f4a5}'.repeat(60)}`;
    const one = eventSubject([{ kind: 'group-added', group }]);
    const more = eventSubject([
      { kind: 'group-added', group },
      { kind: 'group-removed', group: 'x' },
    ]);
    expect([...one]).toHaveLength(72);
    expect(one).toMatch(/^Add group g{30}\u{1f4a5}+…$/u);
    expect([...more]).toHaveLength(72);
    expect(more).toMatch(/^Add group g{30}\u{1f4a5}+… and 1 more$/u);
  });
});

it('text from files cannot move a cursor or begin a line', () => {
  const hostile = 'x\n::error::\u001b[2J\u202e';
  const grant = { ...FOREVER, member: hostile, accounts: [hostile], group: hostile, reason: hostile };
  const words = 'x\\u{a}::error::\\u{1b}[2J\\u{202e}';
  expect(eventSentence({ kind: 'grant', grant })).toBe(`grants ${words} to ${words} without end: ${words}`);
  expect(eventSubject([{ kind: 'group-added', group: hostile }])).toBe(`Add group ${words}`);
});
