import { expandCpuList, printValue } from '../policy/values.ts';

/**
 * What a limit amounts to. A number in the unit of its key (percent of one CPU, bytes, tasks, bytes per second), where
 * `Infinity` is no limit; or a set of CPUs, where `all` is no limit; or `incomparable`: a share of what the machine has, or
 * `CPUWeight=idle`.
 */
export type Measure = number | 'incomparable' | 'all' | ReadonlySet<number>;

/** What holds where no file says anything: a weight of 100 (Control Group v2, cpu.weight and io.weight), or no limit. */
export function defaultOf(key: string): Measure {
  if (key === 'AllowedCPUs') return 'all';
  return key.endsWith('Weight') ? 100 : Number.POSITIVE_INFINITY;
}

/** Whether two measures are the same limit. What cannot be compared is never known to be. */
export function isSame(a: Measure, b: Measure): boolean {
  if (typeof a === 'object' && typeof b === 'object') return a.size === b.size && [...a].every((cpu) => b.has(cpu));
  return a === b && a !== 'incomparable';
}

const MOST_CPUS = 8192;

/** A set of CPUs as systemd and the kernel write it, in any order, with commas or spaces; empty for all; else `NaN`. */
export function readCpuSet(text: string): Measure {
  const ranges = text.split(/[\s,]+/).filter((range) => range !== '');
  if (ranges.length === 0) return 'all';
  if (!ranges.every((range) => /^[0-9]{1,4}(-[0-9]{1,4})?$/.test(range))) return Number.NaN;
  // systemd passes over a range that falls, and can name so many CPUs.
  const cpus = ranges.filter(isRising).flatMap(expandCpuList);
  return cpus.length > 0 && Math.max(...cpus) < MOST_CPUS ? new Set(cpus) : Number.NaN;
}

function isRising(range: string): boolean {
  const [first = 0, last = first] = range.split('-').map(Number);
  return first <= last;
}

/** A measure as a unit file would say it; `infinity` for no limit. */
export function measureText(key: string, measure: Measure): string {
  if (measure === 'all' || measure === Number.POSITIVE_INFINITY) return 'infinity';
  if (typeof measure === 'object') return rangesOf(measure);
  if (typeof measure === 'string') return measure;
  if (key === 'CPUQuota') return `${measure}%`;
  if (key.startsWith('Memory')) return printValue('size', measure);
  return key.startsWith('IO') && key.includes(' ') ? printBandwidth(measure) : String(measure);
}

// To the base 1000: systemd.resource-control(5), IOReadBandwidthMax=.
function printBandwidth(bytes: number): string {
  const [unit, factor] = RATES.find(([, size]) => bytes >= size && Number.isInteger(bytes / size)) ?? ['', 1];
  return `${bytes / factor}${unit}`;
}

const RATES = [
  ['T', 1e12],
  ['G', 1e9],
  ['M', 1e6],
  ['K', 1e3],
] as const;

function rangesOf(cpus: ReadonlySet<number>): string {
  const ranges: [number, number][] = [];
  for (const cpu of [...cpus].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === cpu - 1) last[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(' ');
}
