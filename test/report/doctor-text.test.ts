import { describe, expect, it } from 'vitest';
import type { Case, Focus } from '../../scripts/diagnosis/case.ts';
import type { Asked, FoundCause } from '../../scripts/diagnosis/diagnose.ts';
import { entitlementOf } from '../../scripts/policy/resolve.ts';
import { doctorText } from '../../scripts/report/doctor-text.ts';
import { type Paint, plain } from '../../scripts/report/paint.ts';
import { ABSENT, ACCOUNT, aCase, aMeter, CONTAINER_ID, FACTS } from '../support/case-fixture.ts';
import { HOSTILE } from '../support/hostile-plan.ts';
import { memberText, resolvePolicy } from '../support/resolve-policy.ts';

const label = (file: string) => `policy/${file}`;
const STUDENTS = '/sys/fs/cgroup/ds01.slice/ds01-student.slice';

const TASKS: FoundCause = {
  ...{ check: 'tasks-limit', title: 'tasks limit', weight: 95, subject: 'ds01-student.slice' },
  message:
    'all 512 tasks of ds01-student.slice are in use, and whoever wants another one is refused: users see "libgomp: Thread creation failed: Resource temporarily unavailable"',
  evidence: [
    { source: `${STUDENTS}/pids.current`, figure: '512' },
    { source: `${STUDENTS}/pids.peak`, figure: '512' },
  ],
  limit: {
    ...{ key: 'TasksMax', value: '512', origin: '/etc/systemd/system/ds01-student.slice' },
    place: { file: 'groups/student.yaml', line: 6 },
  },
  wayOut: 'ds01-policy apply',
};

const QUOTA: FoundCause = {
  ...{ check: 'cpu-throttling', title: 'CPU quota', weight: 69, subject: 'ds01-student.slice' },
  message: 'held up in 30 % of all periods',
  evidence: [{ source: `${STUDENTS}/cpu.stat`, figure: 'nr_throttled +15 of nr_periods +50 in 5.0 s' }],
  limit: { key: 'CPUQuota', value: '1600%', origin: 'policy', place: { file: 'groups/student.yaml', line: 6 } },
  wayOut: 'ds01-policy set-limit student per_group.cpu_quota 3200%',
};

function asked(id: string, title: string, more: Partial<Asked> = {}): Asked {
  return { id, title, status: 'ok', saw: `saw ${title}`, notes: [], unknown: [], ...more };
}

const CHECKS = [asked('tasks-limit', 'tasks limit'), asked('cpu-throttling', 'CPU quota')];

interface Told {
  readonly causes?: readonly FoundCause[];
  readonly checks?: readonly Asked[];
  readonly focus?: Focus;
  readonly found?: Partial<Case>;
  readonly host?: string;
  readonly asRoot?: boolean;
}

function text(told: Told = {}, paint: Paint = plain): string {
  const { causes = [], checks = CHECKS, focus, found, host = 'ds01', asRoot = true } = told;
  const whole = aCase({ ...(focus && { focus }), ...found });
  const machine = { ...whole.machine, asRoot };
  return doctorText({ host, found: { ...whole, machine }, diagnosis: { causes, checks } }, label, paint);
}

const lines = (told: Told) => text(told).split('\n');

function account(name: string, texts: Readonly<Record<string, string>> = {}): Focus {
  return { kind: 'account', entitlement: entitlementOf(resolvePolicy(texts), name) };
}

