import { describe, expect, it } from 'vitest';
import type { Program } from '../../../scripts/diagnosis/case.ts';
import { cpuThrottling } from '../../../scripts/diagnosis/checks/cpu-throttling.ts';
import type { CpuMeter, Meter } from '../../../scripts/diagnosis/meter.ts';
import { entitlementOf } from '../../../scripts/policy/resolve.ts';
import {
  ACCOUNT,
  aCase,
  aMeter,
  aSource,
  type CaseParts,
  CONTAINER,
  CONTAINER_ID,
  GROUP,
  SITE,
  told,
} from '../../support/case-fixture.ts';
import { groupText, resolvePolicy } from '../../support/resolve-policy.ts';

const OTHER = `${GROUP}/ds01-student-100002.slice`;
const STUDENT = 'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536';

function cpu(path: string, cores: number, more: Partial<CpuMeter> = {}): Meter {
  return aMeter(path, { cpu: { cores, ...more } });
}

/** A cgroup whose quota held it up in so many of 50 periods. */
function throttled(path: string, quota: number, times: number, cores = quota, periods = 50): Meter {
  return cpu(path, cores, { quota, throttling: { periods, throttled: times, seconds: 12.34 } });
}

function examine(meters: readonly Meter[], more: CaseParts = {}) {
  return cpuThrottling.examine(aCase({ meters, ...more }));
}

function weights(meters: readonly Meter[], more: CaseParts = {}) {
  return examine(meters, more).causes.map(({ subject, weight }) => [subject, weight]);
}

function focusOn(account: string, resolved = resolvePolicy()) {
  return { focus: { kind: 'account', entitlement: entitlementOf(resolved, account) } as const };
}

describe('the quota of a group', () => {
  const meters = [
    cpu(SITE, 30),
    throttled(GROUP, 16, 48, 15.93),
    cpu(ACCOUNT, 12.3),
    cpu(CONTAINER, 12.3),
    cpu(OTHER, 3.6),
    cpu(`${GROUP}/ds01-student-100003.slice`, 0),
  ];

  it('is named with what it grants, what was used, by whom, and what helps', () => {
    expect(examine(meters, focusOn('100001'))).toEqual({
      causes: [
        {
          weight: 87,
          subject: 'ds01-student.slice',
          message:
            'ds01-student.slice (everybody in the group together) was held up by its CPU quota 96 % of the time: 16 cores ' +
            "granted, 15.9 cores used; about 98 of the machine's 128 cores had nothing to do",
          evidence: [
            {
              source: `/sys/fs/cgroup${GROUP}/cpu.stat`,
              figure: 'nr_throttled +48 of nr_periods +50 in 5.0 s; held up for 12.3 s, added up over all CPUs',
            },
            { source: `/sys/fs/cgroup${GROUP}/cpu.stat`, figure: '15.9 cores used' },
            { source: `/sys/fs/cgroup${ACCOUNT}/cpu.stat`, figure: '12.3 cores used' },
            { source: `/sys/fs/cgroup${OTHER}/cpu.stat`, figure: '3.6 cores used' },
          ],
          limit: { key: 'CPUQuota', value: '1600%', origin: 'policy', place: { file: 'groups/student.yaml', line: 6 } },
          wayOut:
            'ds01-policy set-limit student per_group.cpu_quota 3200% --reason TEXT; or move the account to group researcher ' +
            '(12800%): ds01-policy grant 100001@hertie-school.lan researcher --until DATE --reason TEXT',
        },
      ],
      saw: 'quotas held work up 96 % of 5.0 s at most',
      notes: [],
      unknown: [],
    });
  });

  it('weighs by the share of the time, from a tenth of it on', () => {
    const weightAt = (times: number) => weights([throttled(GROUP, 16, times, 16, 1000)])[0]?.[1];
    expect([99, 100, 299, 499, 500, 750, 1000].map(weightAt)).toEqual([undefined, 50, 59, 69, 70, 80, 89]);
  });

  it('needs some periods to be judged by', () => {
    expect(weights([throttled(GROUP, 16, 4, 16, 4)])).toEqual([]);
    expect(weights([throttled(GROUP, 16, 5, 16, 5)])).toEqual([['ds01-student.slice', 89]]);
  });

  it('shows who uses it, the three who use most', () => {
    const users = [1, 5, 3, 4].map((cores) => cpu(`${GROUP}/ds01-student-u${cores}.slice`, cores));
    const outside = cpu(`${SITE}/ds01-researcher.slice/ds01-researcher-a.slice`, 90);
    const { evidence = [] } = examine([throttled(GROUP, 16, 50), ...users, outside]).causes[0] ?? {};
    expect(evidence.slice(2).map(({ source, figure }) => [source.split('/').at(-2), figure])).toEqual([
      ['ds01-student-u5.slice', '5 cores used'],
      ['ds01-student-u4.slice', '4 cores used'],
      ['ds01-student-u3.slice', '3 cores used'],
    ]);
    const site = examine([throttled(SITE, 16, 50), ...users]).causes[0];
    expect(site?.evidence).toHaveLength(5);
    expect(examine([throttled(ACCOUNT, 16, 50), ...users]).causes[0]?.evidence).toHaveLength(2);
  });

  it('is told beside that of an account, first the one without which there would be more', () => {
    const both = [throttled(GROUP, 16, 30), throttled(ACCOUNT, 8, 40)];
    // What the group has is used up in 60 % of the time, whoever uses it.
    expect(weights(both)).toEqual([
      ['ds01-student.slice', 74],
      ['ds01-student-100001.slice', 65],
    ]);
    // The account has stopped before in 80 %, whatever the group has left.
    expect(weights(both, focusOn('100001'))).toEqual([
      ['ds01-student-100001.slice', 81],
      ['ds01-student.slice', 54],
    ]);
    // Only a part of the account is stopped by the limit of its container.
    const part = [
      throttled(GROUP, 16, 30),
      cpu(ACCOUNT, 9),
      throttled(CONTAINER, 8, 50),
      cpu(`${ACCOUNT}/run-1.scope`, 1),
    ];
    expect(weights(part, focusOn('100001'))).toEqual([
      ['container c0ffee12c0ff', 89],
      ['ds01-student.slice', 74],
    ]);
    const whole = [throttled(GROUP, 16, 50), throttled(ACCOUNT, 8, 30), throttled(CONTAINER, 8, 50)];
    expect(weights(whole, { focus: { kind: 'container', id: CONTAINER_ID } })).toEqual([
      ['container c0ffee12c0ff', 89],
      ['ds01-student.slice', 50],
      ['ds01-student-100001.slice', 50],
    ]);
    expect(weights([throttled(GROUP, 16, 40), throttled(ACCOUNT, 8, 0, 2)])).toEqual([['ds01-student.slice', 81]]);
    expect(weights([throttled(GROUP, 16, 0, 8), throttled(ACCOUNT, 8, 40)])).toEqual([
      ['ds01-student-100001.slice', 81],
    ]);
  });
});

