import { describe, expect, it } from 'vitest';
import type { Clock } from '../../scripts/policy/calendar.ts';
import { check } from '../../scripts/policy/check.ts';
import { type Entitlement, entitlementOf, type Resolved, resolve } from '../../scripts/policy/resolve.ts';
import { policyOfTheTests } from '../support/resolve-policy.ts';

const SITE = `version: 1
name: ds01
default_group: student
admin_group: admin
time_zone: Europe/Berlin
account_domain: hertie-school.lan
domain_aliases: [students.hertie-school.org]
limits:
  per_member: { memory_max: 8G, cpu_weight: 50, io_weight: 50 }
hosts:
  ds01: { cpus: 128, gpus: 4 }
`;
const RESEARCHER = `description: Researchers
limits:
  per_group: { cpu_quota: 12800%, memory_max: 128G, tasks_max: 65536 }
  per_member: { memory_max: 16G, cpu_weight: 100 }
`;
// Administrators are never limited, not by the site either.
const ADMIN = `description: Administrators
limits:
  per_group: { cpu_quota: unlimited, memory_max: unlimited, tasks_max: unlimited }
  per_member: { memory_max: unlimited }
`;
const MEMBER = `accounts: [100001@hertie-school.lan, ex.ample@hertie-school.lan]
group: researcher
reason: Work on the example project
granted: 2026-03-10
expires: 2026-03-29
limits:
  per_member: { memory_max: 32G }
`;

function resolved(clock: Clock | string, texts: Readonly<Record<string, string>> = {}): Resolved {
  const on: Clock = typeof clock === 'string' ? { kind: 'day', day: clock } : clock;
  const { policy, findings } = check(
    policyOfTheTests({
      'site.yaml': SITE,
      'groups/researcher.yaml': RESEARCHER,
      'groups/admin.yaml': ADMIN,
      'members/100001.yaml': MEMBER,
      ...texts,
    }),
    on,
  );
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  return resolve(policy!, on);
}

describe('a grant', () => {
  it.each([
    ['2026-03-09', 'pending', 'student', 4],
    ['2026-03-10', 'active', 'researcher', 2],
    ['2026-03-29', 'active', 'researcher', 2],
    ['2026-03-30', 'expired', 'student', 5],
  ])('on %s is %s: group %s, says line %i', (day, state, group, line) => {
    const entitlement = entitlementOf(resolved(day), '100001');
    const groupPlace = { file: 'members/100001.yaml', line };
    expect(entitlement).toMatchObject({ state, group: { group: { name: group } }, groupPlace });
    expect(entitlement.slice).toBe(`ds01-${group}-100001.slice`);
    expect(entitlement.member?.id).toBe('100001');
  });

  it.each([
    ['Europe/Berlin', '2026-03-10T00:00:00.000+01:00', '2026-03-29T23:59:59.999+02:00'],
    ['Pacific/Kiritimati', '2026-03-10T00:00:00.000+14:00', '2026-03-29T23:59:59.999+14:00'],
    ['America/St_Johns', '2026-03-10T00:00:00.000-02:30', '2026-03-29T23:59:59.999-02:30'],
    ['UTC', '2026-03-10T00:00:00.000Z', '2026-03-29T23:59:59.999Z'],
  ])('in %s holds from the first millisecond of its first day to the last one of its last day', (zone, first, last) => {
    const holds = (instant: string, more = 0) => {
      const now = new Date(Date.parse(instant) + more);
      const texts = { 'site.yaml': SITE.replace('Europe/Berlin', zone) };
      return entitlementOf(resolved({ kind: 'instant', now }, texts), '100001').state === 'active';
    };
    expect([holds(first, -1), holds(first), holds(last), holds(last, 1)]).toEqual([false, true, true, false]);
  });

  it('that never expires holds for ever', () => {
    const texts = { 'members/100001.yaml': MEMBER.replace('2026-03-29', 'never') };
    expect(entitlementOf(resolved('9999-12-31', texts), '100001').state).toBe('active');
  });

  it('takes the limits of its own with it when it ends, and has none before it begins', () => {
    const own = (day: string) => {
      const { limits, group } = entitlementOf(resolved(day), '100001');
      return [limits.per_member.memory_max, limits === group.limits];
    };
    const eight = { value: 8 * 2 ** 30, place: { file: 'site.yaml', line: 9 } };
    const thirtyTwo = { value: 32 * 2 ** 30, place: { file: 'members/100001.yaml', line: 7 } };
    expect(own('2026-03-09')).toEqual([eight, true]);
    expect(own('2026-03-29')).toEqual([thirtyTwo, false]);
    expect(own('2026-03-30')).toEqual([eight, true]);
  });

  it('without limits of its own has those of the group', () => {
    const { limits, group } = entitlementOf(resolved('2026-03-29'), '204214');
    expect(limits).toBe(group.limits);
  });
});

