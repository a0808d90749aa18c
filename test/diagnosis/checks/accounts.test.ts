import { describe, expect, it } from 'vitest';
import type { Case, Program } from '../../../scripts/diagnosis/case.ts';
import { accounts } from '../../../scripts/diagnosis/checks/accounts.ts';
import type { Person } from '../../../scripts/diagnosis/facts.ts';
import type { Resolved } from '../../../scripts/policy/resolve.ts';
import { ACCOUNT, aCase, aMeter, CONTAINER, FACTS, GROUP, SITE, told } from '../../support/case-fixture.ts';
import { memberText, memberTexts, resolvePolicy } from '../../support/resolve-policy.ts';

const DOMAIN = 'hertie-school.lan';
const LOOK =
  'systemctl status sssd, and the line passwd of /etc/nsswitch.conf, say whether the directory service can be asked';

/** One member with one account, and the administrators. */
const ONE = resolvePolicy({ 'members/204214.yaml': undefined, 'members/a1.yaml': memberText('a1', 'researcher') });
const TWO = resolvePolicy({
  'members/204214.yaml': undefined,
  'members/a1.yaml': memberText('a1', 'researcher').replace(
    '@hertie-school.lan]',
    '@hertie-school.lan, a2@hertie-school.lan]',
  ),
});
const LAB = person('datasciencelab@hertie-school.lan', 1900);

function person(name: string, uid: number): Person {
  return { name, uid, home: `/home/${name}` };
}

function machineWith(people: readonly Person[], resolved: Resolved, more: Partial<Case> = {}): Case {
  return aCase({ facts: { ...FACTS, people: told(people) }, resolved, ...more });
}

function program(uid: number, cgroup = '/user.slice'): Program {
  return { pid: 1, uid, name: 'python', cgroup, cpuSeconds: 0, cores: 0 };
}

it('nothing is to be said where the machine knows everybody by the same name', () => {
  const found = machineWith([person(`a1@${DOMAIN}`, 1001), LAB], ONE, { programs: [program(1001), program(0)] });
  expect(accounts.examine(found)).toEqual({ causes: [], saw: 'the machine knows 2 accounts of policy', notes: [] });
});

describe('accounts that the machine does not know', () => {
  it('are told of, with the line that lists them', () => {
    expect(accounts.examine(machineWith([LAB], ONE)).causes).toEqual([
      {
        weight: 10,
        subject: `a1@${DOMAIN}`,
        message: `the machine does not know 1 account of policy: a1@${DOMAIN}`,
        evidence: [
          { source: 'getent passwd', figure: '1 of 2 found' },
          { source: 'policy/members/a1.yaml:1', figure: `a1@${DOMAIN}` },
        ],
        wayOut: `correct the member file, or take it out with ds01-policy revoke a1@${DOMAIN}; or ${LOOK}`,
      },
    ]);
  });

  it('are not taken out with another account of the same person, which the machine knows', () => {
    const people = [LAB, person(`204214@${DOMAIN}`, 1001)];
    const [cause] = accounts.examine(machineWith(people, resolvePolicy())).causes;
    expect(cause?.subject).toBe(`s.kaiser@${DOMAIN}`);
    expect(cause?.wayOut).toBe(`correct the member file, or take it out there; or ${LOOK}`);
  });

  it('are ten at most by name, and no fault of the member files if they are all', () => {
    const [cause, ...more] = accounts.examine(machineWith([], resolvePolicy(memberTexts(12, 'student')))).causes;
    expect(more).toEqual([]);
    expect(cause?.message).toMatch(/^the machine does not know 15 accounts of policy: .* and 5 more$/);
    expect(cause?.evidence).toHaveLength(11);
    expect(cause?.evidence[0]?.figure).toBe('0 of 15 found');
    expect(cause?.wayOut).toBe(LOOK);
  });

  it('may be the only one of policy, and mistyped', () => {
    const { causes } = accounts.examine(machineWith([], resolvePolicy({ 'members/204214.yaml': undefined })));
    expect(causes[0]?.wayOut).toMatch(/^correct the member file/);
  });

  it('may be unknown if they have no grant that holds', () => {
    const ended = { 'members/a1.yaml': memberText('a1', 'researcher', 'expires: 2026-06-14\n') };
    const resolved = resolvePolicy({ 'members/204214.yaml': undefined, ...ended });
    expect(accounts.examine(machineWith([LAB], resolved))).toMatchObject({
      causes: [],
      saw: 'the machine knows 1 account of policy',
    });
  });

  it.each([['a1'], ['A1@HERTIE-SCHOOL.LAN'], ['a1@students.hertie-school.org']])(
    'are known by another spelling: %s',
    (name) => {
      expect(accounts.examine(machineWith([person(name, 1001), LAB], ONE))).toMatchObject({
        causes: [],
        notes: [`the machine spells a1@${DOMAIN} as ${name}`],
      });
    },
  );

  it('are not known by the same name in another domain', () => {
    expect(accounts.examine(machineWith([person('a1@example.org', 1001), LAB], ONE)).causes).toHaveLength(1);
  });
});

