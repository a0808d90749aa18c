import { describe, expect, it } from 'vitest';
import type { Focus, Machine } from '../../../scripts/diagnosis/case.ts';
import { disk } from '../../../scripts/diagnosis/checks/disk.ts';
import type { DiskMeter, Meter } from '../../../scripts/diagnosis/meter.ts';
import { entitlementOf } from '../../../scripts/policy/resolve.ts';
import {
  ACCOUNT,
  aCase,
  aContainer,
  aMeter,
  aSource,
  type CaseParts,
  CONTAINER,
  CONTAINER_ID,
  GROUP,
  SITE,
  told,
} from '../../support/case-fixture.ts';
import { resolvePolicy } from '../../support/resolve-policy.ts';

const OTHER = `${GROUP}/ds01-student-100002.slice`;
const COUNTED = new Map([
  ['/', ['cpu', 'io']],
  [SITE, ['cpu', 'io']],
  [GROUP, ['cpu', 'io']],
]);
const SDA = { device: '8:0', name: 'sda', busy: 0.12 };
const FOCUS: Focus = { kind: 'account', entitlement: entitlementOf(resolvePolicy(), '100001') };

function uses(more: Partial<DiskMeter> = {}): readonly DiskMeter[] {
  return [{ device: '8:0', read: 0, write: 0, ...more }];
}

function waits(some: number): Pick<Meter, 'pressure'> {
  return { pressure: { io: { some, full: some / 2 } } };
}

function examine(meters: readonly Meter[], { machine, ...more }: CaseParts = {}) {
  return disk.examine(aCase({ meters, machine: { disks: [SDA], controllers: COUNTED, ...machine }, ...more }));
}

/** A disk that is busy, and how much the machine's programs wait for it. */
function busy(share: number, some: number | undefined): Partial<Machine> {
  return { disks: [{ ...SDA, busy: share }], pressure: some === undefined ? {} : { io: { some, full: 0 } } };
}