describe('why work is slow, for people', () => {
  it('is told from the most likely reason on, and then what was looked at', () => {
    const checks = [
      asked('tasks-limit', 'tasks limit', {
        status: 'finding',
        unknown: [{ why: 'the kernel log may not be read', wayOut: 'root or the group systemd-journal sees it' }],
      }),
      asked('cpu-throttling', 'CPU quota', { status: 'finding' }),
      asked('waiting', 'waiting', { notes: ['the machine is nearly idle'] }),
      asked('gpu', 'GPU', { status: 'cannot-tell', unknown: [{ why: 'nvidia-smi did not answer within 3 s' }] }),
    ];
    const found = { all: [aMeter(ACCOUNT)] };
    expect(text({ causes: [TASKS, QUOTA], checks, focus: account('100001'), found, asRoot: false })).toBe(`\
100001@hertie-school.lan on ds01, 2026-06-15 10:00 UTC, watched for 5.0 s: 2 reasons
group student (policy/site.yaml:5), ds01-student-100001.slice

1. all 512 tasks of ds01-student.slice are in use, and whoever wants another one is refused: users
   see "libgomp: Thread creation failed: Resource temporarily unavailable"
   limit: TasksMax 512, said by /etc/systemd/system/ds01-student.slice; line of policy: policy/groups/student.yaml:6
   do:    ds01-policy apply
   seen:  /sys/fs/cgroup/ds01.slice/ds01-student.slice/pids.current: 512
          /sys/fs/cgroup/ds01.slice/ds01-student.slice/pids.peak: 512

2. held up in 30 % of all periods
   limit: CPUQuota 1600%, policy/groups/student.yaml:6
   do:    ds01-policy set-limit student per_group.cpu_quota 3200%
   seen:  /sys/fs/cgroup/ds01.slice/ds01-student.slice/cpu.stat: nr_throttled +15 of nr_periods +50 in 5.0 s

looked at
  finding      tasks limit  see 1
  cannot tell  tasks limit  the kernel log may not be read; root or the group systemd-journal sees
                            it
  finding      CPU quota    see 2
  ok           waiting      saw waiting
  cannot tell  GPU          nvidia-smi did not answer within 3 s

good to know
  the machine is nearly idle

set-limit, grant and revoke propose a change of policy: run them in a clone of its repository
who may not do that sends this answer to an administrator: datasciencelab@hertie-school.lan
root would see more of: tasks limit; the same command with sudo asks again
`);
  });

  it('is short where nothing is wrong', () => {
    expect(text()).toBe(`\
ds01, 2026-06-15 10:00 UTC, watched for 5.0 s: no reason found

looked at
  ok           tasks limit  saw tasks limit
  ok           CPU quota    saw CPU quota

what happens only now and then is seen by a longer look: --watch 60
`);
  });

  it('advises no longer look than one that was as long, and none where something was found', () => {
    expect(text({ found: { window: 59.9 } })).toContain('--watch');
    expect(text({ found: { window: 60 } })).not.toContain('--watch');
    expect(text({ causes: [QUOTA] })).not.toContain('--watch');
  });

  it('is not given as an all-clear by checks that could not look', () => {
    const blind = asked('gpu', 'GPU', { status: 'cannot-tell', unknown: [{ why: 'it hangs' }] });
    expect(lines({ checks: [...CHECKS, blind] })[0]).toMatch(/: no reason found; 1 of 3 checks cannot tell$/);
    expect(lines({ causes: [QUOTA], checks: [...CHECKS, blind] })[0]).toMatch(/: 1 reason$/);
  });
});

describe('whose work it is', () => {
  const head = (told: Told) =>
    lines(told).slice(0, 2).join('\n').replace(', 2026-06-15 10:00 UTC, watched for 5.0 s', '');

  it('is said with the group, why it is that one, and that nothing runs', () => {
    expect(head({ focus: account('204214') })).toBe(`\
204214@hertie-school.lan on ds01: no reason found
group researcher (policy/members/204214.yaml:3), ds01-researcher-204214.slice; nothing runs there`);
    const over = memberText('over', 'researcher', 'expires: 2026-06-14\n');
    expect(text({ focus: account('over', { 'members/over.yaml': over }) })).toContain(`: no reason found
group student (the grant for researcher expired on 2026-06-14, policy/members/over.yaml:5),
ds01-student-over.slice; nothing runs there
`);
    const soon = memberText('soon', 'researcher').replace('2025-12-05', '2026-07-01');
    expect(text({ focus: account('soon', { 'members/soon.yaml': soon }) })).toContain(
      '\ngroup student (the grant for researcher begins on 2026-07-01, policy/members/soon.yaml:4),\n',
    );
  });

  it('is said to be uncertain where nobody says whether there is such an account', () => {
    const people = { kind: 'silent', why: 'getent did not answer within 3 s' } as const;
    const found = { facts: { ...FACTS, people } };
    const uncertain = 'whether there is such an account is not known: getent did not answer within 3 s';
    const flat = (told: Told) => text(told).replaceAll('\n', ' ');
    expect(flat({ focus: account('100001'), found })).toContain(`; nothing runs there, and ${uncertain}`);
    expect(flat({ focus: account('204214'), found })).not.toContain('whether');
    expect(flat({ focus: account('100001'), found: { ...found, all: [aMeter(ACCOUNT)] } })).not.toContain('whether');
    expect(flat({ focus: account('100001') })).not.toContain('whether');
    expect(flat({ focus: account('100001'), found: { facts: { ...FACTS, people: ABSENT } } })).toContain('not known');
  });

  it('is a container by its name, or by the digits that Docker shows, and its owner', () => {
    const { entitlement } = account('100001');
    const owned = { kind: 'container', id: CONTAINER_ID, name: 'train', ...(entitlement && { entitlement }) } as const;
    expect(head({ focus: owned })).toBe(`\
container train of 100001@hertie-school.lan on ds01: no reason found
group student (policy/site.yaml:5), ds01-student-100001.slice`);
    expect(head({ focus: { kind: 'container', id: CONTAINER_ID } })).toBe(`\
container c0ffee12c0ff on ds01: no reason found
it is in no slice that policy gives to an account`);
  });
});

