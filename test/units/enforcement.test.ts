import { describe, expect, it } from 'vitest';
import { type Verification, verify } from '../../scripts/units/enforcement.ts';
import { indexUnits, type UnitFile } from '../../scripts/units/layers.ts';
import { loadedSlices } from '../../scripts/units/live.ts';
import { cgroups, type Running, shownBlock } from '../support/live-survey.ts';
import { filesV1, filesV2, type Values } from '../support/printed-limits.ts';

const A = 'ds01-a.slice';
const PLACE = { file: 'groups/a.yaml', line: 3 };

interface Host {
  /** Files of ours by path, and those of others. */
  readonly ours?: Readonly<Record<string, string>>;
  readonly others?: Readonly<Record<string, string>>;
  readonly show: readonly string[];
  readonly running?: Readonly<Record<string, Running>>;
  readonly version?: 'v1' | 'v2';
}

function check({ ours = {}, others = {}, show, running = OTHER, version = 'v2' }: Host): Verification {
  const files = Object.entries({ ...others, ...ours }).map(([path, lines]): UnitFile => {
    return { path, text: `[Slice]\n${lines.replaceAll('; ', '\n')}\n` };
  });
  return verify([...loadedSlices(show.join('\n')).values()], {
    files: indexUnits(files),
    units: Object.keys(ours).filter((path) => !path.includes('/')),
    cgroup: cgroups(running, { version }),
    isOurs: (path) => path in ours,
    placeOf: (path, key) => (path in ours && key === 'TasksMax' ? PLACE : undefined),
  });
}

// Something of the site runs, but none of the slices that a test is about.
const OTHER = { 'ds01-other.slice': {} };

// A slice that runs, with these limits in the kernel.
function runs(values: Values, files: Readonly<Record<string, string>> = {}): Readonly<Record<string, Running>> {
  return { [A]: { files: { ...filesV2(values), ...files } } };
}

const TASKS: Values = { tasks_max: 512 };
const MORE: Values = { tasks_max: 65_536 };

describe('what systemd or the kernel does not show is not taken for a slice without limits', () => {
  it('a unit with a file of ours that systemd has not loaded, or says nothing of', () => {
    const ours = { [A]: '', [`${A}.d/50-ds01-policy.conf`]: 'TasksMax=512' };
    const missing = check({ ours, show: [] });
    expect(missing.drift).toEqual([
      {
        slice: A,
        key: 'LoadState',
        wanted: 'loaded',
        found: 'not shown',
        origin: 'not-loaded',
        action: 'reload',
        message: `LoadState of ${A} is not shown in systemd, and it has a unit file: systemd has not read it`,
        wayOut: 'apply has systemd read its files again',
      },
    ]);
    const masked = check({ ours, show: [shownBlock(A, TASKS, { LoadState: 'masked', ActiveState: 'inactive' })] });
    expect(masked.drift).toMatchObject([{ key: 'LoadState', found: 'masked' }]);
  });

  it('a site of which something runs, and the kernel shows nothing at all', () => {
    const [drift, ...others] = check({ show: [shownBlock(A, {}), shownBlock('ds01.slice', {})], running: {} }).drift;
    expect(others).toEqual([]);
    expect(drift).toMatchObject({ slice: A, key: 'ActiveState', origin: 'kernel', found: 'not shown' });
    expect(check({ show: [shownBlock(A, {}, { ActiveState: 'inactive' })], running: {} }).drift).toEqual([]);
  });
});

