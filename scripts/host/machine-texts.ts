import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { MachineTexts } from '../diagnosis/sighting.ts';
import { unlessGone } from './cgroup-tree.ts';
import { HostFailure } from './host-failure.ts';

/** Reads what does not change while somebody looks. `root` is the folder that has /sys and /dev. Throws HostFailure. */
export function readMachineTexts(root = '/'): MachineTexts {
  try {
    const blocks = join(root, 'sys/dev/block');
    const devices = unlessGone(() => readdirSync(blocks)) ?? [];
    return {
      cpus: countCpus(readFileSync(join(root, 'sys/devices/system/cpu/online'), 'utf8')),
      asRoot: process.geteuid?.() === 0,
      // Each is a link to the device's own folder: sysfs(5).
      devices: new Map(
        devices.flatMap((number) => {
          const target = unlessGone(() => readlinkSync(join(blocks, number)));
          return target === undefined ? [] : [[number, basename(target)] as const];
        }),
      ),
      nvidiaDevices: readdirSync(join(root, 'dev'))
        .filter((name) => name.startsWith('nvidia'))
        .sort(),
    };
  } catch (error) {
    throw new HostFailure('look at /sys and /dev', 'untouched', error);
  }
}

// As in `0-3,8-11`: cputopology of the kernel's documentation. Node's own count measures the clock of each CPU, too, which
// takes its time on large machines.
function countCpus(online: string): number {
  const ranges = online
    .trim()
    .split(',')
    .map((range) => range.split('-').map(Number));
  return ranges.reduce((sum, [first = Number.NaN, last = first]) => sum + last - first + 1, 0);
}
