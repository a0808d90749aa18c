import { describe, expect, it } from 'vitest';
import type { Case } from '../../../scripts/diagnosis/case.ts';
import { drift } from '../../../scripts/diagnosis/checks/drift.ts';
import type { Lag } from '../../../scripts/follow/lag.ts';
import type { Resolved } from '../../../scripts/policy/resolve.ts';
import type { LiveSurvey } from '../../../scripts/units/live.ts';
import { type FoundFile, plan } from '../../../scripts/units/plan.ts';
import { render } from '../../../scripts/units/render.ts';
import { textsIn } from '../../support/carry-out.ts';
import { aCase, aMeter, GROUP } from '../../support/case-fixture.ts';
import { obedientHost } from '../../support/live-survey.ts';
import { other, property, SINCE } from '../../support/other-files.ts';
import { asFound, groupText, memberTexts, resolvePolicy } from '../../support/resolve-policy.ts';

const STUDENT = 'ds01-student.slice';
const PLACE = { file: 'groups/student.yaml', line: 6 };
const resolved = resolvePolicy();
const OURS = asFound(render(resolved));

/** A case of a host that has these files, and of a policy. */
function host(files: readonly FoundFile[], more: Partial<Case> = {}, live?: LiveSurvey): Case {
  const policy: Resolved = more.resolved ?? resolved;
  return aCase({ plan: plan(files, policy, live), all: [aMeter(GROUP)], ...more });
}

function beside(...files: readonly Omit<Extract<FoundFile, { kind: 'file' }>, 'kind'>[]): readonly FoundFile[] {
  return [...OURS, ...files.map((file) => ({ kind: 'file' as const, ...file }))];
}

/** Our files, with another text for one unit. */
function edited(from: string, to: string): readonly FoundFile[] {
  return OURS.map((file) => {
    if (file.kind !== 'file' || file.path !== STUDENT) return file;
    expect(file.text).toContain(from);
    return { ...file, text: file.text.replace(from, to) };
  });
}

const CAUSES = (found: Case) => drift.examine(found).causes;

it('nothing is worth a word where everything is as policy says', () => {
  expect(drift.examine(host(OURS))).toEqual({ causes: [], saw: 'as policy says: nothing differs', notes: [] });
  expect(drift.examine(host(OURS, {}, obedientHost(textsIn(OURS), { [STUDENT]: {} }))).causes).toEqual([]);
});