describe('a limit is verified', () => {
  it('in the kernel where its slice runs', () => {
    expect(check({ ours: { [A]: 'TasksMax=512' }, show: [shownBlock(A, TASKS)], running: runs(TASKS) })).toEqual({
      drift: [],
      unenforced: [],
      inKernel: { limits: 1, slices: 1 },
      inSystemd: { limits: 0, slices: 0 },
    });
  });

  it('in systemd where it does not: it has no cgroup then, or one that is going', () => {
    const ours = { [A]: 'TasksMax=512; MemoryMax=1G' };
    const values = { ...TASKS, memory_max: 2 ** 30 };
    const counts = { inKernel: { limits: 0, slices: 0 }, inSystemd: { limits: 2, slices: 1 }, drift: [] };
    expect(check({ ours, show: [shownBlock(A, values)] })).toMatchObject(counts);
    const inactive = shownBlock(A, values, { ActiveState: 'inactive' });
    expect(check({ ours, show: [inactive], running: runs(MORE) })).toMatchObject(counts);
  });

  it('in each slice that a file is for, and a slice without limits is not counted', () => {
    const [b, c] = ['ds01-a-b.slice', 'ds01-a-c.slice'];
    const result = check({
      ours: { 'ds01-a-.slice.d/50-ds01-policy.conf': 'TasksMax=512; IOWeight=50' },
      show: [shownBlock(A, {}), shownBlock(b, { ...TASKS, io_weight: 50 }), shownBlock(c, { ...TASKS, io_weight: 50 })],
      running: { ...runs({}), [b]: { files: filesV2({ ...TASKS, io_weight: 50 }) } },
    });
    expect(result).toEqual({
      drift: [],
      unenforced: [],
      inKernel: { limits: 2, slices: 1 },
      inSystemd: { limits: 2, slices: 1 },
    });
  });
});

describe('a limit that systemd does not hold as its files say', () => {
  it('is named with both values, the line of policy, and that systemd has not read its files', () => {
    const show = shownBlock(A, TASKS, { NeedDaemonReload: 'yes' });
    expect(check({ ours: { [A]: 'TasksMax=65536' }, show: [show], running: runs(TASKS) })).toMatchObject({
      drift: [
        {
          slice: A,
          key: 'TasksMax',
          origin: 'not-loaded',
          wanted: '65536',
          found: '512',
          place: PLACE,
          action: 'reload',
          message: `TasksMax of ${A} is 512 in systemd, its files say 65536: systemd has not read its files since they changed`,
          wayOut: 'apply has systemd read its files again',
        },
      ],
      inKernel: { limits: 0, slices: 0 },
    });
  });

  it('is named with the files that systemd read, where it has read all of them', () => {
    const files = { FragmentPath: `/etc/systemd/system/${A}`, DropInPaths: '/run/x/a.conf /run/x/b.conf' };
    const [read] = check({ ours: { [A]: 'MemoryMax=1G' }, show: [shownBlock(A, {}, files)] }).drift;
    expect(read?.message).toBe(
      `MemoryMax of ${A} is unlimited in systemd, its files say 1G: systemd read /etc/systemd/system/${A}, /run/x/a.conf, /run/x/b.conf`,
    );
    expect(read).not.toHaveProperty('place');
    const [none] = check({ ours: { [A]: 'MemoryMax=1G' }, show: [shownBlock(A, {})] }).drift;
    expect(none?.message).toMatch(/: systemd read no file$/);
  });

  it('is named where no file says anything at all', () => {
    const [drift, ...others] = check({
      show: [shownBlock(A, { io_write_bandwidth_max: new Map([['/dev/sda', 5e6]]) })],
    }).drift;
    expect(others).toEqual([]);
    expect(drift).toMatchObject({ key: 'IOWriteBandwidthMax /dev/sda', found: '5M' });
    expect(drift?.message).toContain('is 5M in systemd, its files set no limit: ');
    expect(drift).not.toHaveProperty('wanted');
  });

  it('is no other one where a line of the file is one that systemd ignores', () => {
    expect(check({ ours: { [A]: 'MemoryMax=32g' }, show: [shownBlock(A, {})], running: runs({}) }).drift).toEqual([]);
  });
});