describe('a quota that others use up', () => {
  const group = throttled(GROUP, 16, 50);
  const waited = (some: number) => ({ ...cpu(ACCOUNT, 1), pressure: { cpu: { some, full: 0 } } });

  it('is good to know for somebody who does not wait', () => {
    const { causes, notes } = examine([group, waited(0.019)], focusOn('100001'));
    expect(causes).toEqual([]);
    expect(notes).toEqual([
      'ds01-student.slice (everybody in the group together) was held up by its CPU quota 100 % of the time; hardly anything ' +
        'in question waited for a CPU',
    ]);
    expect(weights([group, waited(0.02)], focusOn('100001'))).toEqual([['ds01-student.slice', 89]]);
    expect(examine([group, waited(0)]).causes).toHaveLength(1);
  });

  it('is, where nobody knows who waits, no reason for somebody who does not compute', () => {
    const computes = (cores: number) => weights([group, cpu(ACCOUNT, cores)], focusOn('100001'));
    expect(computes(0.019)).toEqual([]);
    expect(computes(0.02)).toHaveLength(1);
    expect(weights([group, aMeter(ACCOUNT)], focusOn('100001'))).toHaveLength(1);
  });

  it('comes after one that made others wait longer, where both are as likely', () => {
    const held = (path: string, seconds: number) => {
      return cpu(path, 8, { quota: 8, throttling: { periods: 50, throttled: 50, seconds } });
    };
    expect(weights([held(ACCOUNT, 1), held(OTHER, 2)])).toEqual([
      ['ds01-student-100002.slice', 89],
      ['ds01-student-100001.slice', 89],
    ]);
  });
});

