import { describe, expect, it } from 'vitest';
import type { Case } from '../../../scripts/diagnosis/case.ts';
import { systemd } from '../../../scripts/diagnosis/checks/systemd.ts';
import type { Told } from '../../../scripts/diagnosis/told.ts';
import { aCase, aMeter, FACTS, GROUP, told } from '../../support/case-fixture.ts';

const PLACE = { file: 'groups/student.yaml', line: 6 };
const HIGH = {
  key: 'MemoryHigh',
  wanted: '24G',
  slices: ['ds01-student.slice'],
  why: 'nothing in cgroup v1 says that it is enforced',
  place: PLACE,
};
const V2 = "systemd.unified_cgroup_hierarchy=1 on the kernel's command line starts the machine with cgroup v2";

function machineWith(
  unenforced: readonly NonNullable<Case['plan']['verified']>['unenforced'][number][],
  version: 'v1' | 'v2' = 'v2',
): Case {
  const found = aCase({ all: [aMeter(GROUP)] });
  const counts = { inKernel: { limits: 0, slices: 0 }, inSystemd: { limits: 0, slices: 0 } };
  const plan = { ...found.plan, verified: { unenforced, ...counts } };
  const handed = new Map(['/', '/ds01.slice'].map((path) => [path, ['cpu', 'memory', 'pids']]));
  return { ...found, plan, machine: { ...found.machine, version, controllers: handed } };
}

describe('systemd and cgroups', () => {
  it.each([
    [245, 'v2', []],
    [252, 'v2', []],
    [244, 'v2', ['systemd 244 is older than 245: ds01-policy does not support it']],
    [
      253,
      'v2',
      [
        'systemd 253 may read a changed limit without telling the kernel: ds01-policy apply sees to it, systemctl daemon-reload does not',
      ],
    ],
    [247, 'v1', [`cgroup v1 enforces no memory_high; ${V2}`]],
  ] as const)('%s with cgroup %s', (version, cgroups, notes) => {
    const found = aCase({ facts: { ...FACTS, systemd: told(version) } });
    expect(systemd.examine({ ...found, machine: { ...found.machine, version: cgroups } })).toEqual({
      causes: [],
      saw: `systemd ${version}, cgroup ${cgroups}`,
      notes,
      unknown: [],
    });
  });

  it.each([
    [{ kind: 'silent', why: 'systemctl did not answer within 3 s' }, [{ why: 'systemctl did not answer within 3 s' }]],
    [{ kind: 'silent', why: 'not allowed', wayOut: 'root sees it' }, [{ why: 'not allowed', wayOut: 'root sees it' }]],
    [{ kind: 'absent', why: 'systemctl is not installed' }, [{ why: 'systemctl is not installed' }]],
  ] as const satisfies readonly (readonly [Told<number>, unknown])[])('of which %j', (silent, unknown) => {
    expect(systemd.examine(aCase({ facts: { ...FACTS, systemd: silent } }))).toEqual({
      causes: [],
      saw: 'cgroup v2',
      notes: [],
      unknown,
    });
  });
});

describe('what they cannot do', () => {
  it('is told for each limit, with its line of policy', () => {
    const high = { ...HIGH, slices: ['ds01-student.slice', 'ds01-researcher.slice', 'ds01-old.slice'] };
    expect(systemd.examine(machineWith([high, { ...HIGH, key: 'IOWeight', wanted: '50' }], 'v1')).causes).toEqual([
      {
        weight: 12,
        subject: 'ds01-student.slice',
        message:
          'MemoryHigh 24G of ds01-student.slice and 2 more is not enforced: nothing in cgroup v1 says that it is enforced',
        evidence: [{ source: '/sys/fs/cgroup', figure: 'nothing in cgroup v1 says that it is enforced' }],
        limit: { key: 'MemoryHigh', value: '24G', origin: 'policy', place: PLACE },
        wayOut: `${V2}; or take the line out of policy`,
      },
      expect.objectContaining({
        message: expect.stringMatching(/^IOWeight 50 of ds01-student[.]slice is not enforced/),
      }),
    ]);
  });

  it('is little where a disk is not there', () => {
    const { place: _, ...nowhere } = HIGH;
    const rate = {
      ...nowhere,
      key: 'IOReadBandwidthMax /dev/sdz',
      wanted: '10M',
      why: 'there is no block device /dev/sdz',
    };
    expect(systemd.examine(machineWith([rate])).causes).toEqual([
      {
        weight: 5,
        subject: 'ds01-student.slice',
        message:
          'IOReadBandwidthMax /dev/sdz 10M of ds01-student.slice is not enforced: there is no block device /dev/sdz',
        evidence: [{ source: '/dev/sdz', figure: 'there is no block device /dev/sdz' }],
        limit: { key: 'IOReadBandwidthMax /dev/sdz', value: '10M', origin: 'policy' },
        wayOut: 'name a device that is there, or take the line out of policy',
      },
    ]);
  });

  it('is what this kernel has no file for', () => {
    const weight = { ...HIGH, key: 'MemorySwapMax', wanted: '1G', why: 'the kernel has no memory.swap.max here' };
    expect(systemd.examine(machineWith([weight])).causes).toMatchObject([
      {
        weight: 12,
        evidence: [
          { source: '/sys/fs/cgroup/ds01.slice/ds01-student.slice', figure: 'the kernel has no memory.swap.max here' },
        ],
        wayOut: 'use a kernel that can, or take the line out of policy',
      },
    ]);
    const gone = systemd.examine(machineWith([{ ...weight, slices: ['ds01-gone.slice'] }])).causes;
    expect(gone[0]?.evidence[0]?.source).toBe('/sys/fs/cgroup');
  });

  it('is left to the check of controllers where one of them is missing for all of the slices', () => {
    const found = machineWith([{ ...HIGH, key: 'TasksMax', wanted: '65536', why: 'the kernel has no pids.max here' }]);
    expect(systemd.examine(found).causes).toHaveLength(1);
    const missing = {
      ...found,
      machine: {
        ...found.machine,
        controllers: new Map([
          ['/', ['cpu', 'memory', 'pids']],
          ['/ds01.slice', []],
        ]),
      },
    };
    expect(systemd.examine(missing).causes).toEqual([]);
    const unenforced = [{ ...HIGH, key: 'TasksMax', slices: ['ds01-student.slice', 'ds01-other.slice'] }];
    const plan = { ...found.plan, verified: { ...found.plan.verified!, unenforced } };
    expect(systemd.examine({ ...missing, plan }).causes).toHaveLength(1);
  });
});
