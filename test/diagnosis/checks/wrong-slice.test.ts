import { describe, expect, it } from 'vitest';
import type { Focus, Machine, Program } from '../../../scripts/diagnosis/case.ts';
import { wrongSlice } from '../../../scripts/diagnosis/checks/wrong-slice.ts';
import type { Facts } from '../../../scripts/diagnosis/facts.ts';
import type { Meter } from '../../../scripts/diagnosis/meter.ts';
import { entitlementOf } from '../../../scripts/policy/resolve.ts';
import {
  ACCOUNT,
  aCase,
  aContainer,
  aMeter,
  type CaseParts,
  CONTAINER,
  CONTAINER_ID,
  GROUP,
  NOW,
  RESEARCHERS,
  SCOPE,
  SITE,
  told,
} from '../../support/case-fixture.ts';
import { groupText, resolvePolicy } from '../../support/resolve-policy.ts';

const GIB = 2 ** 30;
const DIRECT = `/docker/${CONTAINER_ID}`;
const LEFT = `${GROUP}/ds01-student-204214.slice`;
const [A, B] = ['100001@hertie-school.lan', '100002@hertie-school.lan'];
const PEOPLE = told([
  { name: A, uid: 5001, home: '/home/100001@hertie-school.lan' },
  { name: '100002@students.hertie-school.org', uid: 5002, home: '/home/100002' },
  { name: 'datasciencelab@hertie-school.lan', uid: 5009, home: '/home/lab' },
  { name: 'daemon', uid: 1, home: '/usr/sbin' },
]);
const SILENT = { kind: 'silent', why: 'getent did not answer within 3 s' } as const;

function asking(account: string): Focus {
  return { kind: 'account', entitlement: entitlementOf(resolvePolicy(), account) };
}

function aProgram(pid: number, cgroup: string, more: Partial<Program> = {}): Program {
  return { pid, uid: 5001, name: 'python', cgroup, cpuSeconds: 0, cores: 1, ...more };
}

interface Parts extends Omit<CaseParts, 'facts' | 'machine'> {
  readonly facts?: Partial<Facts>;
  readonly machine?: Partial<Machine>;
}

function examine(meters: readonly Meter[], { facts, ...more }: Parts = {}) {
  const {
    causes,
    notes = [],
    unknown = [],
    saw,
  } = wrongSlice.examine(
    aCase({ meters, facts: { people: PEOPLE, containers: told([aContainer()]), ...facts }, ...more }),
  );
  return { causes, notes, unknown, saw };
}

function using(cores: number, held?: number): Partial<Meter> {
  return { cpu: { cores }, ...(held !== undefined && { memory: { current: 2 * held, held } }) };
}