describe('more of it', () => {
  const wayOut = (meters: readonly Meter[], more: CaseParts = {}) => examine(meters, more).causes[0]?.wayOut;
  const grant = (account: string) =>
    `; or move the account to group researcher (12800%): ds01-policy grant ${account} researcher --until DATE --reason TEXT`;

  it('is twice as much, in whole percent, and no more than the machine has', () => {
    const raised = (quota: number, cpus: number) =>
      wayOut([throttled(GROUP, quota, 50)], { machine: { cpus } })?.split(' ')[4];
    expect(raised(16, 128)).toBe('3200%');
    expect(raised(0.07, 128)).toBe('14%');
    expect(raised(0.333, 128)).toBe('67%');
    expect(raised(16, 24)).toBe('2400%');
    expect(wayOut([throttled(GROUP, 24, 50)], { machine: { cpus: 24 } })).toBe(
      'ds01-student.slice may use all 24 cores of the machine already: run less at the same time',
    );
  });

  it('is another group for whom it is about, or who uses more than half', () => {
    const users = (cores: number) => [throttled(GROUP, 16, 50), cpu(OTHER, 1), cpu(ACCOUNT, cores)];
    expect(wayOut(users(8.1))).toContain(grant('100001@hertie-school.lan'));
    expect(wayOut(users(8))).not.toContain('grant');
    expect(wayOut(users(1), focusOn('100001'))).toContain(grant('100001@hertie-school.lan'));
    expect(wayOut(users(15), focusOn('100002'))).toContain(grant('100002@hertie-school.lan'));
    const outside = { focus: { kind: 'container', id: 'f'.repeat(64) } } as const;
    expect(wayOut(users(15), outside)).not.toContain('grant');
    // The slice of somebody who has left the group belongs to nobody.
    const left = [throttled(GROUP, 16, 50), cpu(`${GROUP}/ds01-student-204214.slice`, 16)];
    expect(wayOut(left)).not.toContain('grant');
    expect(wayOut([throttled(GROUP, 16, 50), aMeter(ACCOUNT)])).not.toContain('grant');
  });

  it('is the group with the next larger quota, but that of administrators', () => {
    const resolved = resolvePolicy({
      'groups/student.yaml': groupText(STUDENT),
      'groups/researcher.yaml': groupText('cpu_quota: 12800%, memory_max: 128G, tasks_max: 65536'),
      'groups/guest.yaml': groupText('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536'),
      'groups/lab.yaml': groupText('cpu_quota: 6400%, memory_max: 32G, tasks_max: 65536'),
      'groups/team.yaml': groupText('cpu_quota: 3200%, memory_max: 32G, tasks_max: 65536'),
      'groups/shared.yaml': groupText(
        'cpu_quota: 6400%, memory_max: 32G, tasks_max: 65536',
        '  per_member: { cpu_quota: 800% }\n',
      ),
    });
    expect(wayOut([throttled(GROUP, 16, 50)], { resolved, ...focusOn('100001') })).toContain('to group team (3200%): ');
    const free = resolvePolicy({
      'groups/researcher.yaml': groupText('cpu_quota: unlimited, memory_max: 128G, tasks_max: 65536'),
    });
    expect(wayOut([throttled(GROUP, 16, 50)], { resolved: free, ...focusOn('100001') })).toContain(
      'to group researcher (no quota): ',
    );
    const researchers = '/ds01.slice/ds01-researcher.slice';
    expect(wayOut([throttled(researchers, 64, 50)], focusOn('204214'))).toBe(
      'ds01-policy set-limit researcher per_group.cpu_quota 12800% --reason TEXT',
    );
  });

  it('is no other group where something else than policy says the limit', () => {
    const sourceOf = () => aSource({ key: 'CPUQuota', value: '100%', origin: 'set-property', policy: '1600%' });
    expect(wayOut([throttled(GROUP, 1, 50)], { sourceOf, ...focusOn('100001') })).not.toContain('grant');
  });

  it('is for the account as the machine knows it, where only a slug is known', () => {
    const meters = [throttled(GROUP, 16, 50), cpu(`${GROUP}/ds01-student-a_b.slice`, 16)];
    const known = (...names: readonly string[]) => {
      const people = told(names.map((name, index) => ({ name, uid: 1000 + index, home: '/' })));
      return wayOut(meters, { facts: { people } })?.match(/grant (\S+)/)?.[1];
    };
    expect(known('A.B@students.hertie-school.org')).toBe('a.b@hertie-school.lan');
    expect(known('a.b', 'ab')).toBe('a.b@hertie-school.lan');
    expect(known('a.b', 'a-b')).toBe('ACCOUNT');
    expect(known('$(a)b@hertie-school.lan')).toBe('ACCOUNT');
    expect(known()).toBe('ACCOUNT');
    const silent = { kind: 'silent', why: 'getent did not answer within 3 s' } as const;
    expect(wayOut(meters, { facts: { people: silent } })).toContain(grant('ACCOUNT'));
  });

  it('is another option for a container, as far as policy gives each so much', () => {
    const [cause] = examine([throttled(CONTAINER, 8, 50)]).causes;
    expect(cause?.subject).toBe('container c0ffee12c0ff');
    expect(cause?.message).toMatch(/^container c0ffee12c0ff was held up by its CPU quota 100 % of the time: 8 cores/);
    expect(cause?.limit?.origin).toBe("the container's own options");
    expect(cause?.wayOut).toContain('docker update --cpus=16 ');
    expect(wayOut([throttled(CONTAINER, 0.333, 50)])).toContain('docker update --cpus=0.67 ');
  });
});

