import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../scripts/diagnosis/case.ts';
import { oversubscription } from '../../../scripts/diagnosis/checks/oversubscription.ts';
import type { Meter } from '../../../scripts/diagnosis/meter.ts';
import { aCase, aMeter, GROUP, QUIET, RESEARCHERS, SITE } from '../../support/case-fixture.ts';
import { groupText, resolvePolicy } from '../../support/resolve-policy.ts';

const G = 2 ** 30;

/** A machine as that of the cases, with something else about it. */
function machine(more: Partial<Machine>): Machine {
  return { ...aCase().machine, ...more };
}

function waiting(more: Partial<Machine['pressure']>): Machine['pressure'] {
  return { cpu: QUIET, memory: QUIET, io: QUIET, ...more };
}

function cpu(cores: number): Partial<Meter> {
  return { cpu: { cores } };
}

function memory(held: number, current = held): Partial<Meter> {
  return { memory: { current, held } };
}

/** All CPUs in use, most of them by researchers. */
const BUSY = [aMeter(SITE, cpu(127)), aMeter(GROUP, cpu(30.8)), aMeter(RESEARCHERS, cpu(96.2))];
/** All of a memory of 128G in use. */
const FULL = [
  aMeter(SITE, memory(100 * G, 120 * G)),
  aMeter(GROUP, memory(31.5 * G, 90 * G)),
  aMeter(RESEARCHERS, memory(68.5 * G)),
];
const WAIT = { some: 0.45, full: 0 };

describe('what groups may use together', () => {
  it('is said of each resource, and is no cause as long as nobody waits', () => {
    const { causes, saw, notes, unknown } = oversubscription.examine(aCase({ all: BUSY }));
    expect(causes).toEqual([]);
    expect(saw).toBe('all groups together may use 144 of 128 cores, 160G of 512G of memory, 131072 of 4194304 tasks');
    // Only what is more than there is.
    expect(notes).toEqual(['all groups together may use 144 of 128 cores, and no limit holds for admin']);
    expect(unknown).toEqual([]);
  });

  it('is worth no note if it fits exactly, whatever administrators may use', () => {
    expect(oversubscription.examine(aCase({ machine: machine({ cpus: 144 }) })).notes).toEqual([]);
    expect(oversubscription.examine(aCase({ machine: machine({ cpus: 143 }) })).notes).toHaveLength(1);
  });

  it('is worth one for a group that is not limited, and is none of administrators', () => {
    const resolved = resolvePolicy({
      'groups/student.yaml': groupText('cpu_quota: unlimited, memory_max: 32G, tasks_max: 65536'),
    });
    expect(oversubscription.examine(aCase({ resolved })).notes).toEqual([
      'all groups together may use 128 of 128 cores, and no limit holds for admin, student',
    ]);
  });

  it('says which group alone may use more than there is, of memory and tasks, too', () => {
    const small = machine({ cpus: 127, memory: 128 * G - 1, tasks: 65_535 });
    expect(oversubscription.examine(aCase({ machine: small })).notes).toEqual([
      'all groups together may use 144 of 127 cores, and no limit holds for admin',
      'all groups together may use 160G of 128G of memory, and no limit holds for admin',
      'all groups together may use 131072 of 65535 tasks, and no limit holds for admin',
      'group "researcher" alone may use 128 of 127 cores',
      'group "researcher" alone may use 128G of 128G of memory',
      'group "researcher" alone may use 65536 of 65535 tasks',
      'group "student" alone may use 65536 of 65535 tasks',
    ]);
  });

  it('cannot be compared with what is not known', () => {
    const { memory: _memory, tasks: _tasks, ...rest } = aCase().machine;
    const { saw, unknown } = oversubscription.examine({ ...aCase(), machine: rest });
    expect(saw).toBe('all groups together may use 144 of 128 cores');
    expect(unknown).toEqual([
      { why: 'the kernel did not say how much there is of memory' },
      { why: 'the kernel did not say how much there is of tasks' },
    ]);
  });
});