describe('somebody else', () => {
  it('has the last word with a limit that is lower, by set-property', () => {
    const path = '/etc/systemd/system.control/ds01-student.slice.d/50-TasksMax.conf';
    const found = host(beside(property(path, 'TasksMax=512')));
    expect(drift.examine(found)).toEqual({
      causes: [
        {
          weight: 60,
          subject: STUDENT,
          message: `TasksMax of ds01-student.slice is 512, policy says 65536: ${path} wins, written by systemctl set-property ${SINCE}`,
          evidence: [{ source: path, figure: 'TasksMax=512' }],
          limit: { key: 'TasksMax', value: '512', origin: `systemctl set-property, in ${path}`, place: PLACE },
          wayOut: 'ds01-policy apply takes it away and keeps a copy',
        },
      ],
      saw: 'not as policy says',
      notes: [],
    });
  });

  it('has the last word with one that is not lower', () => {
    const path = '/etc/systemd/system/ds01-student.slice.d/90-local.conf';
    const causes = CAUSES(
      host(beside(other('ds01-student.slice.d/90-local.conf', 'TasksMax=131072', 'MemoryMax=infinity'))),
    );
    expect(causes.map(({ weight, subject, limit, evidence }) => [weight, subject, limit?.value, evidence])).toEqual([
      [8, STUDENT, 'infinity', [{ source: path, figure: 'MemoryMax=infinity' }]],
      [8, STUDENT, '131072', [{ source: path, figure: 'TasksMax=131072' }]],
    ]);
    expect(causes[0]?.wayOut).toMatch(/^take it away, or say the same in policy/);
  });

  it('limits a disk that policy does not', () => {
    const [cause] = CAUSES(host(beside(other('ds01-student.slice.d/90-x.conf', 'IOReadBandwidthMax=/dev/sda 10M'))));
    expect(cause).toMatchObject({
      weight: 60,
      evidence: [{ figure: 'IOReadBandwidthMax=/dev/sda 10M' }],
      limit: { key: 'IOReadBandwidthMax /dev/sda', value: '10M' },
    });
    expect(cause?.limit).not.toHaveProperty('place');
  });

  it('takes a limit back that policy says', () => {
    const limited = resolvePolicy({
      'groups/student.yaml': groupText(
        'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536, io_read_bandwidth_max: { /dev/sda: 10M }',
      ),
    });
    const files = [
      ...asFound(render(limited)),
      ...beside(other('ds01-student.slice.d/90-x.conf', 'IOReadBandwidthMax=')).slice(-1),
    ];
    expect(CAUSES(host(files, { resolved: limited }))).toMatchObject([
      {
        weight: 8,
        evidence: [{ figure: 'IOReadBandwidthMax=/dev/sda infinity' }],
        limit: { key: 'IOReadBandwidthMax /dev/sda', value: 'infinity' },
      },
    ]);
  });

  it('may do so where policy only wants to see it: then only a lower limit is a cause', () => {
    const site = resolvePolicy({ 'site.yaml': siteText('drift: report\n') });
    const files = (line: string) => [
      ...asFound(render(site)),
      ...beside(other('ds01-student.slice.d/90-x.conf', line)).slice(-1),
    ];
    const lower = drift.examine(host(files('TasksMax=512'), { resolved: site }));
    expect(lower).toMatchObject({
      causes: [{ weight: 60, wayOut: 'left as it is, because policy says drift: report' }],
      notes: [],
    });
    const higher = drift.examine(host(files('TasksMax=131072'), { resolved: site }));
    expect(higher).toEqual({
      causes: [],
      saw: 'as policy says: nothing differs',
      notes: [
        'TasksMax of ds01-student.slice is 131072, policy says 65536: /etc/systemd/system/ds01-student.slice.d/90-x.conf wins ' +
          `${SINCE}; left as it is, because policy says drift: report`,
      ],
    });
  });
});