describe('users of the kernel', () => {
  const one = person(`a1@${DOMAIN}`, 1001);

  it('that are two accounts of one member have limits of their own each', () => {
    expect(accounts.examine(machineWith([one, person(`a2@${DOMAIN}`, 1002), LAB], TWO))).toMatchObject({
      causes: [],
      notes: [
        `member a1 is a1@${DOMAIN} with UID 1001 and a2@${DOMAIN} with UID 1002: each has a slice of its own, and per_member ` +
          'limits count for each',
      ],
    });
    // One user with two names, which is what a member is.
    expect(accounts.examine(machineWith([one, person(`a2@${DOMAIN}`, 1001), LAB], TWO))).toMatchObject({
      causes: [],
      notes: [],
    });
  });

  it('that are accounts of two members are one to the kernel', () => {
    expect(accounts.examine(machineWith([one, { ...LAB, uid: 1001 }], ONE)).causes).toEqual([
      {
        weight: 10,
        subject: `a1@${DOMAIN}, datasciencelab@${DOMAIN}`,
        message:
          `a1@${DOMAIN} and datasciencelab@${DOMAIN} share UID 1001: to the kernel they are one user, with the same files ` +
          'and processes',
        evidence: [{ source: 'getent passwd', figure: `UID 1001 of a1@${DOMAIN}, datasciencelab@${DOMAIN}` }],
        wayOut: 'give one of them another UID, or list both accounts in one member file',
      },
    ]);
  });

  it('that are one account have one slice', () => {
    const local = person('a1', 1500);
    expect(accounts.examine(machineWith([one, local, LAB], ONE)).notes).toEqual([
      `the machine spells a1@${DOMAIN} as a1`,
      `a1@${DOMAIN} is 2 users to the kernel, with one slice: UID 1001, 1500`,
    ]);
    // One user with two names.
    const other = person('a1', 1001);
    expect(accounts.examine(machineWith([one, other, LAB], ONE)).notes).toEqual([
      `the machine spells a1@${DOMAIN} as a1`,
    ]);
    const [shared] = accounts.examine(machineWith([one, other, { ...LAB, uid: 1001 }], ONE)).causes;
    expect(shared?.subject).toBe(`a1@${DOMAIN}, datasciencelab@${DOMAIN}`);
    // Asked for by name and by number.
    expect(accounts.examine(machineWith([one, one, LAB], ONE)).notes).toEqual([]);
  });
});

describe('accounts that policy does not list', () => {
  const people = [person(`a1@${DOMAIN}`, 1001), LAB];

  it('are in the default group, and good to know', () => {
    const more = [person('C', 1003), person(`b@${DOMAIN}`, 1002)];
    const programs = [program(1002), program(1003), program(1001), program(1900)];
    expect(accounts.examine(machineWith([...people, ...more], ONE, { programs }))).toMatchObject({
      causes: [],
      notes: [`2 accounts in use that policy does not list, in group "student": b@${DOMAIN}, c@${DOMAIN}`],
    });
  });

  it.each([
    ['of the system', person('daemon', 999), program(999)],
    ['nobody', person('nobody', 65534), program(65534)],
    ['of whom nothing runs', person('b', 1002), program(1003)],
    ['of an image', person('b', 1002), program(1002, CONTAINER)],
    ['of an image, in a cgroup below', person('b', 1002), program(1002, `${CONTAINER}/init.scope`)],
  ])('are not those %s', (_, user, running) => {
    const all = [SITE, GROUP, CONTAINER].map((path) => aMeter(path));
    const found = machineWith([...people, user], ONE, { programs: [running], all });
    expect(accounts.examine(found)).toMatchObject({ causes: [], notes: [] });
  });

  it('are those from 1000 on, beside a container, too', () => {
    const all = [SITE, GROUP, CONTAINER].map((path) => aMeter(path));
    const found = machineWith([...people, person('b', 1000)], ONE, { programs: [program(1000, ACCOUNT)], all });
    expect(accounts.examine(found).notes).toEqual([
      `1 account in use that policy does not list, in group "student": b@${DOMAIN}`,
    ]);
  });

  it('are also those with a slice, by the name that the machine has for them', () => {
    const all = [
      SITE,
      GROUP,
      ACCOUNT,
      `${GROUP}/ds01-student-b_c.slice`,
      `${SITE}/ds01-researcher.slice/ds01-researcher-a1.slice`,
    ].map((path) => aMeter(path));
    const found = machineWith([...people, person('b.c', 1002)], ONE, { programs: [program(1002)], all });
    expect(accounts.examine(found).notes).toEqual([
      `2 accounts in use that policy does not list, in group "student": 100001@${DOMAIN}, b.c@${DOMAIN}`,
    ]);
  });
});

it.each([
  ['silent', 'getent did not answer within 3 s'],
  ['absent', 'getent is not installed'],
] as const)('nothing can be told where the machine is %s', (kind, why) => {
  const found = aCase({ facts: { ...FACTS, people: { kind, why } } });
  expect(accounts.examine(found)).toEqual({
    causes: [],
    saw: 'nobody said who is who',
    unknown: [{ why, wayOut: LOOK }],
  });
});