describe('the machine', () => {
  const program = (cores: number): Program => ({
    ...{ pid: 1, uid: 0, name: 'a', cgroup: '/system.slice/a.service', cpuSeconds: 9, cores },
  });
  const rest = (meters: readonly Meter[], programs: readonly Program[] = []) => {
    return examine(meters, { programs }).causes[0]?.message.split('; ')[1];
  };
  const HELD = throttled(GROUP, 16, 50);

  it('is busy by what cgroups count or by what programs count, whichever is more', () => {
    expect(rest([HELD, cpu(SITE, 100)])).toBe("about 28 of the machine's 128 cores had nothing to do");
    expect(rest([HELD, cpu(SITE, 100)], [program(60), program(60)])).toMatch(/^about 8 of/);
    expect(rest([HELD, cpu(SITE, 100), cpu('/docker/'.concat('a'.repeat(64)), 20)], [program(110)])).toMatch(
      /^about 8 of/,
    );
    expect(rest([HELD], [program(28)])).toMatch(/^about 100 of/);
    expect(rest([HELD])).toBeUndefined();
    expect(rest([HELD, aMeter(SITE)])).toBeUndefined();
  });

  it('has nothing left where all of it is used', () => {
    const full = 'the machine itself is busy on all of its 128 cores';
    expect(rest([HELD, cpu(SITE, 126.5)])).toMatch(/^about 1 of/);
    expect(rest([HELD, cpu(SITE, 127.1)])).toBe(full);
    expect(rest([HELD, cpu(SITE, 130)])).toBe(full);
  });
});

describe('what is as it should be', () => {
  const HALF = { periods: 50, throttled: 25, seconds: 1 };

  it.each([
    ['nothing runs', [], 'nothing has a CPU quota'],
    ['nothing has a quota', [cpu(SITE, 100)], 'nothing has a CPU quota'],
    ['nothing waited', [throttled(GROUP, 16, 0)], 'no quota held anything up in 5.0 s'],
    ['nothing ran', [throttled(GROUP, 16, 0, 0, 0)], 'no quota held anything up in 5.0 s'],
    ['hardly anything waited', [throttled(GROUP, 16, 4), throttled(ACCOUNT, 8, 2)], /^quotas held work up 8 % of 5/],
    ['it waited a little', [throttled(GROUP, 16, 1, 16, 500)], /^quotas held work up less than 1 % of 5/],
    ['counters of a quota that is gone', [cpu(GROUP, 9, { throttling: HALF })], 'nothing has a CPU quota'],
  ] as const)('%s', (_title, meters, saw) => {
    const checked = examine(meters);
    expect(checked).toMatchObject({ causes: [], unknown: [] });
    expect(checked.saw).toMatch(saw);
  });

  it('is not known where the kernel does not count it', () => {
    expect(examine([aMeter(SITE), aMeter(GROUP)]).unknown).toEqual([
      { why: 'the kernel counts no CPU time here: the controller cpu is not at work' },
    ]);
    expect(examine([aMeter(SITE), cpu(GROUP, 1)]).unknown).toEqual([]);
    expect(examine([cpu(GROUP, 1, { quota: 16 })]).unknown).toEqual([
      { why: 'ds01-student.slice has a CPU quota, and the kernel does not count what it does' },
    ]);
  });
});

it('has other files on cgroup v1', () => {
  const [cause] = examine([throttled(GROUP, 16, 50)], { machine: { version: 'v1' } }).causes;
  expect(cause?.evidence.map(({ source }) => source)).toEqual([
    `/sys/fs/cgroup/cpu${GROUP}/cpu.stat`,
    `/sys/fs/cgroup/cpuacct${GROUP}/cpuacct.usage`,
  ]);
});