describe('a rate that policy limits', () => {
  const writing = aMeter(GROUP, { disks: uses({ write: 9_900_000, writeMax: 10_000_000 }), ...waits(1) });
  const source = aSource({
    ...{ key: 'IOWriteBandwidthMax /dev/sda', value: '10M', place: { file: 'groups/student.yaml', line: 9 } },
    owner: { name: 'student', scope: 'per_group' },
  });

  it('is named with what was read, whose it is, and what would help', () => {
    const asked: string[] = [];
    const sourceOf = ({ name }: Meter, key: string) => {
      asked.push(`${name} ${key}`);
      return source;
    };
    expect(examine([writing], { sourceOf }).causes).toEqual([
      {
        weight: 89,
        subject: 'ds01-student.slice',
        message:
          'ds01-student.slice (everybody in the group together) writes 9.9M/s to sda, and may write 10M/s: its programs waited for disks 100 % of the time',
        evidence: [
          { source: `/sys/fs/cgroup${GROUP}/io.stat`, figure: '8:0 write 9.9M/s in 5.0 s' },
          { source: `/sys/fs/cgroup${GROUP}/io.max`, figure: '8:0 wbps=10000000' },
          { source: `/sys/fs/cgroup${GROUP}/io.pressure`, figure: 'some 100 %' },
        ],
        limit: {
          key: 'IOWriteBandwidthMax /dev/sda',
          value: '10M',
          origin: 'policy',
          place: { file: 'groups/student.yaml', line: 9 },
        },
        wayOut: 'ds01-policy set-limit student per_group.io_write_bandwidth_max 20M --device /dev/sda --reason TEXT',
      },
    ]);
    expect(asked).toEqual(['ds01-student.slice IOWriteBandwidthMax 8:0']);
  });

  it('is that of reading, where that is what is limited', () => {
    const reading = aMeter(ACCOUNT, { disks: uses({ read: 5e6, readMax: 5e6, write: 1e9 }) });
    const [cause, ...more] = examine([reading]).causes;
    expect(more).toEqual([]);
    expect(cause).toMatchObject({
      weight: 70,
      message: "ds01-student-100001.slice (all of the account's work together) reads 5M/s from sda, and may read 5M/s",
      evidence: [{ figure: '8:0 read 5M/s in 5.0 s' }, { figure: '8:0 rbps=5000000' }],
      limit: { key: 'IOReadBandwidthMax 8:0', value: '5M' },
    });
  });

  it('is in files of its own on cgroup v1, which does not say who waits', () => {
    const reading = aMeter(ACCOUNT, { disks: uses({ read: 5e6, readMax: 5e6, write: 6e6, writeMax: 6e6 }) });
    const { causes } = examine([reading], { machine: { version: 'v1', controllers: new Map([['/', ['blkio']]]) } });
    expect(causes.map(({ evidence }) => evidence)).toEqual([
      [
        {
          source: `/sys/fs/cgroup/blkio${ACCOUNT}/blkio.throttle.io_service_bytes`,
          figure: '8:0 read 5M/s in 5.0 s',
        },
        { source: `/sys/fs/cgroup/blkio${ACCOUNT}/blkio.throttle.read_bps_device`, figure: '8:0 5000000' },
      ],
      [
        {
          source: `/sys/fs/cgroup/blkio${ACCOUNT}/blkio.throttle.io_service_bytes`,
          figure: '8:0 write 6M/s in 5.0 s',
        },
        { source: `/sys/fs/cgroup/blkio${ACCOUNT}/blkio.throttle.write_bps_device`, figure: '8:0 6000000' },
      ],
    ]);
  });

  it('counts from nine tenths of it on, and more the longer programs wait', () => {
    const at = (write: number, some: number) => {
      const meter = aMeter(GROUP, { disks: uses({ write, writeMax: 1000 }), ...waits(some) });
      return examine([meter]).causes.map(({ weight }) => weight);
    };
    expect(at(899, 1)).toEqual([]);
    expect(at(900, 1)).toEqual([89]);
    expect(at(900, 0.5)).toEqual([70]);
    expect(at(900, 0.1)).toEqual([50]);
    expect(at(900, 0.09)).toEqual([]);
  });

  it('is good to know where nothing waits for it', () => {
    const meter = aMeter(GROUP, { disks: uses({ write: 950, writeMax: 1000 }), ...waits(0) });
    expect(examine([meter]).notes).toEqual([
      'ds01-student.slice (everybody in the group together) writes 950B/s to sda, and may write 1K/s; hardly anything waits for it',
    ]);
    expect(examine([writing]).notes).toEqual([]);
  });

  it('is good to know, too, where only others wait for it', () => {
    const reached = aMeter(GROUP, { disks: uses({ write: 10e6, writeMax: 10e6 }), ...waits(0.9) });
    const answer = (some: number) => examine([reached, aMeter(ACCOUNT, waits(some))], { focus: FOCUS });
    expect(answer(0.019).causes).toEqual([]);
    expect(answer(0.019).notes).toHaveLength(1);
    expect(answer(0.02).causes).toHaveLength(1);
    expect(answer(0.02).notes).toEqual([]);
    // Where nobody knows who waits, it may be anybody.
    expect(examine([reached, aMeter(ACCOUNT)], { focus: FOCUS }).causes).toHaveLength(1);
  });

  it('is told of each cgroup that has reached one, the longest wait first, with the number of a disk without a name', () => {
    const other = aMeter(OTHER, { disks: [{ device: '259:0', read: 10, write: 0, readMax: 10 }], ...waits(0.6) });
    const { causes } = examine([other, writing]);
    expect(causes.map(({ subject }) => subject)).toEqual(['ds01-student.slice', 'ds01-student-100002.slice']);
    expect(causes[1]?.message).toContain('reads 10B/s from 259:0, and may read 10B/s');
  });
});