describe('a limit that the kernel does not enforce as systemd holds it', () => {
  it('is named with the file of the cgroup, the values, and the line of policy', () => {
    const found = check({ ours: { [A]: 'TasksMax=65536' }, show: [shownBlock(A, MORE)], running: runs(TASKS) });
    expect(found).toMatchObject({
      drift: [
        {
          slice: A,
          key: 'TasksMax',
          origin: 'kernel',
          wanted: '65536',
          found: '512',
          place: PLACE,
          action: 'reload',
          message: `TasksMax of ${A} is 512 in the kernel, its files say 65536: somebody wrote to pids.max, or the kernel refused the value`,
        },
      ],
      inKernel: { limits: 0, slices: 0 },
    });
  });

  it('is named where no file limits it', () => {
    const [drift] = check({ show: [shownBlock(A, {})], running: runs(TASKS) }).drift;
    expect(drift?.message).toContain('is 512 in the kernel, its files set no limit: ');
  });

  it('is named for a device that no file speaks of', () => {
    const rates = {
      'io.max': '8:0 rbps=1000000 wbps=max riops=max wiops=max\n7:7 rbps=max wbps=9 riops=max wiops=max',
    };
    const values = { io_read_bandwidth_max: new Map([['/dev/sda', 1e6]]) };
    const ours = { [A]: 'IOReadBandwidthMax=/dev/sda 1M' };
    expect(check({ ours, show: [shownBlock(A, values)], running: runs({}, rates) }).drift).toMatchObject([
      { key: 'IOWriteBandwidthMax 7:7', origin: 'kernel', found: 'a limit' },
    ]);
    // Nothing is to be found in a slice that does not run.
    expect(check({ ours, show: [shownBlock(A, values)] }).drift).toEqual([]);
  });
});

describe('a limit that this machine cannot enforce', () => {
  it('is no drift: it is named once, with all slices that run with it', () => {
    const b = 'ds01-b.slice';
    const values: Values = { ...TASKS, memory_high: 2 ** 30 };
    const lines = 'TasksMax=512; MemoryHigh=1G';
    const result = check({
      ours: { [A]: lines, [b]: lines, 'ds01-c.slice': 'MemoryHigh=2G' },
      show: [shownBlock(A, values), shownBlock(b, values), shownBlock('ds01-c.slice', { memory_high: 2 ** 31 })],
      running: {
        [A]: { files: filesV1(values) },
        [b]: { files: filesV1(values) },
        'ds01-c.slice': { files: filesV1({}) },
      },
      version: 'v1',
    });
    expect(result).toEqual({
      drift: [],
      unenforced: [
        { key: 'MemoryHigh', wanted: '1G', slices: [A, b], why: 'nothing in cgroup v1 says that it is enforced' },
        {
          key: 'MemoryHigh',
          wanted: '2G',
          slices: ['ds01-c.slice'],
          why: 'nothing in cgroup v1 says that it is enforced',
        },
      ],
      inKernel: { limits: 2, slices: 2 },
      inSystemd: { limits: 0, slices: 0 },
    });
  });

  it('is named where the kernel has no such file, and where there is no such device', () => {
    const values: Values = { ...TASKS, io_read_bandwidth_max: new Map([['/dev/sdz', 1e6]]) };
    const running = { [A]: { files: {} } };
    const ours = { [A]: 'TasksMax=512; IOReadBandwidthMax=/dev/sdz 1M' };
    expect(check({ ours, show: [shownBlock(A, values)], running }).unenforced).toEqual([
      { key: 'TasksMax', wanted: '512', slices: [A], why: 'the kernel has no pids.max here', place: PLACE },
      { key: 'IOReadBandwidthMax /dev/sdz', wanted: '1M', slices: [A], why: 'there is no block device /dev/sdz' },
    ]);
  });
});

describe('a limit of somebody else’s file', () => {
  const others = { [`${A}.d/90-local.conf`]: 'TasksMax=10%; MemoryMax=8G' };

  it('is taken from systemd, whatever systemd makes of it, and is nothing that was verified', () => {
    const values: Values = { tasks_max: 1234, memory_max: 2 ** 33 };
    const result = check({
      ours: { [A]: 'TasksMax=512' },
      others,
      show: [shownBlock(A, values)],
      running: runs(values),
    });
    expect(result).toMatchObject({ drift: [], inKernel: { limits: 0, slices: 0 } });
  });

  it('is held against the kernel all the same', () => {
    const result = check({ others, show: [shownBlock(A, { tasks_max: 1234 })], running: runs({ tasks_max: 99 }) });
    expect(result.drift).toMatchObject([{ key: 'TasksMax', origin: 'kernel', wanted: '10%', found: '99' }]);
  });

  it('is no drift where what systemd shows cannot be compared', () => {
    const show = shownBlock(A, {}).replace('CPUWeight=[not set]', 'CPUWeight=idle');
    const running = runs({}, { 'cpu.weight': '0' });
    expect(check({ others: { [A]: 'CPUWeight=idle' }, show: [show], running }).drift).toEqual([]);
  });
});