describe('systemd and the kernel', () => {
  it('hold what the files were before', () => {
    const before = obedientHost(textsIn(edited('TasksMax=65536', 'TasksMax=512')), { [STUDENT]: {} });
    const live = { ...before, cgroup: obedientHost(textsIn(OURS), { [STUDENT]: {} }).cgroup };
    expect(CAUSES(host(OURS, {}, live))).toMatchObject([
      {
        weight: 60,
        evidence: [{ source: 'systemctl show ds01-student.slice', figure: 'TasksMax=512' }],
        limit: { key: 'TasksMax', value: '512', origin: 'what systemd has read before', place: PLACE },
        wayOut: 'ds01-policy apply has systemd read its files again',
      },
    ]);
  });

  it('have not loaded a unit at all, which is no limit', () => {
    const obedient = obedientHost(textsIn(OURS));
    const live = {
      ...obedient,
      show: obedient.show.replace(/(Id=ds01-student[.]slice\n)LoadState=loaded/, '$1LoadState=masked'),
    };
    const [cause, ...more] = CAUSES(host(OURS, {}, live));
    expect(more).toEqual([]);
    expect(cause).toMatchObject({ weight: 8, evidence: [{ figure: 'LoadState=masked' }] });
    expect(cause).not.toHaveProperty('limit');
  });

  it('show nothing of what runs, which is no limit either', () => {
    const live = { ...obedientHost(textsIn(OURS), { [STUDENT]: {} }), cgroup: obedientHost([]).cgroup };
    const [cause, ...more] = CAUSES(host(OURS, {}, live));
    expect(more).toEqual([]);
    expect(cause).toMatchObject({
      weight: 8,
      evidence: [{ source: '/sys/fs/cgroup', figure: 'ActiveState=not shown' }],
    });
    expect(cause).not.toHaveProperty('limit');
  });

  it.each([
    ['v2', '/sys/fs/cgroup/ds01.slice/ds01-student.slice/pids.max'],
    ['v1', '/sys/fs/cgroup/pids/ds01.slice/ds01-student.slice/pids.max'],
  ] as const)('were told something else by hand, on cgroup %s', (version, source) => {
    const live = obedientHost(textsIn(OURS), { [STUDENT]: { files: { 'pids.max': '512' } } }, version);
    const found = host(OURS, {}, live);
    expect(CAUSES({ ...found, machine: { ...found.machine, version } })).toMatchObject([
      {
        weight: 60,
        evidence: [{ source, figure: 'TasksMax=512' }],
        limit: { key: 'TasksMax', value: '512', origin: 'nobody but the kernel: no file says it', place: PLACE },
      },
    ]);
  });

  it('were told of a limit where policy has none, of a slice that is gone by now', () => {
    const live = obedientHost(textsIn(OURS), {
      [STUDENT]: { files: { 'io.max': '8:0 rbps=1048576 wbps=max riops=max wiops=max' } },
    });
    expect(CAUSES(host(OURS, { all: [] }, live))).toMatchObject([
      {
        weight: 60,
        evidence: [{ source: '/sys/fs/cgroup' }],
        limit: { key: 'IOReadBandwidthMax 8:0', value: 'a limit' },
      },
    ]);
  });
});