describe('a container outside of the site', () => {
  const programs = [aProgram(4000, DIRECT, { uid: 0 }), aProgram(4001, `${DIRECT}/init`, { uid: 5001 })];

  it('is named with whose it is, what it uses, and how it gets its limits', () => {
    expect(examine([aMeter(DIRECT, using(12.3, 4.2 * GIB))], { programs })).toEqual({
      causes: [
        {
          weight: 24,
          subject: 'container train',
          message: `container train of ${A} runs outside of ds01.slice, in /docker, where no limit of policy holds: it uses 12.3 cores and 4.2G of memory`,
          evidence: [
            { source: `/sys/fs/cgroup${DIRECT}/cgroup.procs`, figure: 'outside of ds01.slice, in /docker' },
            { source: `/sys/fs/cgroup${DIRECT}/cpu.stat`, figure: '12.3 cores used in 5.0 s' },
            { source: `/sys/fs/cgroup${DIRECT}/memory.current`, figure: '4.2G held' },
            { source: '/proc/4001/status', figure: `UID 5001 is ${A}` },
            { source: 'docker inspect', figure: 'a container of pytorch, made without --cgroup-parent' },
          ],
          wayOut: 'make it anew with docker run --cgroup-parent=ds01-student-100001.slice',
        },
      ],
      notes: [],
      unknown: [],
      saw: "no container runs in its account's slice",
    });
  });

  it('directly in the slice of the site has no limit of a group either', () => {
    const path = `${SITE}/${SCOPE}`;
    const { causes } = examine([aMeter(path, using(1))], { programs: [aProgram(1, path)] });
    expect(causes[0]?.message).toBe(
      `container train of ${A} runs directly in ds01.slice, where no limit of policy holds: it uses 1 core`,
    );
    expect(
      examine([aMeter(`${GROUP}/${SCOPE}`, using(1))], { programs: [aProgram(1, `${GROUP}/${SCOPE}`)] }).causes,
    ).toEqual([]);
  });

  it('in the top cgroup is in no folder', () => {
    const { causes } = examine([aMeter(`/${SCOPE}`, using(1))], { programs: [aProgram(1, `/${SCOPE}`)] });
    expect(causes[0]?.message).toContain('outside of ds01.slice, in /, where');
  });

  it('is made anew in the way that it was made', () => {
    const slice = 'ds01-student-100001.slice';
    const made = (labels: Readonly<Record<string, string>>, cgroupParent = '') => {
      const containers = told([aContainer({ labels: new Map(Object.entries(labels)), cgroupParent })]);
      const [cause] = examine([aMeter(DIRECT)], { programs, facts: { containers } }).causes;
      return [cause?.evidence.at(-1)?.figure, cause?.wayOut];
    };
    expect(made({ 'devcontainer.local_folder': '/srv/x', 'com.docker.compose.project': 'x' })).toEqual([
      'a development container of pytorch, made without --cgroup-parent',
      `add "runArgs": ["--cgroup-parent=${slice}"] to its devcontainer.json, and rebuild it`,
    ]);
    expect(made({ 'com.docker.compose.project': 'x' }, '/docker')).toEqual([
      'a compose project with pytorch, made with --cgroup-parent=/docker',
      `add cgroup_parent: ${slice} to the service in its compose file, and make it anew`,
    ]);
  });

  it('weighs more the more of the machine it uses, of CPUs or of memory', () => {
    const weight = (meter: Partial<Meter>) => examine([aMeter(DIRECT, meter)], { programs }).causes[0]?.weight;
    expect(weight(using(0))).toBe(15);
    expect(weight(using(32))).toBe(38);
    expect(weight(using(64))).toBe(60);
    expect(weight(using(128))).toBe(60);
    expect(weight(using(1, 256 * GIB))).toBe(60);
    expect(weight(using(32, 64 * GIB))).toBe(38);
    const machine = { version: 'v2', cpus: 128, memory: undefined as unknown as number } as const;
    expect(examine([aMeter(DIRECT, using(0, 512 * GIB))], { programs, machine }).causes[0]?.weight).toBe(15);
  });

  it('is counted in other files on cgroup v1', () => {
    const [cause] = examine([aMeter(DIRECT, using(1, GIB))], { programs, machine: { version: 'v1' } }).causes;
    expect(cause?.evidence.slice(0, 3).map(({ source }) => source)).toEqual([
      `/sys/fs/cgroup/systemd${DIRECT}/cgroup.procs`,
      `/sys/fs/cgroup/cpuacct${DIRECT}/cpuacct.usage`,
      `/sys/fs/cgroup/memory${DIRECT}/memory.usage_in_bytes`,
    ]);
  });

  it('uses what its programs use, where the kernel does not count it', () => {
    const [cause] = examine([aMeter(DIRECT)], { programs }).causes;
    expect(cause?.message).toContain('it uses 2 cores');
  });

  it('is good to know for whoever asks about it', () => {
    const meters = [aMeter(DIRECT, using(100))];
    const note = `container train of ${A} runs outside of ds01.slice, in /docker, where no limit of policy holds: it uses 100 cores; make it anew with docker run --cgroup-parent=ds01-student-100001.slice`;
    const container: Focus = { kind: 'container', id: CONTAINER_ID };
    for (const focus of [asking('100001'), container]) {
      expect(examine(meters, { programs, focus })).toMatchObject({ causes: [], notes: [note] });
    }
  });

  it('is a reason for others who ask, if they feel it', () => {
    const felt = (meter: Partial<Meter>, others: number) => {
      const busy = aMeter(SITE, using(others));
      const { causes, notes } = examine([], { all: [busy, aMeter(DIRECT, meter)], programs, focus: asking('100002') });
      expect(notes).toEqual([]);
      return causes.length;
    };
    expect(felt(using(12.8), 110)).toBe(1);
    expect(felt(using(12.7), 110)).toBe(0);
    expect(felt(using(60), 20)).toBe(0);
    expect(felt(using(60), 55)).toBe(0);
    expect(felt(using(60), 55.3)).toBe(1);
    const all = [aMeter(SITE, using(30)), aMeter(DIRECT, using(60))];
    const tenth = examine([], { all, programs, focus: asking('100002'), machine: { cpus: 100 } });
    expect(tenth.causes).toEqual([]);
    expect(felt(using(1, 128 * GIB), 0)).toBe(1);
    expect(felt(using(1, 127 * GIB), 0)).toBe(0);
    expect(felt({}, 0)).toBe(0);
    expect(examine([], { all: [aMeter(DIRECT)], focus: asking('100002') }).causes).toEqual([]);
    const other: Focus = { kind: 'container', id: 'ab'.repeat(32) };
    expect(examine([], { all: [aMeter(DIRECT, using(127))], programs, focus: other }).causes.length).toBe(1);
  });

  it('of an administrator, or of nobody knows whom, is only a reason if it uses much', () => {
    const kinds = (uid: number, cores: number) => {
      const { causes, notes } = examine([aMeter(DIRECT, using(cores))], { programs: [aProgram(1, DIRECT, { uid })] });
      return [causes.length, notes.length];
    };
    expect(kinds(5009, 6.3)).toEqual([0, 1]);
    expect(kinds(5009, 6.4)).toEqual([1, 0]);
    expect(kinds(0, 6.3)).toEqual([0, 1]);
    expect(kinds(0, 6.4)).toEqual([1, 0]);
    expect(kinds(5002, 0)).toEqual([1, 0]);
  });
});

