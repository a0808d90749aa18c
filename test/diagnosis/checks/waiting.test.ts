import { describe, expect, it } from 'vitest';
import type { Disk, Machine, Program } from '../../../scripts/diagnosis/case.ts';
import { waiting } from '../../../scripts/diagnosis/checks/waiting.ts';
import type { DiskMeter, MemoryMeter, Meter, PressureMeter } from '../../../scripts/diagnosis/meter.ts';
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
  QUIET,
  RESEARCHERS,
  SITE,
  told,
} from '../../support/case-fixture.ts';
import { groupText, resolvePolicy } from '../../support/resolve-policy.ts';

const G = 2 ** 30;
const SECOND_ID = 'beef'.repeat(16);
const SECOND = `${ACCOUNT}/docker-${SECOND_ID}.scope`;
const OTHER = `${GROUP}/ds01-student-100002.slice`;
const OTHER_WORK = `${OTHER}/run-1.scope`;
const RESEARCHER = `${RESEARCHERS}/ds01-researcher-204214.slice`;
const RESEARCH = `${RESEARCHER}/run-2.scope`;
/** The whole machine is in use. */
const SITE_IN_USE = aMeter(SITE, { cpu: { cores: 128 } });
const AROUND = [SITE_IN_USE, aMeter(GROUP), aMeter(ACCOUNT)];
const STUDENT = 'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536';

/** A cgroup whose programs waited for so much of the time, and that used so many cores. */
function waits(path: string, what: 'cpu' | 'memory' | 'io', some: number, cores = 1, more: Partial<Meter> = {}): Meter {
  const pressure: PressureMeter = { cpu: QUIET, memory: QUIET, io: QUIET, [what]: { some, full: 0 } };
  return aMeter(path, { pressure, cpu: { cores }, ...more });
}

function uses(path: string, cores: number): Meter {
  return waits(path, 'cpu', 0, cores);
}

function program(cores: number, cgroup = '/user.slice/user-0.slice/session-1.scope', pid = 77): Program {
  return { pid, uid: 0, name: 'make', cgroup, cpuSeconds: 9, cores };
}

/** What is asked about is the container of `100001`, and all that is around it. */
const CONTAINER_FOCUS = { focus: { kind: 'container', id: CONTAINER_ID } } as const;
const ACCOUNT_FOCUS = {
  focus: { kind: 'account', entitlement: entitlementOf(resolvePolicy(), '100001') },
} as const;

function examine(meters: readonly Meter[], more: CaseParts = {}) {
  return waiting.examine(aCase({ meters, ...more }));
}

function only(meters: readonly Meter[], more: CaseParts = {}) {
  const { causes } = examine(meters, more);
  expect(causes).toHaveLength(1);
  return causes[0];
}