describe('policy that was not applied', () => {
  it('tells of each limit that is lower than policy says, and of who wrote it', () => {
    const byHand: FoundFile = {
      kind: 'file',
      path: STUDENT,
      text: '[Slice]\nTasksMax=512\nCPUQuota=800%\nMemoryMax=32g\n',
    };
    const files = [...OURS.filter(({ path }) => path !== STUDENT), byHand];
    const wayOut = 'ds01-policy plan shows what changes, and ds01-policy apply --adopt does it';
    const path = '/etc/systemd/system/ds01-student.slice';
    expect(CAUSES(host(files))).toEqual([
      {
        weight: 60,
        subject: STUDENT,
        message: `CPUQuota of ds01-student.slice is 800%, policy says 1600%: ${path} was not written by ds01-policy`,
        evidence: [{ source: path, figure: 'CPUQuota=800%' }],
        limit: { key: 'CPUQuota', value: '800%', origin: path, place: PLACE },
        wayOut,
      },
      expect.objectContaining({
        weight: 60,
        message: `TasksMax of ds01-student.slice is 512, policy says 65536: ${path} was not written by ds01-policy`,
      }),
    ]);
    // The timer takes over nothing.
    expect(CAUSES(host(files, { lags: [] }))[0]?.wayOut).toBe(wayOut);
  });

  it('tells of a file of ours, too', () => {
    expect(CAUSES(host(edited('TasksMax=65536', 'TasksMax=512')))).toMatchObject([
      {
        weight: 60,
        message:
          'TasksMax of ds01-student.slice is 512, policy says 65536: /etc/systemd/system/ds01-student.slice is not applied yet',
        wayOut: 'ds01-policy plan shows what changes, and ds01-policy apply does it',
      },
    ]);
  });

  it('tells of other files in one sentence', () => {
    const more = beside({ path: 'ds01-old.slice', text: '# Managed by ds01-policy\n[Slice]\nTasksMax=5\n' });
    const files = more
      .filter(({ path }) => path !== 'ds01-admin.slice')
      .map((file) => {
        return file.path === STUDENT
          ? edited('TasksMax=65536', 'TasksMax=131072').find(({ path }) => path === STUDENT)!
          : file;
      });
    const folder = '/etc/systemd/system';
    expect(CAUSES(host(files))).toEqual([
      {
        weight: 8,
        subject: 'ds01.slice',
        message: `3 unit files are not as policy says: ${folder}/ds01-admin.slice, ${folder}/ds01-student.slice, ${folder}/ds01-old.slice`,
        evidence: [
          { source: `${folder}/ds01-admin.slice`, figure: 'not there' },
          { source: `${folder}/ds01-student.slice`, figure: 'other than policy says' },
          { source: `${folder}/ds01-old.slice`, figure: 'of a slice that policy does not have' },
        ],
        wayOut: 'ds01-policy plan shows what changes, and ds01-policy apply does it',
      },
    ]);
  });

  it('tells of one file as of one, and names ten of many', () => {
    const one = host(OURS.filter(({ path }) => path !== 'ds01-admin.slice'));
    expect(CAUSES(one)[0]?.message).toBe('1 unit file is not as policy says: /etc/systemd/system/ds01-admin.slice');
    const many = host([], { resolved: resolvePolicy(memberTexts(12, 'student')) });
    expect(CAUSES(many)[0]?.evidence).toHaveLength(10);
    expect(CAUSES(many)[0]?.message).toMatch(/ and [0-9]+ more$/);
  });

  it.each([
    [
      'the next run does it',
      [{ kind: 'pending', commit: 'a'.repeat(40) }],
      'the next run of the timer does it; ds01-policy plan shows what changes, and ds01-policy apply does it at once',
    ],
    [
      'it is paused',
      [{ kind: 'waiting', waiting: { kind: 'paused', until: '2026-06-15T12:00:00.000Z', reason: 'x' } }],
      'ds01-policy status says why no run of the timer has done it',
    ],
    [
      'the host failed',
      [{ kind: 'backoff', backoff: { failures: 1, until: '2026-06-15T12:00:00.000Z' } }],
      'ds01-policy status says why no run of the timer has done it',
    ],
    [
      'the last run failed',
      [{ kind: 'failed', run: { version: 1, at: '', seconds: 1, exitCode: 4, outcome: '' } }],
      'ds01-policy status says why no run of the timer has done it',
    ],
  ] as const satisfies readonly (readonly [string, readonly Lag[], string])[])(
    'says on a host that follows that %s',
    (_, lags, wayOut) => {
      const [cause] = CAUSES(host(OURS.slice(1), { lags }));
      expect(cause?.wayOut).toBe(wayOut);
    },
  );
});

describe('what keeps policy from being applied', () => {
  const stands = 'ds01-policy plan shows what changes, and what stands in the way';

  const guard = {
    id: 'memory-below-use',
    message: 'lowers 1 memory limit',
    objects: [STUDENT],
    wayOut: 'write a limit above that',
  } as const;

  it('are guards that nobody answered', () => {
    const found = host(OURS);
    expect(CAUSES({ ...found, plan: { ...found.plan, guards: [guard], reloadGuard: guard } })).toEqual([
      {
        weight: 8,
        subject: 'ds01.slice',
        message: 'lowers 1 memory limit [memory-below-use]: nothing is applied',
        evidence: [{ source: 'ds01-policy plan', figure: 'guard memory-below-use' }],
        wayOut: 'write a limit above that',
      },
    ]);
  });

  it('is what a cause about files sends to, whatever it is', () => {
    const found = host(OURS.slice(1));
    const wayOut = (more: Partial<Case['plan']>) =>
      CAUSES({ ...found, plan: { ...found.plan, ...more } }).at(0)?.wayOut;
    expect(wayOut({})).toBe('ds01-policy plan shows what changes, and ds01-policy apply does it');
    expect(wayOut({ guards: [guard] })).toBe(stands);
    expect(wayOut({ conflicts: [{ path: 'ds01-x.slice', message: 'is a folder' }] })).toBe(stands);
    const refused = host([
      ...OURS.slice(1),
      { kind: 'file', ...other('ds01-student.slice.d/90-x.conf', 'TasksMax=512') },
    ]);
    expect(CAUSES(refused).at(-1)?.wayOut).toBe(stands);
  });

  it('are not the same as what a reload would do by itself', () => {
    const found = host(OURS);
    expect(CAUSES({ ...found, plan: { ...found.plan, reloadGuard: guard } })).toMatchObject([
      { weight: 8, message: 'systemctl daemon-reload lowers 1 memory limit [memory-below-use]' },
    ]);
  });

  it('is something in the place of a file', () => {
    const files: readonly FoundFile[] = [...OURS.slice(1), { kind: 'obstacle', path: OURS[0]!.path, what: 'a folder' }];
    const path = `/etc/systemd/system/${OURS[0]!.path}`;
    expect(CAUSES(host(files))).toContainEqual({
      weight: 8,
      subject: path,
      message: `${path} is a folder, and nothing is applied while it is there`,
      evidence: [{ source: path, figure: 'is a folder' }],
      wayOut: 'move it away if policy shall decide about this slice',
    });
  });
});

