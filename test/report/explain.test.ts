import { describe, expect, it } from 'vitest';
import { type Entitlement, entitlementOf } from '../../scripts/policy/resolve.ts';
import { explainJson, explainText } from '../../scripts/report/explain.ts';
import { type Paint, plain } from '../../scripts/report/paint.ts';
import { groupText, memberText, resolvePolicy } from '../support/resolve-policy.ts';

const label = (file: string) => `policy/${file}`;

function entitlement(account: string, texts: Readonly<Record<string, string>> = {}): Entitlement {
  return entitlementOf(resolvePolicy(texts), account);
}

function explain(account: string, texts: Readonly<Record<string, string>> = {}): string {
  return explainText(entitlement(account, texts), '2026-06-15', label, plain);
}

describe('what an account has, for people', () => {
  it('has group, end, slice, and the limits of all scopes, each with its line', () => {
    const texts = {
      'groups/researcher.yaml': groupText(
        'cpu_quota: 100%, memory_max: unlimited, io_read_bandwidth_max: { /dev/sda: 5M }, tasks_max: 65536',
        '  per_container: { cpus: 0.5, idle_timeout: 48h }\n',
      ),
      'members/204214.yaml': memberText(
        '204214',
        'researcher',
        'expires: 2027-03-31\nlimits:\n  per_member: { memory_max: 1.5T }\n',
      ).replace(']', ', s.kaiser@hertie-school.lan]'),
    };
    expect(explain('204214', texts)).toBe(
      `\
204214@hertie-school.lan on 2026-06-15
  group     researcher                               policy/members/204214.yaml:2
  until     2027-03-31, through the end of that day  policy/members/204214.yaml:5
  slice     ds01-researcher-204214.slice
  reason    a reason
  accounts  204214@hertie-school.lan, s.kaiser@hertie-school.lan

  per_group (all members of the group together)
    cpu_quota              100%         1 core  policy/groups/researcher.yaml:3
    memory_max             unlimited            policy/groups/researcher.yaml:3
    tasks_max              65536                policy/groups/researcher.yaml:3
    io_read_bandwidth_max  /dev/sda 5M          policy/groups/researcher.yaml:3
  per_member (this account)
    memory_max  1.5T    policy/members/204214.yaml:7
  per_container (each container)
    cpus          0.5    policy/groups/researcher.yaml:4
    idle_timeout  2d     policy/groups/researcher.yaml:4
`,
    );
  });

  it('of somebody who is not listed is what the default group has', () => {
    const lines = explain('somebody').split('\n');
    expect(lines.slice(0, 6)).toEqual([
      'somebody@hertie-school.lan on 2026-06-15',
      '  group     student                                               policy/site.yaml:5',
      '  until     no end: everybody who is not listed is in this group',
      '  slice     ds01-student-somebody.slice',
      '',
      '  per_group (all members of the group together)',
    ]);
    expect(lines).toContain('    no limit');
  });

  it.each([
    ['expires: 2026-06-14\n', '2025-12-05', 'the grant for researcher expired on 2026-06-14', 5],
    ['expires: never\n', '2026-06-16', 'the grant for researcher begins on 2026-06-16', 4],
    ['expires: never\n', '2026-06-15', 'never ends', 5],
  ])('says when a grant holds: %j, granted %s', (expires, granted, words, line) => {
    const text = memberText('m', 'researcher', expires).replace('2025-12-05', granted);
    const until = explain('m', { 'members/m.yaml': text }).split('\n')[2];
    expect(until).toMatch(new RegExp(`^  until     ${words} +policy/members/m[.]yaml:${line}$`));
  });

  it('paints no more than titles, and prints no control characters', () => {
    const paint: Paint = (tone, text) => `<${tone}>${text}</>`;
    const given = entitlement('204214');
    const hostile = {
      ...given,
      account: 'a\u001b[31m',
      ...(given.member && { member: { ...given.member, reason: 'x\u202e\ny' } }),
    };
    const text = explainText(hostile, '2026-06-15', label, paint);
    expect(text.split('\n')[0]).toBe('<strong>a\\u{1b}[31m</> on 2026-06-15');
    expect(text).toContain('\n  reason    x\\u{202e}\\u{a}y\n');
    expect(text).toContain('  <strong>per_group</> (all members');
  });
});

describe('what an account has, as JSON', () => {
  it('of a member has what the file says', () => {
    const value = JSON.parse(explainJson(entitlement('S.KAISER@phd.hertie-school.org'), '2026-06-15'));
    expect(value).toEqual({
      version: 1,
      account: 's.kaiser@hertie-school.lan',
      today: '2026-06-15',
      state: 'active',
      group: { name: 'researcher', place: { file: 'members/204214.yaml', line: 3 } },
      slice: 'ds01-researcher-s_kaiser.slice',
      member: {
        id: '204214',
        accounts: ['204214@hertie-school.lan', 's.kaiser@hertie-school.lan'],
        reason: 'CPU-bound scikit-learn work, throttled at the student quota of 16 cores',
        granted: '2025-12-05',
        expires: 'never',
      },
      limits: {
        per_group: {
          cpu_quota: { value: '12800%', place: { file: 'groups/researcher.yaml', line: 6 } },
          memory_max: { value: '128G', place: { file: 'groups/researcher.yaml', line: 6 } },
          tasks_max: { value: '65536', place: { file: 'groups/researcher.yaml', line: 6 } },
        },
        per_member: {},
        per_container: {
          cpus: { value: '64', place: { file: 'groups/researcher.yaml', line: 7 } },
          memory: { value: '128G', place: { file: 'groups/researcher.yaml', line: 7 } },
        },
      },
    });
  });

  it('of somebody who is not listed has no member', () => {
    const value = JSON.parse(explainJson(entitlement('somebody'), '2026-06-15'));
    expect(value).toMatchObject({
      state: 'unlisted',
      slice: 'ds01-student-somebody.slice',
      group: { name: 'student' },
    });
    expect(value).not.toHaveProperty('member');
  });
});