describe('a disk that can do no more', () => {
  const students = [
    aMeter(SITE, { disks: uses({ read: 9e9, write: 9e9 }) }),
    aMeter(GROUP, { disks: uses({ read: 9e9, write: 9e9 }) }),
    aMeter(ACCOUNT, { disks: uses({ read: 150e6, write: 3e6 }) }),
    aMeter(CONTAINER, { disks: uses({ read: 150e6, write: 3e6 }) }),
    aMeter(OTHER, { disks: uses({ read: 1e6, write: 200e6 }) }),
    aMeter(`${GROUP}/ds01-student-100003.slice`, { disks: uses() }),
  ];
  const facts = { containers: told([aContainer()]) };
  const tail = 'what is done outside of ds01.slice is only known of containers';

  it('is named with those who use it most', () => {
    expect(examine(students, { machine: busy(0.97, 0.6), facts }).causes).toEqual([
      {
        weight: 42,
        subject: 'sda',
        message:
          'sda was busy 97 % of the time: ds01-student-100002.slice reads 1M/s and writes 200M/s; ' +
          `container train of 100001@hertie-school.lan reads 150M/s and writes 3M/s; ${tail}`,
        evidence: [
          { source: '/proc/diskstats', figure: 'sda (8:0) busy in 97 % of 5.0 s' },
          { source: '/proc/pressure/io', figure: 'some 60 %' },
          { source: `/sys/fs/cgroup${OTHER}/io.stat`, figure: '8:0 read 1M/s, write 200M/s' },
          { source: `/sys/fs/cgroup${CONTAINER}/io.stat`, figure: '8:0 read 150M/s, write 3M/s' },
        ],
        wayOut:
          'limit what each account of the group may do at most: ds01-policy set-limit student per_member.io_write_bandwidth_max RATE --device /dev/sda --reason TEXT; or keep the data on another disk',
      },
    ]);
  });

  it('counts from nine tenths of the time on, if somebody waits for it', () => {
    const at = (share: number, some: number | undefined) => {
      return examine([], { machine: busy(share, some) }).causes.map(({ weight }) => weight);
    };
    expect(at(0.89, 1)).toEqual([]);
    expect(at(0.9, 1)).toEqual([49]);
    expect(at(0.9, 0.1)).toEqual([32]);
    expect(at(0.9, 0.09)).toEqual([]);
    expect(at(0.9, undefined)).toEqual([35]);
    expect(examine([], { machine: busy(0.9, 0.09) }).notes).toEqual([
      'sda was busy 90 % of the time; hardly anything waits for it',
    ]);
    expect(examine([], { machine: busy(0.9, 1) }).notes).toEqual([]);
  });

  it('is somebody else, where nobody of the site uses it', () => {
    const [cause] = examine([aMeter(GROUP)], { machine: busy(1, undefined) }).causes;
    expect(cause?.message).toBe(`sda was busy 100 % of the time: no program in ds01.slice uses it; ${tail}`);
    expect(cause?.evidence).toEqual([{ source: '/proc/diskstats', figure: 'sda (8:0) busy in 100 % of 5.0 s' }]);
    expect(cause?.wayOut).toBe('as root, iotop or pidstat -d 5 shows who it is');
  });

  it('is one cause with the disks below it', () => {
    const disks = [
      { ...SDA, busy: 0.91 },
      { device: '253:0', name: 'dm-0', busy: 0.99 },
    ];
    const users = [aMeter(OTHER, { disks: [...uses({ read: 5e6 }), { device: '253:0', read: 4e6, write: 2e6 }] })];
    const { causes } = examine(users, { machine: { disks, pressure: {} } });
    expect(causes.map(({ subject }) => subject)).toEqual(['dm-0']);
    expect(causes[0]?.message).toBe(
      `dm-0 was busy 99 % of the time, sda 91 %: ds01-student-100002.slice reads 4M/s and writes 2M/s; ${tail}`,
    );
    expect(causes[0]?.wayOut).toContain('per_member.io_read_bandwidth_max RATE --device /dev/dm-0');
  });

  it('shows the three that use it most, of that disk only', () => {
    const users = [1, 2, 3, 4, 5].map((number) => {
      const device = number === 5 ? '8:16' : '8:0';
      return aMeter(`${GROUP}/ds01-student-10000${number}.slice`, {
        disks: [{ device, read: number * 1e6, write: 0 }],
      });
    });
    const [cause] = examine(users, { machine: busy(1, 1) }).causes;
    expect(cause?.message.match(/10000[0-9]/g)).toEqual(['100004', '100003', '100002']);
  });

  it('is counted in another file on cgroup v1', () => {
    const machine = { ...busy(1, undefined), version: 'v1', controllers: new Map([['/', ['blkio']]]) } as const;
    const [cause] = examine([aMeter(OTHER, { disks: uses({ write: 1 }) })], { machine }).causes;
    expect(cause?.evidence[1]?.source).toBe(`/sys/fs/cgroup/blkio${OTHER}/blkio.throttle.io_service_bytes`);
  });

  it('is no reason for whoever does not wait for it', () => {
    const asked = (account: number, container: number) => {
      const meters = [
        aMeter(GROUP, waits(1)),
        aMeter(ACCOUNT, waits(account)),
        aMeter(CONTAINER, waits(container)),
        aMeter(OTHER),
      ];
      return examine(meters, { focus: FOCUS, machine: busy(1, 1) });
    };
    expect(asked(0.05, 0.05).causes).toEqual([]);
    const [cause] = asked(0.3, 0.4).causes;
    expect(cause?.weight).toBe(38);
    expect(cause?.evidence[1]).toEqual({ source: `/sys/fs/cgroup${CONTAINER}/io.pressure`, figure: 'some 40 %' });
  });

  it('is not to be limited for the one who asks, nor for one that is in nobody’s slice', () => {
    const machine = busy(1, undefined);
    const ways = (meter: Meter, more: CaseParts = {}) => examine([meter], { machine, ...more }).causes[0]?.wayOut;
    const own = aMeter(CONTAINER, { disks: uses({ write: 1 }) });
    const less = 'read and write less at the same time, or keep the data on another disk';
    expect(ways(own, { focus: FOCUS })).toBe(less);
    expect(ways(own, { focus: { kind: 'container', id: CONTAINER_ID } })).toContain('ds01-policy set-limit student');
    expect(ways(aMeter(`/docker/${CONTAINER_ID}`, { disks: uses({ write: 1 }) }))).toBe(less);
    const disks = [{ ...SDA, name: 'a b; rm', busy: 1 }];
    expect(ways(own, { machine: { disks, pressure: {} } })).toBe(less);
  });
});

