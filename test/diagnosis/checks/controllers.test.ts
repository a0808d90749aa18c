import { describe, expect, it } from 'vitest';
import type { Case } from '../../../scripts/diagnosis/case.ts';
import { controllers } from '../../../scripts/diagnosis/checks/controllers.ts';
import { ACCOUNT, aCase, aMeter, CONTAINER, GROUP, RESEARCHERS, SITE } from '../../support/case-fixture.ts';
import { groupText, resolvePolicy } from '../../support/resolve-policy.ts';

const ALL = ['cpuset', 'cpu', 'io', 'memory', 'pids'];
const PATHS = ['/', SITE, GROUP, ACCOUNT];
const METERS = [SITE, GROUP, ACCOUNT, CONTAINER].map((path) => aMeter(path));

/** A machine that hands on all controllers, but for those cgroups that are given. */
function machineWith(given: Readonly<Record<string, readonly string[]>>, more: Partial<Case> = {}): Case {
  const handed = new Map<string, readonly string[]>([
    ...PATHS.map((path) => [path, ALL] as const),
    ...Object.entries(given),
  ]);
  const { machine, ...rest } = aCase({ all: METERS, ...more });
  return { ...rest, machine: { ...machine, controllers: handed } };
}

const STUDENT = 'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536';
const MEMBERS = resolvePolicy({
  'groups/student.yaml': groupText(STUDENT, '  per_member: { cpu_quota: 800%, tasks_max: 8192 }\n'),
});

describe('controllers of cgroup v2', () => {
  it('are where policy needs them', () => {
    expect(controllers.examine(machineWith({}))).toEqual({
      causes: [],
      saw: 'cpu, memory, pids enabled for 1 slice with limits',
      unknown: [],
    });
    // Of the account's slice, too, once policy limits it.
    expect(controllers.examine(machineWith({}, { resolved: MEMBERS })).saw).toBe(
      'cpu, memory, pids enabled for 2 slices with limits',
    );
  });

  it('are of no interest where nothing runs, or nothing is limited', () => {
    const nothing = { causes: [], saw: 'no slice with a limit runs', unknown: [] };
    expect(controllers.examine(machineWith({ '/': [] }, { all: [] }))).toEqual(nothing);
    const unlimited = [SITE, `${SITE}/ds01-admin.slice`, `${SITE}/ds01-old.slice`].map((path) => aMeter(path));
    expect(controllers.examine(machineWith({ '/': [] }, { all: unlimited }))).toEqual(nothing);
  });

  it('are missing with all limits that they enforce, below the highest cgroup that does not hand them on', () => {
    const found = machineWith({ [SITE]: ['cpu', 'memory'], [GROUP]: ['cpu', 'memory'] }, { resolved: MEMBERS });
    expect(controllers.examine(found)).toEqual({
      causes: [
        {
          weight: 15,
          subject: 'ds01-student.slice',
          message:
            'TasksMax of ds01-student.slice, ds01-student-100001.slice are not enforced: the controller pids is not enabled ' +
            'below /ds01.slice',
          evidence: [{ source: '/sys/fs/cgroup/ds01.slice/cgroup.subtree_control', figure: 'cpu memory' }],
          limit: { key: 'TasksMax', value: '65536', origin: 'policy', place: { file: 'groups/student.yaml', line: 3 } },
          wayOut:
            'as root: echo +pids > /sys/fs/cgroup/ds01.slice/cgroup.subtree_control; if the kernel refuses that, start the ' +
            'machine without cgroup_disable=pids',
        },
      ],
      saw: 'cpu, memory enabled for 2 slices with limits',
      unknown: [],
    });
  });

  it('are missing only below', () => {
    const { causes } = controllers.examine(machineWith({ [GROUP]: [] }, { resolved: MEMBERS }));
    expect(causes.map(({ subject, message, evidence }) => [subject, message, evidence[0]?.figure])).toEqual([
      [
        'ds01-student-100001.slice',
        'CPUQuota of ds01-student-100001.slice is not enforced: the controller cpu is not enabled below /ds01.slice/ds01-student.slice',
        'empty',
      ],
      [
        'ds01-student-100001.slice',
        'TasksMax of ds01-student-100001.slice is not enforced: the controller pids is not enabled below /ds01.slice/ds01-student.slice',
        'empty',
      ],
    ]);
  });

  it('are missing at the top, for several limits of one slice', () => {
    const limits = `${STUDENT}, cpu_weight: 50, memory_high: 24G, allowed_cpus: "0-3", io_weight: 50`;
    const resolved = resolvePolicy({
      'groups/student.yaml': groupText(`${limits}, io_read_bandwidth_max: { /dev/sda: 10M }`),
    });
    expect(controllers.examine(machineWith({}, { resolved, all: [aMeter(GROUP)] })).saw).toBe(
      'cpu, cpuset, io, memory, pids enabled for 1 slice with limits',
    );
    const found = machineWith({ '/': [] }, { resolved, all: [aMeter(GROUP)] });
    const { causes, saw } = controllers.examine(found);
    expect(saw).toBe('none enabled for 1 slice with limits');
    expect(causes.map(({ message }) => message)).toEqual([
      'CPUQuota, CPUWeight of ds01-student.slice are not enforced: the controller cpu is not enabled below /',
      'MemoryHigh, MemoryMax of ds01-student.slice are not enforced: the controller memory is not enabled below /',
      'TasksMax of ds01-student.slice is not enforced: the controller pids is not enabled below /',
      'IOWeight, IOReadBandwidthMax /dev/sda of ds01-student.slice are not enforced: the controller io is not enabled below /',
      'AllowedCPUs of ds01-student.slice is not enforced: the controller cpuset is not enabled below /',
    ]);
    expect(causes[0]?.evidence[0]?.source).toBe('/sys/fs/cgroup/cgroup.subtree_control');
  });

  it('cannot be told where a cgroup does not say', () => {
    const { machine, ...rest } = aCase({ all: [...METERS, aMeter(RESEARCHERS)] });
    const found = { ...rest, machine: { ...machine, controllers: new Map([['/', ALL]]) } };
    expect(controllers.examine(found)).toMatchObject({
      causes: [],
      unknown: [{ why: '/sys/fs/cgroup/ds01.slice/cgroup.subtree_control was not there, or could not be read' }],
    });
  });
});