describe('programs that wait because of it', () => {
  it('for CPUs, are told of with who uses most, and with the limit that would fit', () => {
    const found = aCase({ all: BUSY, machine: machine({ pressure: waiting({ cpu: WAIT }) }) });
    expect(oversubscription.examine(found).causes).toEqual([
      {
        weight: 40,
        subject: 'ds01-researcher.slice',
        message:
          'programs wait for a CPU 45 % of the time: all groups together use 127 and may use 144 of 128 cores, and no ' +
          'limit holds for admin; ds01-researcher.slice uses most, 96.2 cores',
        evidence: [
          { source: '/proc/pressure/cpu', figure: 'some 45 % of 5.0 s' },
          { source: '/sys/fs/cgroup/ds01.slice/cpu.stat', figure: '127 cores' },
          { source: '/sys/devices/system/cpu/online', figure: '128 cores' },
          { source: 'policy/groups/researcher.yaml:6', figure: 'researcher per_group.cpu_quota 12800%' },
          { source: 'policy/groups/student.yaml:6', figure: 'student per_group.cpu_quota 1600%' },
        ],
        limit: {
          key: 'CPUQuota',
          value: '12800%',
          origin: 'policy',
          place: { file: 'groups/researcher.yaml', line: 6 },
        },
        wayOut:
          'ds01-policy top shows who uses what; for limits that fit: ds01-policy set-limit researcher ' +
          'per_group.cpu_quota 11200% --reason TEXT',
      },
    ]);
  });

  it('for memory, weigh more', () => {
    const found = aCase({ all: FULL, machine: machine({ memory: 128 * G, pressure: waiting({ memory: WAIT }) }) });
    const [cause, ...more] = oversubscription.examine(found).causes;
    expect(more).toEqual([]);
    expect(cause).toMatchObject({
      weight: 55,
      message:
        'programs wait for memory 45 % of the time: all groups together use 120G and may use 160G of 128G of memory, and no ' +
        'limit holds for admin; ds01-researcher.slice uses most, 68.5G of memory',
      limit: { key: 'MemoryMax', value: '128G' },
      wayOut:
        'ds01-policy top shows who uses what; for limits that fit: ds01-policy set-limit researcher per_group.memory_max 96G --reason TEXT',
    });
    expect(cause?.evidence.slice(0, 3)).toEqual([
      { source: '/proc/pressure/memory', figure: 'some 45 % of 5.0 s' },
      { source: '/sys/fs/cgroup/ds01.slice/memory.current', figure: '120G of memory' },
      { source: '/proc/meminfo', figure: '128G of memory' },
    ]);
  });

  it('are told of with the files of cgroup v1', () => {
    const sources = (all: readonly Meter[], more: Partial<Machine>) => {
      const found = aCase({ all, machine: machine({ version: 'v1', ...more }) });
      return oversubscription.examine(found).causes.map(({ evidence }) => evidence[1]?.source);
    };
    expect(sources(BUSY, { pressure: waiting({ cpu: WAIT }) })).toEqual([
      '/sys/fs/cgroup/cpuacct/ds01.slice/cpuacct.usage',
    ]);
    expect(sources(FULL, { memory: 128 * G, pressure: waiting({ memory: WAIT }) })).toEqual([
      '/sys/fs/cgroup/memory/ds01.slice/memory.usage_in_bytes',
    ]);
  });

  it('are told of where administrators use most, or nobody knows who does', () => {
    const pressure = waiting({ cpu: WAIT });
    const wayOut = 'ds01-policy top shows who uses what; lower limits of the groups leave more for everybody else';
    const admin = aMeter(`${SITE}/ds01-admin.slice`, cpu(100));
    const unlimited = oversubscription.examine(aCase({ all: [...BUSY, admin], machine: machine({ pressure }) })).causes;
    expect(unlimited).toMatchObject([{ subject: 'ds01-admin.slice', wayOut }]);
    expect(unlimited[0]).not.toHaveProperty('limit');
    const nobody = oversubscription.examine(
      aCase({ all: [aMeter(SITE, cpu(127)), aMeter(GROUP)], machine: machine({ pressure }) }),
    );
    expect(nobody.causes).toMatchObject([{ subject: 'ds01.slice', wayOut }]);
    expect(nobody.causes[0]?.message).toMatch(/holds for admin$/);
  });

  it('have no value to propose where nothing is left, and are told of a group that policy does not know', () => {
    const resolved = resolvePolicy({
      'groups/student.yaml': groupText('cpu_quota: 12800%, memory_max: 32G, tasks_max: 65536'),
    });
    const found = aCase({ resolved, all: BUSY, machine: machine({ pressure: waiting({ cpu: WAIT }) }) });
    expect(oversubscription.examine(found).causes[0]?.wayOut).toMatch(
      /; for limits that fit, those of the other groups have to fall first$/,
    );
    const old = [aMeter(SITE, cpu(127)), aMeter(`${SITE}/ds01-old.slice`, cpu(127))];
    const unknown = oversubscription.examine(
      aCase({ all: old, machine: machine({ pressure: waiting({ cpu: WAIT }) }) }),
    );
    expect(unknown.causes).toMatchObject([{ subject: 'ds01-old.slice' }]);
    expect(unknown.causes[0]).not.toHaveProperty('limit');
  });

  it.each([
    ['hardly do', BUSY, { some: 0.29, full: 0 }, 0],
    ['do, from 30 % on', BUSY, { some: 0.3, full: 0 }, 1],
    [
      'do because of their own limits: the machine has more',
      [aMeter(SITE, cpu(102.3)), aMeter(GROUP, cpu(16))],
      WAIT,
      0,
    ],
    ['do, from 80 % of the machine on', [aMeter(SITE, cpu(102.4)), aMeter(GROUP, cpu(16))], WAIT, 1],
    ['do, and nobody knows for what', [aMeter(SITE)], WAIT, 0],
    ['do, and nothing of the site runs', [], WAIT, 0],
  ] as const)('%s', (_, all, some, causes) => {
    const found = aCase({ all, machine: machine({ pressure: waiting({ cpu: some }) }) });
    expect(oversubscription.examine(found).causes).toHaveLength(causes);
  });

  it('do so for another reason where limits fit, and never for tasks', () => {
    const fits = machine({ cpus: 144, pressure: waiting({ cpu: WAIT }) });
    expect(oversubscription.examine(aCase({ all: [aMeter(SITE, cpu(144))], machine: fits })).causes).toEqual([]);
    const few = machine({ cpus: 144, tasks: 1000, pressure: waiting({ cpu: WAIT, memory: WAIT }) });
    expect(oversubscription.examine(aCase({ all: [aMeter(SITE, cpu(144))], machine: few })).causes).toEqual([]);
  });

  it('cannot be seen without pressure, which matters only where limits do not fit', () => {
    const none = aCase({ all: BUSY, machine: machine({ pressure: {} }) });
    expect(oversubscription.examine(none)).toMatchObject({
      causes: [],
      unknown: [{ why: 'the kernel does not say how long programs wait for a CPU' }],
    });
    expect(
      oversubscription.examine(aCase({ machine: machine({ cpus: 144, tasks: 1, pressure: {} }) })).unknown,
    ).toEqual([]);
  });
});