it('limits come from site, then group, then member, each with its line', () => {
  const { limits } = entitlementOf(resolved('2026-03-29'), '100001');
  expect(limits.per_member).toEqual({
    memory_max: { value: 32 * 2 ** 30, place: { file: 'members/100001.yaml', line: 7 } },
    cpu_weight: { value: 100, place: { file: 'groups/researcher.yaml', line: 4 } },
    io_weight: { value: 50, place: { file: 'site.yaml', line: 9 } },
  });
  const place = { file: 'groups/researcher.yaml', line: 3 };
  expect(limits.per_group.tasks_max).toEqual({ value: 65_536, place });
});

it('groups have the limits of the site under theirs, and a slice', () => {
  const { groups, today } = resolved('2026-03-29');
  expect(today).toBe('2026-03-29');
  expect([...groups.keys()].sort()).toEqual(['admin', 'researcher', 'student']);
  const limits = { per_member: { io_weight: { value: 50 }, cpu_weight: { value: 100 } } };
  expect(groups.get('researcher')).toMatchObject({ slice: 'ds01-researcher.slice', limits });
});

it('every account of every member file is listed, also of those whose grant does not hold', () => {
  expect([...resolved('2026-03-30').accounts.keys()].sort()).toEqual([
    '100001@hertie-school.lan',
    '204214@hertie-school.lan',
    'datasciencelab@hertie-school.lan',
    'ex.ample@hertie-school.lan',
    's.kaiser@hertie-school.lan',
  ]);
});

it('an answer to a guard counts through its last day, in the time zone of the site', () => {
  const answer = (guard: string, day: string) => `  - { guard: ${guard}, objects: [x], reason: r, expires: ${day} }\n`;
  const text = `answers:\n${answer('mass-removal', '2026-03-29')}${answer('group-removal', '2026-03-30')}`;
  const clock: Clock = { kind: 'instant', now: new Date('2026-03-29T22:30:00Z') };
  const { policy } = check(policyOfTheTests({ 'allow.yaml': text }), clock);
  const guards = (at: Clock) => policy && resolve(policy, at).answers.map(({ guard }) => guard);
  expect(policy?.answers.length).toBe(2);
  expect(guards({ kind: 'day', day: '2026-03-29' })).toEqual(['mass-removal', 'group-removal']);
  // In Berlin, it is half past midnight on the 30th.
  expect(guards(clock)).toEqual(['group-removal']);
  expect(guards({ kind: 'day', day: '2026-03-31' })).toEqual([]);
});

describe('entitlementOf', () => {
  const who = (spelling: string): Entitlement => entitlementOf(resolved('2026-03-29'), spelling);

  it.each([
    'ex.ample@hertie-school.lan',
    'ex.ample@students.hertie-school.org',
    'EX.Ample@Hertie-School.LAN',
    'ex.ample',
    ' Ex.Ample ',
    'ex_ample',
    'EX_AMPLE',
  ])('finds the member by "%s"', (spelling) => {
    const account = 'ex.ample@hertie-school.lan';
    const slice = 'ds01-researcher-ex_ample.slice';
    expect(who(spelling)).toMatchObject({ account, slice, state: 'active', member: { id: '100001' } });
  });

  it.each([
    ['100002', '100002@hertie-school.lan', '100002'],
    ['No.Body@students.hertie-school.org', 'no.body@hertie-school.lan', 'no_body'],
    ['ex_ample@hertie-school.lan', 'ex_ample@hertie-school.lan', 'ex_ample'],
    ['ex.ample@example.org', 'ex.ample@example.org', 'ex_ample'],
  ])('puts "%s", who has no file, into the default group', (spelling, account, slug) => {
    const entitlement = who(spelling);
    const groupPlace = { file: 'site.yaml', line: 3 };
    expect(entitlement).toMatchObject({ account, slice: `ds01-student-${slug}.slice`, state: 'unlisted', groupPlace });
    expect(entitlement.member).toBeUndefined();
    expect(entitlement.limits).toBe(entitlement.group.limits);
  });
});