describe('controllers of cgroup v1', () => {
  const v1 = (trees: readonly string[], resolved = resolvePolicy()): Case => {
    const found = machineWith({ '/': trees }, { resolved });
    return { ...found, machine: { ...found.machine, version: 'v1' } };
  };

  it('have a tree each', () => {
    expect(controllers.examine(v1(['cpu', 'memory', 'pids']))).toMatchObject({
      causes: [],
      saw: 'cpu, memory, pids enabled for 1 slice with limits',
    });
    expect(controllers.examine(v1(['cpu', 'memory'])).causes).toMatchObject([
      {
        message: 'TasksMax of ds01-student.slice is not enforced: the kernel has no tree of the controller pids',
        evidence: [{ source: '/sys/fs/cgroup', figure: 'trees of cpu, memory' }],
        wayOut: 'start the machine without cgroup_disable=pids, or with cgroup v2',
      },
    ]);
    expect(controllers.examine(v1([])).causes[0]?.evidence[0]?.figure).toBe('trees of no controller');
  });

  it('call io blkio, and are not asked for what v1 has no place for', () => {
    const limits = `${STUDENT}, memory_high: 24G, allowed_cpus: "0-3", io_weight: 50`;
    const resolved = resolvePolicy({
      'groups/student.yaml': groupText(`${limits}, io_write_bandwidth_max: { /dev/sda: 10M }`),
    });
    expect(controllers.examine(v1(['cpu', 'memory', 'pids', 'blkio'], resolved)).causes).toEqual([]);
    expect(controllers.examine(v1(['cpu', 'memory', 'pids', 'io'], resolved)).causes).toMatchObject([
      {
        message:
          'IOWriteBandwidthMax /dev/sda of ds01-student.slice is not enforced: the kernel has no tree of the controller blkio',
      },
    ]);
  });
});
