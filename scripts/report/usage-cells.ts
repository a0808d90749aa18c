import type { CpuMeter } from '../diagnosis/meter.ts';
import type { UsageNode } from '../diagnosis/rank-usage.ts';
import type { Strain } from '../diagnosis/usage-strains.ts';

/** A figure of a table, and whether it is one that hurts. */
export interface UsageCell {
  readonly text: string;
  readonly strain?: Strain | undefined;
}

/** A column of figures. */
export interface UsageColumn {
  /** What stands above it, in two lines. */
  readonly head: readonly [string, string];
  /** Characters that it has at least: it should not jump from one look to the next. */
  readonly width: number;
  cell(node: UsageNode): UsageCell;
}

/** The columns: where there is no room for all of them, the last ones are left out first. */
export const USAGE_COLUMNS: readonly UsageColumn[] = [
  { head: ['CPU', 'cores/max'], width: 9, cell: ({ meter: { cpu } }) => ({ text: cpuText(cpu) }) },
  { head: ['MEMORY', 'held/max'], width: 9, cell: (node) => cell(node, 'memory', memoryText(node)) },
  { head: ['TASKS', 'now/max'], width: 9, cell: (node) => cell(node, 'tasks', tasksText(node)) },
  { head: ['THROT-', 'TLED'], width: 6, cell: (node) => cell(node, 'throttling', throttledText(node)) },
  waitColumn('cpu', 'cpu'),
  waitColumn('memory', 'mem'),
  waitColumn('io', 'io'),
];

function waitColumn(what: 'cpu' | 'memory' | 'io', short: string): UsageColumn {
  return {
    head: ['WAIT', short],
    width: 4,
    cell: (node) => {
      const waiting = node.meter.pressure?.[what];
      return cell(node, `${what}-wait`, waiting ? percent(waiting.some) : UNKNOWN);
    },
  };
}

/** What the kernel does not say, and a limit that is not set. */
const UNKNOWN = '-';

function cell({ strains }: UsageNode, what: Strain['what'], text: string): UsageCell {
  return { text, strain: strains.find((strain) => strain.what === what) };
}

function cpuText(cpu: CpuMeter | undefined): string {
  if (!cpu) return UNKNOWN;
  return `${cpu.cores.toFixed(1)}/${cpu.quota === undefined ? UNKNOWN : Number(cpu.quota.toFixed(2))}`;
}

function memoryText({ meter: { memory } }: UsageNode): string {
  if (!memory) return UNKNOWN;
  // A limit is mostly a whole number of something, and is read as such.
  return `${sizeText(memory.held)}/${memory.max === undefined ? UNKNOWN : sizeText(memory.max).replace('.0', '')}`;
}

function tasksText({ meter: { tasks } }: UsageNode): string {
  return tasks ? `${tasks.current}/${tasks.max ?? UNKNOWN}` : UNKNOWN;
}

function throttledText({ meter: { cpu } }: UsageNode): string {
  if (cpu?.quota === undefined || !cpu.throttling) return UNKNOWN;
  const { periods, throttled } = cpu.throttling;
  return percent(periods === 0 ? 0 : throttled / periods);
}

// Not all of it as long as there is a rest, and not nothing as long as there is something.
function percent(share: number): string {
  const whole = Math.round(share * 100);
  if (whole === 0 && share > 0) return '<1%';
  return `${share < 1 ? Math.min(whole, 99) : whole}%`;
}

const UNITS = ['B', 'K', 'M', 'G', 'T'];

/** Bytes with one decimal, in six characters at most. */
function sizeText(bytes: number): string {
  const index = UNITS.findIndex((_unit, power) => bytes < 999.95 * 1024 ** power);
  const unit = index === -1 ? UNITS.length - 1 : index;
  return unit === 0 ? `${Math.round(bytes)}B` : `${(bytes / 1024 ** unit).toFixed(1)}${UNITS[unit]}`;
}