describe('whose a container is', () => {
  const found = (path: string, programs: readonly Program[], container = {}, people: Facts['people'] = PEOPLE) => {
    const containers = told([aContainer(container)]);
    const { causes, notes } = examine([aMeter(path, using(64))], { programs, facts: { containers, people } });
    expect(notes).toEqual([]);
    const [, slug] = /cgroup-parent=ds01-student-(\S+)[.]slice/.exec(causes[0]?.wayOut ?? '') ?? [];
    return [slug, causes[0]?.evidence[2]?.figure];
  };
  const nobody = ['ACCOUNT', 'a container of pytorch, made without --cgroup-parent'];

  it('is said by the login that it runs in', () => {
    const path = `/user.slice/user-5002.slice/user@5002.service/app.slice/${SCOPE}`;
    const mounts = ['/home/100001@hertie-school.lan'];
    expect(found(path, [aProgram(1, path, { uid: 5001 })], { mounts })).toEqual(['100002', `in a slice of ${B}`]);
    expect(found(`/user.slice/user-99999999999.slice/${SCOPE}`, [])).toEqual(nobody);
    expect(found(`/user.slice/user-1.slice/${SCOPE}`, [])).toEqual(nobody);
  });

  it('is said by its processes, unless they are of several, of the system, or of root', () => {
    const programs = (...uids: readonly number[]) => uids.map((uid, index) => aProgram(index + 1, DIRECT, { uid }));
    const mounts = ['/home/100001@hertie-school.lan/work'];
    expect(found(DIRECT, programs(0, 1, 5002), { mounts })).toEqual(['100002', `UID 5002 is ${B}`]);
    expect(found(DIRECT, programs(5002, 5001))).toEqual(nobody);
    expect(found(DIRECT, programs(5001, 5001))[0]).toBe('100001');
    expect(found(DIRECT, programs(0, 1, 7777, 65_534))).toEqual(nobody);
    expect(found(DIRECT, programs(5001), {}, SILENT)).toEqual(nobody);
    expect(found(DIRECT, [aProgram(1, `${DIRECT}x`)])).toEqual(nobody);
    expect(found(DIRECT, programs(0), { mounts })).toEqual([
      '100001',
      `/home/100001@hertie-school.lan/work is in it: ${A}`,
    ]);
  });

  it('is said by a home folder in it', () => {
    const label = new Map([['devcontainer.local_folder', '/home/100001@hertie-school.lan/x']]);
    expect(found(DIRECT, [], { mounts: ['/data', '/home/100002'] })).toEqual(['100002', `/home/100002 is in it: ${B}`]);
    expect(found(DIRECT, [], { mounts: ['/home/100002x', '/home', '/', '/usr/sbin'] })).toEqual(nobody);
    expect(found(DIRECT, [], { mounts: ['/home/100002/../100001@hertie-school.lan'] })).toEqual(nobody);
    expect(found(DIRECT, [], { mounts: ['/home/100002/..x'] })[0]).toBe('100002');
    const several = ['/home/100002', '/home/100001@hertie-school.lan'];
    expect(found(DIRECT, [], { mounts: several })).toEqual(nobody);
    expect(found(DIRECT, [], { mounts: several, labels: label })[0]).toBe('100001');
    const top = told([{ name: B, uid: 5002, home: '/home' }]);
    expect(found(DIRECT, [], { mounts: ['/home/x'] }, top)).toEqual(nobody);
  });

  it('is said by the folder that it was made from', () => {
    const labelled = (name: string, folder: string) => {
      const [cause] = examine([aMeter(DIRECT)], {
        facts: { containers: told([aContainer({ labels: new Map([[name, folder]]) })]) },
      }).causes;
      return cause?.evidence[1];
    };
    expect(labelled('devcontainer.local_folder', '/home/100002/work')).toEqual({
      source: 'docker inspect',
      figure: `label devcontainer.local_folder=/home/100002/work: ${B}`,
    });
    expect(labelled('com.docker.compose.project.working_dir', '/home/100002')?.figure).toContain(B);
    expect(labelled('com.docker.compose.project.working_dir', '/srv')).toBe(undefined);
    expect(labelled('other', '/home/100002')).toBe(undefined);
  });

  it('is the account that policy lists, where a user of the machine has two names', () => {
    const people = told([
      { name: 'local', uid: 5001, home: '/home/local' },
      { name: '204214@HERTIE-SCHOOL.lan', uid: 5001, home: '/home/204214' },
    ]);
    const { causes } = examine([aMeter(DIRECT)], { programs: [aProgram(1, DIRECT)], facts: { people } });
    expect(causes[0]?.wayOut).toContain('ds01-researcher-204214.slice');
    const local = told([{ name: 'local', uid: 5001, home: '/home/local' }]);
    expect(found(DIRECT, [aProgram(1, DIRECT)], {}, local)[0]).toBe('local');
  });

  it('is nobody by a name that no account can have', () => {
    for (const name of ['a b', '$(reboot)', '-x', '', '_', '@hertie-school.lan']) {
      const people = told([{ name, uid: 5001, home: '/home/x' }]);
      expect(found(DIRECT, [aProgram(1, DIRECT)], { mounts: ['/home/x'] }, people)).toEqual(nobody);
    }
  });

  it('is asked of those who did not answer only where it counts', () => {
    const silent = { kind: 'silent', why: 'docker did not answer within 3 s' } as const;
    const facts = { people: SILENT, containers: silent };
    const both = [{ why: 'getent did not answer within 3 s' }, { why: 'docker did not answer within 3 s' }];
    expect(examine([aMeter(DIRECT)], { facts }).unknown).toEqual(both);
    expect(examine([aMeter(CONTAINER)], { facts }).unknown).toEqual([]);
    const login = '/user.slice/user-5001.slice/session-1.scope';
    expect(examine([], { facts, programs: [aProgram(1, login)] }).unknown).toEqual([both[0]]);
    const known = [aProgram(1, DIRECT)];
    expect(examine([aMeter(DIRECT)], { facts: { containers: silent }, programs: known }).unknown).toEqual([]);
  });
});

