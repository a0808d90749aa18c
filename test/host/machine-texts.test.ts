import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { HostFailure } from '../../scripts/host/host-failure.ts';
import { readMachineTexts } from '../../scripts/host/machine-texts.ts';
import { IN_MEMORY, temporaryFolder, unprivileged, writeFiles } from '../support/temporary-folder.ts';

const ONLINE = 'sys/devices/system/cpu/online';

function machine(files: Readonly<Record<string, string>>, devices: Readonly<Record<string, string>> = {}): string {
  const root = temporaryFolder(IN_MEMORY);
  writeFiles(root, { 'dev/null': '', ...files });
  mkdirSync(join(root, 'sys/dev/block'), { recursive: true });
  for (const [number, target] of Object.entries(devices)) symlinkSync(target, join(root, 'sys/dev/block', number));
  return root;
}

it.each([
  ['0\n', 1],
  ['0-1\n', 2],
  ['0-127\n', 128],
  ['0,2-5,8\n', 6],
])('CPUs that are online are counted: %j are %d', (online, cpus) => {
  expect(readMachineTexts(machine({ [ONLINE]: online })).cpus).toBe(cpus);
});

it('disks have names, and what is NVIDIA’s is seen', () => {
  const devices = { '8:0': '../../devices/pci/block/sda', '259:1': '../../block/nvme0n1/nvme0n1p1' };
  const files = { [ONLINE]: '0', 'dev/nvidiactl': '', 'dev/nvidia0': '', 'dev/nvidia-caps/x': '', 'dev/xnvidia1': '' };
  expect(readMachineTexts(machine(files, devices))).toMatchObject({
    devices: new Map([
      ['259:1', 'nvme0n1p1'],
      ['8:0', 'sda'],
    ]),
    nvidiaDevices: ['nvidia-caps', 'nvidia0', 'nvidiactl'],
  });
});

it('a machine without disks has none', () => {
  const root = temporaryFolder(IN_MEMORY);
  writeFiles(root, { 'dev/null': '', [ONLINE]: '0' });
  expect(readMachineTexts(root)).toMatchObject({ devices: new Map(), nvidiaDevices: [] });
});

it('a machine that does not show its CPUs cannot be looked at', () => {
  expect(() => readMachineTexts(machine({}))).toThrow(HostFailure);
  expect(() => readMachineTexts(machine({}))).toThrow(/^look at [/]sys and [/]dev: ENOENT/);
});

it('this machine has CPUs, and knows who asks', () => {
  expect(readMachineTexts().cpus).toBeGreaterThan(0);
  expect(unprivileged(() => readMachineTexts()).asRoot).toBe(false);
  expect(readMachineTexts().asRoot).toBe(process.getuid?.() === 0);
});