describe('a reason', () => {
  const only = (more: Partial<FoundCause>) => text({ causes: [{ ...QUOTA, ...more }] }).split('\n\n')[1];

  it('has no limit where none is to blame, and no line where policy says nothing', () => {
    const { limit: _limit, ...without } = QUOTA;
    expect(text({ causes: [without] })).not.toContain('limit:  ');
    expect(only({ limit: { key: 'CPUQuota', value: '1600%', origin: 'policy' } })).toContain(
      '\n   limit: CPUQuota 1600%\n',
    );
    expect(only({ limit: { key: 'TasksMax', value: 'infinity', origin: 'the kernel alone' } })).toContain(
      '\n   limit: TasksMax unlimited, said by the kernel alone\n',
    );
  });

  it('has the way out on one line, however long: it may be copied', () => {
    const wayOut = `ds01-policy set-limit student per_group.cpu_quota 3200% --reason ${'x'.repeat(60)} --acknowledge`;
    expect(only({ wayOut })).toContain(`\n   do:    ${wayOut}`);
  });

  it('has six figures at most', () => {
    const evidence = (number: number) => ({
      evidence: Array.from({ length: number }, (_, index) => ({ source: 'f', figure: String(index) })),
    });
    expect(only(evidence(6))).toMatch(/\n {10}f: 5$/);
    expect(only(evidence(7))).toMatch(/\n {10}f: 5\n {10}and 1 figure more$/);
    expect(only(evidence(9))).toMatch(/\n {10}and 3 figures more$/);
  });
});

describe('long lists', () => {
  const many = Array.from({ length: 12 }, (_, index) => ({ ...QUOTA, check: index < 10 ? 'a' : 'b' }));
  const checks = [asked('a', 'a', { status: 'finding' }), asked('b', 'b', { status: 'finding' })];

  it('of reasons end after ten, with how many there are', () => {
    const all = text({ causes: many, checks });
    expect(all).toContain('\n10. held up');
    expect(all).not.toContain('\n11. held up');
    expect(all).toContain('\n\nand 2 less likely reasons: --format json has all\n\nlooked at\n');
    expect(all).toContain('  finding      a  see 1, 2, 3, 4, 5, 6, 7, 8, 9, 10\n');
    expect(all).toContain('  finding      b  2 less likely reasons, not shown\n');
    expect(text({ causes: many.slice(0, 10), checks })).not.toContain('less likely reasons: --format');
    expect(text({ causes: many.slice(0, 11), checks })).toContain('and 1 less likely reason: --format json has all');
  });

  it('of notes are without what is said twice, and end after ten', () => {
    const notes = (number: number) => Array.from({ length: number }, (_, index) => `note ${index}`);
    const noted = (number: number) => [asked('a', 'a', { notes: notes(number) }), asked('b', 'b', { notes: notes(1) })];
    expect(text({ checks: noted(2) })).toContain('\n\ngood to know\n  note 0\n  note 1\n\nwhat');
    expect(text({ checks: noted(10) })).not.toContain('more: --format json');
    expect(text({ checks: noted(12) })).toContain('\n  note 9\n  and 2 more: --format json has all\n');
    expect(text()).not.toContain('good to know');
  });

  it('of what could not be looked at end after three', () => {
    const unknown = (number: number) => Array.from({ length: number }, (_, index) => ({ why: `why ${index}` }));
    const blind = (number: number) =>
      text({ checks: [asked('a', 'a', { status: 'cannot-tell', unknown: unknown(number) })] });
    expect(blind(3)).toContain('  cannot tell  a  why 0\n  cannot tell  a  why 1\n  cannot tell  a  why 2\n\n');
    expect(blind(5)).toContain('  cannot tell  a  why 2\n  cannot tell  a  and 2 more\n\n');
  });
});