describe('what an account does outside of its slice', () => {
  const SESSION = '/user.slice/user-5001.slice/session-3.scope';
  const SERVICE = '/system.slice/jupyter.service';

  it('is named with its programs, if it is more than a login', () => {
    const programs = [
      aProgram(10, SESSION, { cores: 0.1, name: 'bash' }),
      aProgram(11, SESSION, { cores: 5 }),
      aProgram(12, SESSION, { cores: 0.2 }),
      aProgram(13, SERVICE, { cores: 7.5, name: 'R' }),
      aProgram(14, CONTAINER, { cores: 50 }),
      aProgram(15, `${ACCOUNT}/run-1.scope`, { cores: 50 }),
      aProgram(16, SESSION, { cores: 50, uid: 0 }),
    ];
    expect(examine([], { programs })).toEqual({
      causes: [
        {
          weight: 24,
          subject: A,
          message: `${A} uses 12.8 cores in system.slice, user-5001.slice, where no limit of policy holds: "R" (pid 13) 7.5 cores, "python" (pid 11) 5 cores, "python" (pid 12) 0.2 cores`,
          evidence: [
            { source: '/proc/13/cgroup', figure: `${SERVICE}; 7.5 cores` },
            { source: '/proc/11/cgroup', figure: `${SESSION}; 5 cores` },
            { source: '/proc/12/cgroup', figure: `${SESSION}; 0.2 cores` },
          ],
          wayOut:
            'run it in a container, or as root with systemd-run --slice=ds01-student-100001.slice --uid=5001 COMMAND',
        },
      ],
      notes: [],
      unknown: [],
      saw: "no container runs in its account's slice",
    });
  });

  it.each([
    ['at one core', aProgram(1, SESSION, { cores: 1 }), 1],
    ['not below', aProgram(1, SESSION, { cores: 0.99 }), 0],
    ['not of users of the system', aProgram(1, SERVICE, { cores: 90, uid: 999 }), 0],
    ['the first user that is a person', aProgram(1, SERVICE, { cores: 9, uid: 1000 }), 1],
    ['not of nobody', aProgram(1, SERVICE, { cores: 90, uid: 65_534 }), 0],
    [
      'in what is only called as a container is: containers of Docker without root, and what hides as one',
      aProgram(1, `/user.slice/user-5001.slice/user@5001.service/${SCOPE}/x`, { cores: 90 }),
      1,
    ],
    ['not in the site', aProgram(1, SITE, { cores: 90 }), 0],
    ['but in what only begins like it', aProgram(1, `${SITE}x/a.scope`, { cores: 1 }), 1],
    ['in the top cgroup', aProgram(1, '/', { cores: 1 }), 1],
  ])('counts %s', (_name, program, number) => {
    expect(examine([], { programs: [program] }).causes.length).toBe(number);
  });

  it('counts not in containers, which are told of themselves', () => {
    const path = `/system.slice/${SCOPE}`;
    const programs = [aProgram(1, path, { cores: 90 }), aProgram(2, `${path}/x`, { cores: 90 })];
    const messages = examine([], { all: [aMeter(path)], programs }).causes.map(({ message }) => message);
    expect(messages).toEqual([expect.stringMatching(/^container train of 100001@[^ ]+ runs outside/)]);
  });

  it('is told for each account, the heaviest first', () => {
    const programs = [aProgram(1, SESSION, { cores: 1 }), aProgram(2, SESSION, { cores: 30, uid: 5002 })];
    expect(examine([], { programs }).causes.map(({ subject }) => subject)).toEqual([B, A]);
  });

  it('is where it is, where that is in no slice', () => {
    expect(examine([], { programs: [aProgram(1, '/', { cores: 2 })] }).causes[0]?.message).toContain(
      '2 cores in /, where',
    );
  });

  it('is good to know for whoever does it, and a reason for others who feel it', () => {
    const programs = [aProgram(1, SESSION, { cores: 120 })];
    const own = examine([], { programs, focus: asking('100001') });
    expect(own.causes).toEqual([]);
    expect(own.notes).toEqual([
      `${A} uses 120 cores in user-5001.slice, where no limit of policy holds: "python" (pid 1) 120 cores; run it in a container, or as root with systemd-run --slice=ds01-student-100001.slice --uid=5001 COMMAND`,
    ]);
    expect(examine([], { programs, focus: asking('100002') }).causes.length).toBe(1);
    expect(examine([], { programs, focus: { kind: 'container', id: CONTAINER_ID } }).causes.length).toBe(1);
    const little = [aProgram(1, SESSION, { cores: 12 })];
    expect(examine([], { programs: little, focus: asking('100002') })).toMatchObject({ causes: [], notes: [] });
  });

  it('is of a number, where nobody knows a name', () => {
    const [cause] = examine([], { programs: [aProgram(1, SESSION, { cores: 9, uid: 7777 })] }).causes;
    expect(cause?.subject).toBe('UID 7777');
    expect(cause?.wayOut).toBe('getent passwd 7777 says who that is');
    const asked = examine([], { programs: [aProgram(1, SESSION, { cores: 127, uid: 7777 })], focus: asking('100001') });
    expect(asked.causes.length).toBe(1);
  });
});