describe('waiting for a CPU', () => {
  const train = waits(CONTAINER, 'cpu', 0.62, 20);
  const others = [uses(OTHER_WORK, 3), uses(RESEARCH, 60), aMeter(RESEARCHER), aMeter(RESEARCHERS), aMeter(OTHER)];
  const meters = [...AROUND, train];

  it('is because of others, who are named with what they use', () => {
    const machine: Partial<Machine> = { pressure: { cpu: { some: 0.7, full: 0 } } };
    const programs = [program(50), program(1, CONTAINER), program(60, RESEARCH)];
    const facts = { containers: told([aContainer()]) };
    expect(examine(meters, { ...CONTAINER_FOCUS, all: [...meters, ...others], programs, machine, facts })).toEqual({
      causes: [
        {
          weight: 42,
          subject: 'container train',
          message:
            'container train waited for a CPU 62 % of the time, and no quota holds it up: ds01-researcher-204214.slice ' +
            'uses 60 cores; "make" (pid 77) in /user.slice/user-0.slice/session-1.scope, where no limit of policy holds, ' +
            'uses 50 cores',
          evidence: [
            { source: `/sys/fs/cgroup${CONTAINER}/cpu.pressure`, figure: 'some 62 % of 5.0 s' },
            { source: '/proc/pressure/cpu', figure: 'some 70 % of 5.0 s' },
            { source: `/sys/fs/cgroup${RESEARCHER}/cpu.stat`, figure: '60 cores used' },
            { source: '/proc/77/stat', figure: '50 cores used' },
          ],
          wayOut:
            'ds01-policy set-limit student per_group.cpu_weight 200 --reason TEXT; that is twice the share of researcher when ' +
            'cores are short',
        },
      ],
      saw: 'waited for a CPU 62 %, memory 0 %, disks 0 % of the time',
      unknown: [],
    });
  });

  it('is felt from 30 % of the time on, and weighs at most as much as a limit at times', () => {
    const at = (some: number) => examine([...AROUND, waits(CONTAINER, 'cpu', some)]).causes.map(({ weight }) => weight);
    expect([0.29, 0.3, 0.9, 1].map(at)).toEqual([[], [36], [48], [49]]);
  });

  it('is not said again where a quota around it explains it', () => {
    const held = { cpu: { cores: 16, quota: 16, throttling: { periods: 50, throttled: 5, seconds: 1 } } };
    expect(examine([aMeter(SITE), aMeter(GROUP, held), aMeter(ACCOUNT), train]).causes).toEqual([]);
    expect(examine([...AROUND, aMeter(OTHER, held), train]).causes).toHaveLength(1);
  });

  it('is told of those that wait, not of what is around them', () => {
    const around = [waits(SITE, 'cpu', 0.9, 128), waits(GROUP, 'cpu', 0.8), waits(ACCOUNT, 'cpu', 0.7)];
    const many = [...around, train, waits(SECOND, 'cpu', 0.9), waits(OTHER_WORK, 'cpu', 0.3)];
    const cause = only(many);
    expect(cause?.subject).toBe('container beefbeefbeef');
    expect(cause?.message).toMatch(/^container beefbeefbeef waited for a CPU 90 % of the time, as did 2 more, and no/);
    expect(cause?.evidence.slice(0, 3).map(({ figure }) => figure)).toEqual([
      ...['some 90 % of 5.0 s', 'some 62 % of 5.0 s', 'some 30 % of 5.0 s'],
    ]);
    expect(only(many, CONTAINER_FOCUS)?.subject).toBe('container c0ffee12c0ff');
    expect(examine(around, { ...ACCOUNT_FOCUS, all: around }).causes[0]?.subject).toBe('ds01-student-100001.slice');
    expect(examine(around.slice(0, 2), ACCOUNT_FOCUS).causes).toEqual([]);
  });

  it('may be because of its own threads', () => {
    const own = waits(CONTAINER, 'cpu', 0.5, 124);
    const cause = only([...AROUND, own], { ...CONTAINER_FOCUS, programs: [program(7)] });
    expect(cause?.message).toMatch(
      /: it uses 124 cores of the machine's 128 cores itself, with more threads than there are/,
    );
    expect(cause?.wayOut).toBe('start fewer threads or workers, as with OMP_NUM_THREADS');
    const equal = only([...AROUND, waits(CONTAINER, 'cpu', 0.5, 64), uses(RESEARCH, 64)], CONTAINER_FOCUS);
    expect(equal?.message).toMatch(/: run-2.scope uses 64 cores$/);
  });

  it('may be held to a few CPUs where others are idle', () => {
    const idle = (some: number, busy = 102) => {
      return examine([aMeter(SITE, { cpu: { cores: busy } }), waits(CONTAINER, 'cpu', some)], CONTAINER_FOCUS)
        .causes[0];
    };
    expect(idle(0.6)?.message).toBe(
      "container c0ffee12c0ff waited for a CPU 60 % of the time, and no quota holds it up: about 26 of the machine's 128 " +
        'cores had nothing to do, so most likely it may run on some of them only',
    );
    expect(idle(0.6)?.evidence).toHaveLength(2);
    expect(idle(0.6)?.wayOut).toBe(
      'look at allowed_cpus in policy, docker run --cpuset-cpus, and taskset -p PID; or start fewer threads',
    );
    // Where many programs start and stop, some always wait for a moment.
    expect(idle(0.59)).toBeUndefined();
    expect(idle(0.59, 103)).toBeDefined();
    const small = [aMeter(SITE, { cpu: { cores: 8 } }), waits(CONTAINER, 'cpu', 0.59)];
    expect(examine(small, { ...CONTAINER_FOCUS, machine: { cpus: 10 } }).causes).toEqual([]);
  });

  it('may be because of what is not seen', () => {
    const cause = only([...AROUND, waits(CONTAINER, 'cpu', 0.5, 0)], { ...CONTAINER_FOCUS, programs: [program(122)] });
    expect(cause?.message).toMatch(/"make" \(pid 77\)/);
    const unseen = only([...AROUND, waits(CONTAINER, 'cpu', 0.5, 0)], CONTAINER_FOCUS);
    expect(unseen?.message).toMatch(/: who computes instead is not seen here$/);
    expect(unseen?.wayOut).toBe('ds01-policy top shows who uses what');
  });

  it('names three at most, who use a twentieth of the machine or more', () => {
    const users = [6.4, 6.3, 9, 8, 7].map((cores) =>
      uses(`${RESEARCHERS}/ds01-researcher-u${cores * 10}.slice`, cores),
    );
    const more = { ...CONTAINER_FOCUS, all: [...meters, ...users] };
    const { evidence = [] } = only(meters, more) ?? {};
    const own = only([...AROUND, waits(CONTAINER, 'cpu', 0.62, 1)], { ...more, all: [...AROUND, train, ...users] });
    expect(own?.message).toMatch(/-u90.slice uses 9 cores; .*-u80.slice uses 8 cores; .*-u70.slice uses 7 cores$/);
    expect(evidence.slice(2)).toHaveLength(3);
    const two = only([...AROUND, waits(CONTAINER, 'cpu', 0.62, 1)], {
      ...{ ...CONTAINER_FOCUS, programs: [program(120, SITE)] },
      all: [...AROUND, waits(CONTAINER, 'cpu', 0.62, 1), ...users.slice(0, 2)],
    });
    expect(two?.message).toMatch(/: ds01-researcher-u64.slice uses 6.4 cores$/);
  });

  it('adds up what an account does, but for that of the one who asks', () => {
    const parts = [uses(RESEARCH, 30), uses(`${RESEARCHER}/run-3.scope`, 30), aMeter(RESEARCHER)];
    const all = [...AROUND, train, uses(SECOND, 50), ...parts];
    const asked = [...AROUND, train];
    const ofContainer = only(asked, { ...CONTAINER_FOCUS, all });
    expect(ofContainer?.message).toMatch(
      /: ds01-researcher-204214.slice uses 60 cores; container beefbeefbeef uses 50 cores$/,
    );
    const ofAccount = only([...asked, uses(SECOND, 50), aMeter(`${ACCOUNT}/idle.scope`)], { ...ACCOUNT_FOCUS, all });
    expect(ofAccount?.message).toMatch(/ it uses 70 cores of the machine's 128 cores itself/);
    const ofMachine = only(all);
    expect(ofMachine?.message).toMatch(
      /: ds01-student-100001.slice uses 70 cores; ds01-researcher-204214.slice uses 60 cores$/,
    );
  });
});

describe('more CPU for who waits', () => {
  /** The way out where `user` uses nearly all, and the container waits. */
  function wayOut(user: Meter | Program, texts: Readonly<Record<string, string>> = {}, waiter = CONTAINER) {
    const meters = [...AROUND, waits(waiter, 'cpu', 0.5, 1)];
    const resolved = resolvePolicy(texts);
    const more = 'pid' in user ? { programs: [user] } : { all: [...meters, aMeter(RESEARCHER), aMeter(OTHER), user] };
    const focus = { focus: { kind: 'container', id: aMeter(waiter).container ?? '' } } as const;
    const cause = only(meters, { ...focus, resolved, ...more });
    return { text: cause?.message.split(': ')[1], wayOut: cause?.wayOut };
  }
  const weight = (own: number, other: number) => ({
    'groups/student.yaml': groupText(`${STUDENT}, cpu_weight: ${own}`),
    'groups/researcher.yaml': groupText(`cpu_quota: 12800%, memory_max: 128G, tasks_max: 65536, cpu_weight: ${other}`),
  });

  it('is a larger share for the group, as long as it is not larger already', () => {
    expect(wayOut(uses(RESEARCH, 120))).toEqual({
      text: 'ds01-researcher-204214.slice uses 120 cores',
      wayOut: expect.stringMatching(
        /^ds01-policy set-limit student per_group.cpu_weight 200 --reason TEXT; that is twice the share of/,
      ),
    });
    expect(wayOut(uses(RESEARCH, 120), weight(50, 300))).toEqual({
      text: 'ds01-researcher-204214.slice uses 120 cores; cpu_weight of student is 50, of researcher 300',
      wayOut: expect.stringMatching(/^ds01-policy set-limit student per_group.cpu_weight 600 /),
    });
    const quota =
      'ds01-policy set-limit researcher per_group.cpu_quota 6400% --reason TEXT; the other half is left then';
    expect(wayOut(uses(RESEARCH, 120), weight(200, 100)).wayOut).toBe(quota);
    expect(wayOut(uses(RESEARCH, 120), weight(199, 100)).wayOut).not.toBe(quota);
    expect(wayOut(uses(RESEARCH, 120), weight(100, 5001)).wayOut).toBe(quota);
    expect(wayOut(uses(RESEARCH, 120), weight(100, 5000)).wayOut).not.toBe(quota);
  });

  it('is a word to administrators, whom nothing limits', () => {
    const admin = uses(`${SITE}/ds01-admin.slice/ds01-admin-datasciencelab.slice`, 120);
    expect(wayOut(admin).wayOut).toMatch(/^ds01-policy set-limit student per_group.cpu_weight 200 /);
    expect(wayOut(admin, weight(200, 100)).wayOut).toBe(
      'ask datasciencelab@hertie-school.lan: no limit holds for administrators',
    );
  });

  it('is a limit for each account where one takes all from the others of its group', () => {
    const most = (texts: Readonly<Record<string, string>> = {}) => wayOut(uses(OTHER_WORK, 120), texts).wayOut;
    expect(most()).toBe(
      'ds01-policy set-limit student per_member.cpu_quota 800% --reason TEXT; then no account takes it all from the others',
    );
    const free = { 'groups/student.yaml': groupText('memory_max: 32G, tasks_max: 65536, cpu_quota: unlimited') };
    expect(most(free)).toContain(' 6400% ');
    const divided = groupText(STUDENT, '  per_member: { cpu_quota: 500% }\n');
    expect(most({ 'groups/student.yaml': divided })).toContain(' 250% ');
  });

  it('is less at the same time where it is one account', () => {
    expect(wayOut(uses(SECOND, 120)).wayOut).toBe('run less of this account at the same time');
  });

  it('is a limit for what has none', () => {
    const end = 'end it, or start it anew in a slice of the site, where a limit holds for it';
    expect(wayOut(program(120)).wayOut).toBe(end);
    expect(wayOut(uses(`/docker/${SECOND_ID}`, 120)).wayOut).toBe(end);
    expect(wayOut(uses(RESEARCH, 120), {}, `/system.slice/docker-${CONTAINER_ID}.scope`).wayOut).toBe(
      'start the work that waits anew in a slice of the site, where it has a share of its own',
    );
  });
});

describe('waiting for memory', () => {
  const memory = (more: Partial<MemoryMeter> = {}): Pick<Meter, 'memory'> => ({
    memory: { current: 9 * G, held: 8 * G, ...more },
  });
  const train = waits(CONTAINER, 'memory', 0.2, 1, memory());

  it('is because the machine is short of it', () => {
    const all = [
      ...[aMeter(SITE, memory({ held: 500 * G })), aMeter(GROUP, memory({ held: 30 * G })), aMeter(ACCOUNT), train],
      aMeter(RESEARCHERS, memory({ current: 460 * G, held: 450 * G })),
    ];
    const machine = { pressure: { memory: { some: 0.3, full: 0 } } };
    expect(only([...AROUND, train], { ...CONTAINER_FOCUS, all, machine })).toEqual({
      weight: 34,
      subject: 'container c0ffee12c0ff',
      message:
        'container c0ffee12c0ff waited for memory 20 % of the time, and no limit around it is reached: the machine is ' +
        "short of it; ds01-researcher.slice holds 450G of the machine's 512G",
      evidence: [
        { source: `/sys/fs/cgroup${CONTAINER}/memory.pressure`, figure: 'some 20 % of 5.0 s' },
        { source: '/proc/pressure/memory', figure: 'some 30 % of 5.0 s' },
        { source: `/sys/fs/cgroup${RESEARCHERS}/memory.current`, figure: '460G, of which 450G cannot be given back' },
      ],
      wayOut: 'run less at the same time, or let memory_max of the groups add up to less than the machine has',
    });
  });

  it('says what is known where not all is', () => {
    const { machine, ...rest } = aCase({ meters: [waits(CONTAINER, 'memory', 0.1), waits(SECOND, 'memory', 0.2)] });
    const { memory: _size, ...unsized } = machine;
    const [cause] = waiting.examine({ ...rest, machine: { ...unsized, pressure: {} } }).causes;
    expect(cause?.message).toBe(
      'container beefbeefbeef waited for memory 20 % of the time, as did 1 more, and no limit around it is reached: the ' +
        'machine is short of it',
    );
    expect(cause?.evidence).toHaveLength(2);
    const docker = waits(`/docker/${SECOND_ID}`, 'memory', 0.2, 1, memory());
    const [outside] = waiting.examine({ ...rest, meters: [docker], all: [docker], machine: unsized }).causes;
    expect(outside?.message).toMatch(/; container beefbeefbeef holds 8G$/);
    expect(examine([waits(CONTAINER, 'memory', 0.09)]).causes).toEqual([]);
  });

  it('is not said again where a limit on the way is reached', () => {
    const events = { high: 0, max: 1, kills: 0 };
    const full = aMeter(GROUP, memory({ max: 8 * G, events, eventsEver: events }));
    expect(examine([full, aMeter(ACCOUNT), train]).causes).toEqual([]);
    const kills = aMeter(ACCOUNT, memory({ events: { ...events, kills: 1 }, eventsEver: events }));
    expect(examine([aMeter(GROUP), kills, train]).causes).toEqual([]);
    const roomy = aMeter(GROUP, memory({ max: 90 * G, events, eventsEver: events }));
    expect(examine([roomy, aMeter(ACCOUNT, memory({ events, eventsEver: events })), train]).causes).toHaveLength(1);
  });
});

describe('waiting for disks', () => {
  const train = waits(CONTAINER, 'io', 0.2);
  const sda: Disk = { device: '8:0', name: 'sda', busy: 0.6 };
  const sdb: Disk = { device: '8:16', name: 'sdb', busy: 0.3 };
  const used = (read: number, write: number, device = '8:0'): DiskMeter => ({ device, read, write });

  it('is because of a disk, and of who uses it most', () => {
    const all = [
      ...[...AROUND, train, aMeter(OTHER_WORK, { disks: [used(1e6, 2e6)] }), aMeter(OTHER, { disks: [used(9e9, 0)] })],
      ...[aMeter(RESEARCH, { disks: [used(9e6, 0), used(9e9, 9e9, '8:16')] }), aMeter(SECOND, { disks: [used(0, 0)] })],
    ];
    expect(only([...AROUND, train], { ...CONTAINER_FOCUS, all, machine: { disks: [sdb, sda] } })).toEqual({
      weight: 34,
      subject: 'container c0ffee12c0ff',
      message:
        'container c0ffee12c0ff waited for disks 20 % of the time: sda was busy 60 % of the time; run-2.scope reads ' +
        '9M/s and writes 0B/s',
      evidence: [
        { source: `/sys/fs/cgroup${CONTAINER}/io.pressure`, figure: 'some 20 % of 5.0 s' },
        { source: '/proc/pressure/io', figure: 'some 0 % of 5.0 s' },
        { source: '/proc/diskstats', figure: 'sda (8:0) busy 60 % of the time' },
      ],
      wayOut: 'read and write less at the same time, or in larger pieces',
    });
  });

  it('is most likely because of the network where no disk has much to do', () => {
    const cause = only([...AROUND, train], { machine: { disks: [{ ...sda, busy: 0.29 }] } });
    expect(cause?.message).toMatch(
      /: no disk of the machine has much to do, so it is most likely a file system on the network$/,
    );
    expect(cause?.wayOut).toBe('look at the servers of mounted file systems: findmnt --types nfs,nfs4,cifs');
    expect(cause?.evidence).toHaveLength(2);
    expect(only([...AROUND, train], { machine: { disks: [sdb] } })?.message).toMatch(
      /: sdb was busy 30 % of the time$/,
    );
    expect(examine([...AROUND, waits(CONTAINER, 'io', 0.19)]).causes).toEqual([]);
  });

  it('is not said again where another check does', () => {
    expect(examine([...AROUND, train], { machine: { disks: [{ ...sda, busy: 0.9 }] } }).causes).toEqual([]);
    const rate = aMeter(GROUP, { disks: [{ ...used(9e6, 0), readMax: 1e7 }] });
    expect(examine([rate, aMeter(ACCOUNT), train]).causes).toEqual([]);
    const events = { high: 0, max: 1, kills: 0 };
    const cached = waits(GROUP, 'memory', 0.1, 1, {
      memory: { current: G, held: 0, max: G, events, eventsEver: events },
    });
    expect(examine([cached, aMeter(ACCOUNT), train]).causes).toEqual([]);
  });
});

describe('what is as it should be', () => {
  it.each([
    ['nothing runs', [], 'nothing that waits is seen'],
    [
      'somebody waits for a moment',
      [waits(CONTAINER, 'cpu', 0.2), waits(SECOND, 'memory', 0.05), waits(OTHER, 'io', 0.1)],
      'waited for a CPU 20 %, memory 5 %, disks 10 % of the time, but not because of others',
    ],
    ['all cores are used, and nobody waits', [uses(CONTAINER, 128)], 'nothing waited'],
    [
      'hardly anybody waits',
      [waits(CONTAINER, 'cpu', 0.09)],
      /^waited for a CPU 9 %, memory 0 %, disks 0 % of the time$/,
    ],
    [
      'only one of them is known',
      [aMeter(GROUP, { pressure: { io: { some: 0.1, full: 0 } } })],
      'waited for disks 10 % of the time, but not because of others',
    ],
  ] as const)('%s', (_title, meters, saw) => {
    const checked = examine(meters);
    expect(checked).toMatchObject({ causes: [], unknown: [] });
    expect(checked.saw).toMatch(saw);
  });

  it('is not known where the kernel does not say it', () => {
    expect(examine([aMeter(SITE)])).toEqual({
      causes: [],
      saw: 'nothing that waits is seen',
      unknown: [
        {
          why: 'the kernel does not say who waits for what: it was started without PSI',
          wayOut: "psi=1 on the kernel's command line starts it with",
        },
      ],
    });
    expect(examine([aMeter(SITE)], { machine: { version: 'v1' } }).unknown).toEqual([
      {
        why: 'cgroup v1 does not say who waits for what',
        wayOut: "systemd.unified_cgroup_hierarchy=1 on the kernel's command line starts the machine with cgroup v2",
      },
    ]);
    expect(examine([aMeter(SITE), waits(GROUP, 'cpu', 0)]).unknown).toEqual([]);
  });
});

it('tells first what weighs most', () => {
  const meters = [waits(CONTAINER, 'io', 0.2), waits(SECOND, 'memory', 0.5), waits(OTHER, 'cpu', 0.4)];
  expect(examine(meters).causes.map(({ weight }) => weight)).toEqual([40, 38, 34]);
});