describe('what root would see', () => {
  const blind = (wayOut?: string) => [
    asked('a', 'a', { status: 'cannot-tell', unknown: [{ why: 'x', ...(wayOut !== undefined && { wayOut }) }] }),
    asked('b', 'b', { status: 'cannot-tell', unknown: [{ why: 'y', wayOut: 'root sees it' }] }),
  ];

  it('is said once, to those who are not', () => {
    expect(text({ checks: blind('root sees it'), asRoot: false })).toContain(
      '\n\nroot would see more of: a, b; the same command with sudo asks again\n',
    );
    expect(text({ checks: blind('ask /rooting'), asRoot: false })).toContain('more of: b;');
    expect(text({ checks: blind(), asRoot: false })).toContain('more of: b;');
    expect(text({ checks: blind(), asRoot: true })).not.toContain('more of');
    expect(text({ asRoot: false })).not.toContain('more of');
  });
});

describe('who can do something', () => {
  it('is said to whoever is not root, and how policy is changed to everybody', () => {
    const clone = 'run them in a clone of its repository';
    const admin = '\nwho may not do that sends this answer to an administrator: datasciencelab@hertie-school.lan\n';
    const root = text({ causes: [QUOTA] });
    expect(root).toContain(clone);
    expect(root).not.toContain('administrator');
    const apply = text({ causes: [TASKS], asRoot: false });
    expect(apply).toContain(admin);
    expect(apply).not.toContain(clone);
    expect(text({ asRoot: false })).not.toContain('administrator');
    expect(text({ causes: [{ ...QUOTA, wayOut: 'ds01-policy grant a b' }] })).toContain(clone);
    expect(text({ causes: [{ ...QUOTA, wayOut: 'ds01-policy revoke a' }] })).toContain(clone);
  });

  it('is three at most', () => {
    const more = Object.fromEntries(
      ['a1', 'a2', 'a3'].map((name) => [`members/${name}.yaml`, memberText(name, 'admin')]),
    );
    const said = text({ causes: [TASKS], asRoot: false, found: { resolved: resolvePolicy(more) } });
    expect(said).toMatch(/administrator: (\S+@\S+,\s){2}\S+\n/);
  });
});

describe('a report', () => {
  it('is coloured by how bad it is, and only so', () => {
    const mark: Paint = (tone, text) => `<${tone}>${text}</${tone}>`;
    const first = (weight: number) => text({ causes: [{ ...QUOTA, weight }] }, mark);
    expect(first(70)).toContain(': <error>1 reason</error>\n\n<error>1. held up in 30 % of all periods</error>\n');
    expect(first(69)).toContain(
      ': <warning>1 reason</warning>\n\n<warning>1. held up in 30 % of all periods</warning>\n',
    );
    const blind = asked('gpu', 'GPU', { status: 'cannot-tell', unknown: [{ why: 'x' }] });
    expect(text({ checks: [blind] }, mark)).toContain('<warning>no reason found; 1 of 1 check cannot tell</warning>');
    const all = text({ checks: [...CHECKS, blind, asked('x', 'x', { status: 'finding' })] }, mark);
    expect(all).toContain('  <good>ok</good>           CPU quota  ');
    expect(all).toContain('  <error>finding</error>      x  ');
    expect(all).toContain('  <warning>cannot tell</warning>  GPU  ');
    const told = { causes: [TASKS, QUOTA], focus: account('100001'), checks: [...CHECKS, blind] };
    expect(text(told, mark).replace(/<[/]?[a-z]+>/g, '')).toBe(text(told));
  });

  it('keeps text from the machine on its line', () => {
    const unknown = [{ why: HOSTILE, wayOut: `root ${HOSTILE}` }];
    const hostile: FoundCause = {
      ...{ check: 'a', title: 'a', weight: 1, subject: HOSTILE, message: HOSTILE, wayOut: HOSTILE },
      evidence: [{ source: HOSTILE, figure: HOSTILE }],
      limit: { key: HOSTILE, value: HOSTILE, origin: HOSTILE, place: { file: HOSTILE, line: 1 } },
    };
    const said = text({
      ...{ host: HOSTILE, causes: [hostile], asRoot: false },
      checks: [asked('a', 'a', { saw: HOSTILE, notes: [HOSTILE], unknown })],
      focus: { kind: 'container', id: CONTAINER_ID, name: HOSTILE },
    });
    expect(said.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(said.split('\n').length).toBeLessThan(60);
  });
});
