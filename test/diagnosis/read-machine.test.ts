import { describe, expect, it } from 'vitest';
import { readMachine } from '../../scripts/diagnosis/read-machine.ts';
import { aSighting, type Texts } from '../support/looks.ts';

function machineOf(before: Texts, after: Texts, more: Parameters<typeof aSighting>[2] = {}) {
  return readMachine(aSighting({ proc: before }, { proc: after }, more));
}

it('has so many CPUs, so much memory and so many tasks', () => {
  const proc = {
    meminfo: 'MemTotal:       527987076 kB\nMemFree:        1 kB',
    ...{ 'sys/kernel/pid_max': '4194304', 'sys/kernel/threads-max': '4124000' },
  };
  expect(machineOf(proc, proc, { cpus: 128, asRoot: false })).toEqual({
    ...{ version: 'v2', cpus: 128, memory: 527_987_076 * 1024, tasks: 4_124_000, asRoot: false, pressure: {} },
    ...{ disks: [], hasGpu: false, controllers: new Map() },
  });
});

it('has as many tasks as the kernel has numbers for, or threads: whichever is less, or known', () => {
  expect(machineOf({}, { 'sys/kernel/pid_max': '32768', 'sys/kernel/threads-max': '90000' }).tasks).toBe(32_768);
  expect(machineOf({}, { 'sys/kernel/threads-max': '90000', 'sys/kernel/pid_max': 'x' }).tasks).toBe(90_000);
});

it('has no figures that the kernel does not say', () => {
  const machine = machineOf({}, { meminfo: 'MemFree: 1 kB' });
  expect(machine).not.toHaveProperty('memory');
  expect(machine).not.toHaveProperty('tasks');
  expect(machine.pressure).toEqual({});
});

it('waits for what is asked for by too many', () => {
  const psi = (some: number, full: number) => `some avg10=0.00 total=${some}\nfull avg10=0.00 total=${full}`;
  const before = { 'pressure/cpu': psi(1_000_000, 0), 'pressure/memory': psi(0, 0), 'pressure/io': psi(0, 0) };
  const after = {
    'pressure/cpu': psi(3_500_000, 0),
    'pressure/memory': psi(500_000, 250_000),
    'pressure/io': psi(5, 0),
  };
  expect(machineOf(before, after).pressure).toEqual({
    ...{ cpu: { some: 0.5, full: 0 }, memory: { some: 0.1, full: 0.05 }, io: { some: 1e-6, full: 0 } },
  });
});

describe('disks', () => {
  const line = (number: string, name: string, busy: number) =>
    `   ${number} ${name} 1 2 3 4 5 6 7 8 0 ${busy} 11 12 13 14`;
  const devices = new Map(
    [
      ...(['8:0 sda', '8:1 sda1', '8:16 sdb', '259:0 nvme0n1', '259:1 nvme0n1p1', '253:0 dm-0', '9:0 md0'] as const),
      ...([
        '7:0 loop0',
        '7:1 loop1',
        '11:0 sr0',
        '179:0 mmcblk0',
        '179:1 mmcblk0p1',
        '254:0 vda',
        '254:1 vda1',
      ] as const),
    ].map((pair) => pair.split(' ') as [string, string]),
  );
  const textOf = (busy: (index: number) => number) => {
    return [...devices]
      .map(([number, name], index) => line(number.replace(':', '       '), name, busy(index)))
      .join('\n');
  };

  it('are whole ones, with the share of the window in which they had something to do', () => {
    const before = { diskstats: textOf(() => 1000) };
    const after = { diskstats: textOf((index) => 1000 + (index === 7 ? 5001 : index * 250)) };
    expect(machineOf(before, after, { devices }).disks).toEqual([
      { device: '8:0', name: 'sda', busy: 0 },
      { device: '8:16', name: 'sdb', busy: 0.1 },
      { device: '259:0', name: 'nvme0n1', busy: 0.15 },
      { device: '253:0', name: 'dm-0', busy: 0.25 },
      { device: '9:0', name: 'md0', busy: 0.3 },
      { device: '7:0', name: 'loop0', busy: 1 },
      { device: '7:1', name: 'loop1', busy: 0.4 },
      { device: '11:0', name: 'sr0', busy: 0.45 },
      { device: '179:0', name: 'mmcblk0', busy: 0.5 },
      { device: '254:0', name: 'vda', busy: 0.6 },
    ]);
  });

  it('are told where they do nothing, but not all that could be one', () => {
    const idle = { diskstats: textOf(() => 1000) };
    const names = machineOf(idle, idle, { devices }).disks.map(({ name }) => name);
    expect(names).toEqual(['sda', 'sdb', 'nvme0n1', 'dm-0', 'md0', 'mmcblk0', 'vda']);
  });

  it('have a name', () => {
    expect(machineOf({}, { diskstats: line('8       0', 'sda', 9) }).disks).toEqual([]);
  });

  it('of which an older kernel says no more than it counts are disks, too', () => {
    const machine = machineOf({}, { diskstats: '   8       0 sda 1 2 3 4 5 6 7 8 0 2500 11' }, { devices });
    expect(machine.disks).toEqual([{ device: '8:0', name: 'sda', busy: 0.5 }]);
  });
});

it('has a GPU if there is a device for one, and not for the driver alone', () => {
  expect(machineOf({}, {}, { nvidiaDevices: ['nvidia-uvm', 'nvidiactl', 'nvidia0'] }).hasGpu).toBe(true);
  expect(machineOf({}, {}, { nvidiaDevices: ['nvidia-uvm', 'nvidiactl', 'nvidia-caps'] }).hasGpu).toBe(false);
});

describe('controllers', () => {
  it('are those that a cgroup hands on', () => {
    const cgroups = {
      '/': { 'cgroup.subtree_control': 'cpu io memory pids' },
      '/a': { 'cgroup.subtree_control': '' },
      '/b': {},
    };
    expect(readMachine(aSighting({}, { cgroups })).controllers).toEqual(
      new Map([
        ['/', ['cpu', 'io', 'memory', 'pids']],
        ['/a', []],
      ]),
    );
  });

  it('of cgroup v1 are those that have a tree', () => {
    const cgroups = { '/': { 'memory.stat': '' }, '/a': { 'pids.max': 'max', 'cpu.stat': '', 'cpu.shares': '1024' } };
    const machine = readMachine(aSighting({ version: 'v1' }, { version: 'v1', cgroups }));
    expect([machine.version, machine.controllers]).toEqual(['v1', new Map([['/', ['cpu', 'memory', 'pids']]])]);
  });
});
