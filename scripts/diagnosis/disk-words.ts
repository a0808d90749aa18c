import type { Case } from './case.ts';

/** How a disk is called: `sda`, or its number where nobody knows its name. */
export function diskName(device: string, { machine }: Pick<Case, 'machine'>): string {
  return machine.disks.find((disk) => disk.device === device)?.name ?? device;
}

/** Bytes per second to the base 1000, as limits of disks count (systemd.resource-control(5)): `9.9M/s`. */
export function rateText(bytesPerSecond: number): string {
  const index = Math.min(Math.max(Math.floor(Math.log10(bytesPerSecond || 1) / 3), 0), UNITS.length - 1);
  return `${Number((bytesPerSecond / 1000 ** index).toFixed(1))}${UNITS[index]}/s`;
}

const UNITS = ['B', 'K', 'M', 'G', 'T'];