describe('work in a slice that its account has left', () => {
  const scope = `${LEFT}/${SCOPE}`;
  const throttling = { periods: 50, throttled: 48, seconds: 300 };
  const limits = {
    cpu: { cores: 15.9, quota: 16 },
    memory: { current: GIB, held: GIB, max: 32 * GIB },
    tasks: { current: 20, max: 65_536 },
  };
  const left = (group: Partial<Meter> = {}, account: Partial<Meter> = {}) => {
    return [aMeter(GROUP, { ...limits, ...group }), aMeter(LEFT, account), aMeter(scope)];
  };
  const message =
    'ds01-student-204214.slice still holds container train, although 204214@hertie-school.lan is in group researcher: its limits are CPUQuota 1600% instead of 12800%, MemoryMax 32G instead of 128G';
  const wayOut =
    'make anew what runs there, with docker run --cgroup-parent=ds01-researcher-204214.slice: a container keeps its slice for life';

  it('is named with what would be better, most of all where the old limit holds it up', () => {
    expect(examine(left({ cpu: { ...limits.cpu, throttling } })).causes).toEqual([
      {
        weight: 60,
        subject: 'ds01-student-204214.slice',
        message,
        evidence: [
          { source: `/sys/fs/cgroup${LEFT}/cgroup.procs`, figure: 'container train' },
          { source: 'policy/members/204214.yaml:3', figure: '204214@hertie-school.lan in researcher' },
          { source: `/sys/fs/cgroup${GROUP}/cpu.max`, figure: 'CPUQuota 1600%, which holds it up' },
        ],
        limit: { key: 'CPUQuota', value: '1600%', origin: 'policy', place: { file: 'groups/student.yaml', line: 6 } },
        wayOut,
      },
    ]);
    const [easy] = examine(left()).causes;
    expect(easy).toEqual({
      weight: 20,
      subject: 'ds01-student-204214.slice',
      message,
      evidence: expect.anything(),
      wayOut,
    });
    expect(easy?.evidence.length).toBe(2);
  });

  it.each([
    ['tasks', { tasks: { current: 512, max: 512 } }, 'TasksMax 512 instead of 65536', 'TasksMax', 'pids.max'],
    [
      'memory',
      {
        memory: {
          ...{ current: 8 * GIB, held: 8 * GIB, max: 8 * GIB },
          events: { high: 0, max: 4, kills: 0 },
          eventsEver: { high: 0, max: 4, kills: 0 },
        },
      },
      'MemoryMax 8G instead of 128G',
      'MemoryMax',
      'memory.max',
    ],
  ])('is held up by %s, too', (_name, account, words, key, file) => {
    const [cause] = examine(left({}, account)).causes;
    expect(cause?.weight).toBe(60);
    expect(cause?.message).toContain(words);
    expect(cause?.limit?.key).toBe(key);
    expect(cause?.evidence.at(-1)).toEqual({
      source: `/sys/fs/cgroup${LEFT}/${file}`,
      figure: `${words.split(' instead')[0]}, which holds it up`,
    });
  });

  it('is what helps whoever asks, and not to raise the old limit', () => {
    const events = { high: 0, max: 4, kills: 0 };
    const memory = { current: 8 * GIB, held: 8 * GIB, max: 8 * GIB, events, eventsEver: events };
    const asked = (group: Partial<Meter>, account: Partial<Meter> = {}) => {
      const [cause] = examine(left(group, account), { focus: asking('204214') }).causes;
      return [cause?.weight, cause?.limit?.key];
    };
    expect(asked({})).toEqual([20, undefined]);
    expect(asked({ cpu: { ...limits.cpu, throttling } })).toEqual([88, 'CPUQuota']);
    expect(asked({ cpu: { ...limits.cpu, throttling: { ...throttling, throttled: 25 } } })).toEqual([71, 'CPUQuota']);
    expect(asked({ cpu: { ...limits.cpu, throttling } }, { memory })).toEqual([91, 'MemoryMax']);
    expect(asked({}, { memory, tasks: { current: 512, max: 512 } })).toEqual([96, 'TasksMax']);
  });

  it('is held up by forks that were refused in the window, too', () => {
    const refused = (number: number) => {
      const tasks = { current: 500, max: 512, peak: 512, refused: 0, refusedEver: 9 };
      const meters = [
        aMeter(GROUP, limits),
        aMeter(LEFT, { tasks }),
        aMeter(scope, { tasks: { current: 1, refused: number, refusedEver: 9 } }),
      ];
      return examine(meters).causes[0]?.weight;
    };
    expect(refused(3)).toBe(60);
    expect(refused(0)).toBe(20);
  });

  it('is held up by the one of several limits that does it', () => {
    const [cause] = examine(left({ cpu: { ...limits.cpu, throttling } }, { cpu: { cores: 1, quota: 8 } })).causes;
    expect(cause?.weight).toBe(60);
    expect(cause?.message).toContain('CPUQuota 800% instead of 12800%');
    expect(cause?.evidence.at(-1)?.figure).toBe('CPUQuota 1600%, which holds it up');
    const higher = { cpu: { cores: 200, quota: 200, throttling } };
    expect(examine(left(higher, { cpu: { cores: 1, quota: 8 } })).causes[0]?.weight).toBe(20);
    const same = { cpu: { cores: 128, quota: 128, throttling } };
    expect(examine(left(same, { cpu: { cores: 1, quota: 8 } })).causes[0]?.weight).toBe(20);
  });

  it('is a reason for whoever asks as soon as one limit is higher where it belongs', () => {
    const { causes } = examine(left({ tasks: { current: 1 } }), { focus: asking('204214') });
    expect(causes[0]?.message).toContain('TasksMax unlimited instead of 65536');
    expect(causes.map(({ weight }) => weight)).toEqual([20]);
  });

  it('is not held up by what it will have again', () => {
    const [cause] = examine(left({ tasks: { current: 65_536, max: 65_536 } })).causes;
    expect(cause?.weight).toBe(20);
  });

  it('is told of whoever has lost a grant, too, but is no reason for them', () => {
    const path = `${RESEARCHERS}/ds01-researcher-100001.slice`;
    const meters = [
      aMeter(RESEARCHERS, { cpu: { cores: 1, quota: 128, throttling } }),
      aMeter(path),
      aMeter(`${path}/${SCOPE}`),
    ];
    const { causes } = examine(meters);
    expect(causes.map(({ weight }) => weight)).toEqual([20]);
    expect(causes[0]?.message).toContain(`although ${A} is in group student`);
    expect(causes[0]?.message).toContain('CPUQuota 12800% instead of 1600%');
    expect(causes[0]?.message).not.toMatch(/MemoryMax|TasksMax/);
    expect(causes[0]?.evidence[1]).toEqual({ source: 'policy/site.yaml:5', figure: `${A} in student` });
    const full = [
      aMeter(RESEARCHERS, {
        cpu: { cores: 1, quota: 128, throttling },
        memory: { current: 1, held: 1, max: 128 * GIB },
        tasks: { current: 1, max: 65_536 },
      }),
      ...meters.slice(1),
    ];
    const asked = examine(full, { focus: asking('100001') });
    expect(asked.causes).toEqual([]);
    expect(asked.notes).toEqual([
      `ds01-researcher-100001.slice still holds container train, although ${A} is in group student: its limits are CPUQuota 12800% instead of 1600%, MemoryMax 128G instead of 32G; make anew what runs there, with docker run --cgroup-parent=ds01-student-100001.slice: a container keeps its slice for life`,
    ]);
  });

  it('may have the same limits in both, or none', () => {
    const same = { 'groups/student.yaml': groupText('cpu_quota: 12800%, memory_max: 128G, tasks_max: 65536') };
    const meters = left({ cpu: { cores: 1, quota: 128 }, memory: { current: 1, held: 1, max: 128 * GIB } });
    expect(examine(meters, { resolved: resolvePolicy(same) }).causes[0]?.message).toBe(
      'ds01-student-204214.slice still holds container train, although 204214@hertie-school.lan is in group researcher',
    );
    const open = {
      'groups/researcher.yaml': groupText(
        'cpu_quota: unlimited, memory_max: unlimited, tasks_max: unlimited',
        '  per_member: { tasks_max: 9000 }\n',
      ),
    };
    expect(examine(meters, { resolved: resolvePolicy(open) }).causes[0]?.message).toContain(
      'CPUQuota 12800% instead of unlimited, MemoryMax 128G instead of unlimited, TasksMax 65536 instead of 9000',
    );
    const counted = [aMeter(GROUP), aMeter(LEFT, { tasks: { current: 1 } }), aMeter(scope)];
    expect(examine(counted).causes[0]?.message).toMatch(/: its limits are TasksMax unlimited instead of 65536$/);
  });

  it('is only told of what runs', () => {
    expect(examine([aMeter(GROUP), aMeter(LEFT)]).causes).toEqual([]);
    expect(examine([aMeter(GROUP), aMeter(LEFT, { tasks: { current: 0 } })]).causes).toEqual([]);
    const holds = (meters: readonly Meter[], more: Parts = {}) => {
      return /holds (.*), although/.exec(examine([aMeter(GROUP), ...meters], more).causes[0]?.message ?? '')?.[1];
    };
    expect(holds([aMeter(LEFT, { tasks: { current: 1 } })])).toBe('processes');
    expect(holds([aMeter(LEFT)], { programs: [aProgram(1, LEFT)] })).toBe('processes');
    expect(holds([aMeter(LEFT, { tasks: { current: 9 } }), aMeter(`${LEFT}/run-1.scope`), aMeter(scope)])).toBe(
      'run-1.scope, container train',
    );
  });

  it('is told once, for what an account has divided further', () => {
    const below = `${LEFT}/ds01-student-204214-x.slice`;
    const { causes } = examine([aMeter(GROUP), aMeter(LEFT), aMeter(below), aMeter(`${below}/${SCOPE}`)]);
    expect(causes.map(({ subject }) => subject)).toEqual(['ds01-student-204214.slice']);
  });

  it('is told of a group that policy does not have any more', () => {
    const path = `${SITE}/ds01-phd.slice/ds01-phd-204214.slice`;
    const { causes } = examine([aMeter(`${SITE}/ds01-phd.slice`), aMeter(path), aMeter(`${path}/${SCOPE}`)]);
    expect(causes.map(({ subject }) => subject)).toEqual(['ds01-phd-204214.slice']);
  });

  it('is told apart from that of nobody in the same group', () => {
    const phd = `${SITE}/ds01-phd.slice`;
    const [known, other] = [`${phd}/ds01-phd-204214.slice`, `${phd}/ds01-phd-100009.slice`];
    const meters = [aMeter(phd), aMeter(known), aMeter(`${known}/${SCOPE}`), aMeter(other), aMeter(`${other}/x.scope`)];
    const listed = aMeter(`${phd}/ds01-phd-datasciencelab.slice`);
    expect(examine([...meters, listed]).causes.map(({ message }) => message.split(', ')[0])).toEqual([
      'ds01-phd-204214.slice still holds container train',
      'ds01-phd.slice holds x.scope',
    ]);
  });
});

