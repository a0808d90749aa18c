import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMeters } from '../../scripts/diagnosis/read-meters.ts';
import { HostFailure } from '../../scripts/host/host-failure.ts';
import { look } from '../../scripts/host/look.ts';
import { lookAtUse } from '../../scripts/host/look-at-use.ts';
import { IN_MEMORY, temporaryFolder, unprivileged, writeFiles } from '../support/temporary-folder.ts';

const GROUP = 'ds01.slice/ds01-student.slice';
const PSI = 'some avg10=0.00 avg60=0.00 avg300=0.00 total=9\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=4';

const V2 = {
  ...{ 'cpu.max': '1600000 100000', 'cpu.pressure': PSI, 'cpu.stat': 'usage_usec 5\nnr_periods 4\nnr_throttled 3\n' },
  ...{ 'io.pressure': PSI, 'io.max': '8:0 rbps=1', 'io.stat': '8:0 rbytes=9', 'memory.current': '4096' },
  ...{ 'memory.events': 'high 1\nmax 2\noom_kill 3', 'memory.high': '8192', 'memory.max': '16384' },
  ...{ 'memory.pressure': PSI, 'memory.stat': 'file 9\nshmem 1', 'memory.swap.max': '1', 'pids.current': '7' },
  ...{ 'pids.events': 'max 1', 'pids.max': '9', 'pids.peak': '8' },
};

const V1 = {
  cpu: { 'cpu.cfs_period_us': '100000', 'cpu.cfs_quota_us': '200000', 'cpu.stat': 'nr_periods 4\nnr_throttled 3' },
  cpuacct: { 'cpuacct.usage': '5' },
  memory: {
    ...{ 'memory.failcnt': '1', 'memory.limit_in_bytes': '8192', 'memory.oom_control': 'oom_kill 2' },
    ...{ 'memory.stat': 'total_cache 9\ntotal_shmem 1', 'memory.usage_in_bytes': '4096' },
  },
  pids: { 'pids.current': '7', 'pids.events': 'max 1', 'pids.max': '9', 'pids.peak': '8' },
  blkio: { 'blkio.throttle.read_bps_device': '8:0 1' },
};

function cgroups(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder(IN_MEMORY);
  writeFiles(folder, files);
  return folder;
}

function below(folder: string, files: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
}

function v2(): string {
  return cgroups({ 'cgroup.controllers': '', ...below(GROUP, V2), ...below('system.slice/a.service', V2) });
}

function v1(): string {
  const trees = Object.entries(V1).map(([controller, files]) => below(`${controller}/${GROUP}`, files));
  const folder = cgroups(Object.assign({}, ...trees));
  mkdirSync(join(folder, 'systemd', GROUP), { recursive: true });
  return folder;
}

describe.each([
  ['v2', v2],
  ['v1', v1],
])('on cgroup %s', (version, make) => {
  it('all that says how much of its limits a cgroup uses is there', () => {
    const folder = make();
    const proc = temporaryFolder(IN_MEMORY);
    const [whole] = readMeters(look({ cgroups: folder, proc }), look({ cgroups: folder, proc }), 'ds01').slice(-1);
    const [use] = readMeters(
      lookAtUse(() => true, folder),
      lookAtUse(() => true, folder),
      'ds01',
    ).slice(-1);
    expect(whole).toMatchObject({ path: `/${GROUP}`, cpu: { quota: expect.any(Number) }, tasks: { peak: 8 } });
    // What was at some time, swap, and disks are nothing that it shows.
    const { peak, ...tasks } = whole!.tasks!;
    const { swapMax, ...memory } = whole!.memory!;
    expect(use).toEqual({ ...whole, tasks, memory, disks: [] });
    expect(lookAtUse(() => true, folder).version).toBe(version);
  });
});

it('of what nobody wants, only the name is there; of processes and the machine, nothing', () => {
  const before = performance.now();
  const { at, processes, proc, cgroups: found } = lookAtUse((path) => path.includes('student'), v2());
  expect(found.map(({ path, files }) => [path, files.size])).toEqual([
    ['/', 0],
    ['/ds01.slice', 0],
    ['/ds01.slice/ds01-student.slice', 13],
    ['/system.slice', 0],
    ['/system.slice/a.service', 0],
  ]);
  expect({ processes, proc }).toEqual({ processes: [], proc: new Map() });
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(performance.now());
});

it('a machine that cannot be looked at is a failure', () => {
  const folder = v2();
  chmodSync(join(folder, GROUP, 'cpu.stat'), 0);
  expect(() => unprivileged(() => lookAtUse(() => true, folder))).toThrow(HostFailure);
  expect(() => unprivileged(() => lookAtUse(() => true, folder))).toThrow(`look at ${folder}: EACCES`);
});