describe('files of others', () => {
  it('that limit slices of nobody weigh least', () => {
    const files = beside(other('ds01-old.slice', 'TasksMax=5'), other('ds01-lab.slice', 'TasksMax=5'));
    const [old, lab] = ['/etc/systemd/system/ds01-old.slice', '/etc/systemd/system/ds01-lab.slice'];
    const figure = 'not written by ds01-policy';
    expect(CAUSES(host(files))).toEqual([
      {
        weight: 5,
        subject: 'ds01.slice',
        message: `2 files of site "ds01" that ds01-policy did not write, and policy says nothing about: ${lab}, ${old}`,
        evidence: [
          { source: lab, figure },
          { source: old, figure },
        ],
        wayOut: 'take them away, or say in policy what they are for',
      },
    ]);
  });

  it('may be a single one', () => {
    const [cause] = CAUSES(host(beside(other('ds01-old.slice', 'TasksMax=5'))));
    expect(cause?.message).toMatch(/^1 file of site /);
    expect(cause?.wayOut).toBe('take it away, or say in policy what it is for');
  });

  it('are ten at most by name', () => {
    const many = Array.from({ length: 12 }, (_, index) => other(`ds01-old${index}.slice`, 'TasksMax=5'));
    const [cause] = CAUSES(host(beside(...many)));
    expect(cause?.evidence).toHaveLength(10);
    expect(cause?.message).toMatch(/^12 files .* and 2 more$/);
  });

  it('that limit nothing are good to know', () => {
    const files = beside(other('ds01-student-a.slice', 'CPUAccounting=yes'), other('ds01-student-b.slice', ''));
    expect(drift.examine(host(files))).toMatchObject({
      causes: [],
      notes: ['left alone: 2 units of site "ds01" without any limit, made by other tools'],
    });
  });
});

it('slices that policy gave up, and that something still runs in, are good to know', () => {
  const found = host(OURS);
  const draining = [
    { slice: 'ds01-student-100001.slice', to: 'ds01-researcher-100001.slice', work: ['container train', 'a.service'] },
    { slice: 'ds01-old.slice', work: ['b.service'] },
  ];
  expect(drift.examine({ ...found, plan: { ...found.plan, draining } })).toMatchObject({
    causes: [],
    notes: [
      'ds01-student-100001.slice keeps its limits until these have ended or were made anew: container train, a.service; new ' +
        'work goes to ds01-researcher-100001.slice',
      'ds01-old.slice keeps its limits until these have ended or were made anew: b.service',
    ],
  });
});

function siteText(more: string): string {
  return `version: 1\nname: ds01\ndefault_group: student\nadmin_group: admin\ntime_zone: Europe/Berlin\naccount_domain: hertie-school.lan\n${more}hosts:\n  ds01: { cpus: 128, gpus: 4 }\n`;
}