describe('slices of nobody', () => {
  const PHD = `${SITE}/ds01-phd.slice`;

  it('are those of a group that policy does not have, with what runs there', () => {
    const meters = [
      aMeter(PHD),
      aMeter(`${PHD}/ds01-phd-100009.slice`),
      aMeter(`${PHD}/ds01-phd-100009.slice/${SCOPE}`),
    ];
    expect(
      examine([...meters, aMeter(`${PHD}/x.service`), aMeter(GROUP), aMeter(ACCOUNT), aMeter(CONTAINER)]).causes,
    ).toEqual([
      {
        weight: 15,
        subject: 'ds01-phd.slice',
        message:
          'ds01-phd.slice holds container train, x.service, and policy has no group "phd": what limits it has, policy does not say',
        evidence: [{ source: `/sys/fs/cgroup${PHD}/cgroup.procs`, figure: 'container train, x.service' }],
        wayOut: 'make anew what runs there in the slice of an account, or add policy/groups/phd.yaml',
      },
    ]);
  });

  it('are no reason where nothing runs', () => {
    expect(examine([aMeter(PHD), aMeter(`${PHD}/ds01-phd-100009.slice`)]).causes).toEqual([]);
  });
});

describe('what was seen', () => {
  const idle = aProgram(1, '/user.slice/user-5001.slice/session-1.scope', { cores: 0.3 });

  it.each([
    ['nothing', [], {}],
    ['containers where they belong', [aMeter(SITE), aMeter(GROUP), aMeter(ACCOUNT), aMeter(CONTAINER, using(16))], {}],
    ['work where it belongs', [aMeter(GROUP), aMeter(ACCOUNT), aMeter(`${ACCOUNT}/run-1.scope`, using(9))], {}],
    ['a login of little use', [], { programs: [idle] }],
    ['services of the system', [], { programs: [aProgram(1, '/system.slice/x.service', { uid: 0, cores: 9 })] }],
    [
      'a listed account',
      [aMeter(RESEARCHERS), aMeter(`${RESEARCHERS}/ds01-researcher-204214.slice/${SCOPE}`, using(64))],
      {},
    ],
  ] as readonly (readonly [string, readonly Meter[], Parts])[])('is no reason: %s', (_name, meters, more) => {
    const { causes, notes, unknown } = examine(meters, { now: NOW, ...more });
    expect([causes, notes, unknown]).toEqual([[], [], []]);
  });

  it('is how many containers are where they belong', () => {
    expect(examine([aMeter(ACCOUNT), aMeter(CONTAINER)]).saw).toBe('1 container in slices of accounts');
  });

  it('begins with what weighs most', () => {
    const meters = [aMeter(DIRECT, using(100)), aMeter(LEFT), aMeter(`${LEFT}/docker-${'a'.repeat(64)}.scope`)];
    const { causes } = examine(meters, { programs: [aProgram(1, DIRECT)] });
    expect(causes.map(({ weight }) => weight)).toEqual([60, 20]);
  });
});