describe('what was seen', () => {
  it.each([
    ['nothing at all', [], {}],
    ['a limit that is far', [aMeter(GROUP, { disks: uses({ write: 10, writeMax: 1000 }), ...waits(1) })], {}],
    ['much use without a limit', [aMeter(GROUP, { disks: uses({ write: 1e9, read: 1e9 }), ...waits(0.5) })], {}],
    ['a disk that is in use', [], { machine: { disks: [{ ...SDA, busy: 0.89 }] } }],
    ['somebody who waits for another machine', [aMeter(GROUP, waits(1))], {}],
  ] as readonly (readonly [string, readonly Meter[], CaseParts])[])('is no reason: %s', (_name, meters, more) => {
    const { causes, notes, unknown } = examine(meters, more);
    expect([causes, notes, unknown]).toEqual([[], [], []]);
  });

  it('is the busiest disk', () => {
    const disks = [SDA, { device: '8:16', name: 'sdb', busy: 0.3 }];
    expect(examine([], { machine: { disks } }).saw).toBe('the busiest is sdb, in 30 % of 5.0 s');
    expect(examine([], { machine: { disks: [] } }).saw).toBe('the kernel shows no disk');
  });
});

describe('what the kernel does not count', () => {
  const way = 'ds01-policy apply writes slices in which it is counted';

  it('is said, with the cgroup that does not hand the controller on', () => {
    const controllers = new Map([...COUNTED, [SITE, ['cpu']]]);
    expect(examine([aMeter(SITE), aMeter(GROUP), aMeter(ACCOUNT)], { machine: { controllers } }).unknown).toEqual([
      {
        why: 'the kernel does not count who uses disks below /ds01.slice: no io in /sys/fs/cgroup/ds01.slice/cgroup.subtree_control',
        wayOut: way,
      },
    ]);
    expect(examine([aMeter(SITE)], { machine: { controllers: new Map() } }).unknown).toEqual([
      {
        why: 'the kernel does not count who uses disks below /: no io in /sys/fs/cgroup/cgroup.subtree_control',
        wayOut: way,
      },
    ]);
  });

  it('is only asked where nothing was counted, and not of containers', () => {
    const controllers = new Map([['/', ['io']]]);
    expect(examine([aMeter(GROUP, { disks: uses() })], { machine: { controllers } }).unknown).toEqual([]);
    expect(examine([aMeter(CONTAINER), aMeter(`${ACCOUNT}/a.scope`)], { machine: { controllers } }).unknown).toEqual(
      [],
    );
  });

  it('is a tree of its own on cgroup v1', () => {
    const machine = { version: 'v1', controllers: new Map([['/', ['cpu']]]) } as const;
    expect(examine([aMeter(GROUP)], { machine }).unknown).toEqual([
      { why: 'the kernel does not count who uses disks: the controller blkio is not there' },
    ]);
    expect(examine([], { machine }).unknown).toEqual([]);
  });
});
