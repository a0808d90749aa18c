import type { Kind, KindValues } from './kinds.ts';
import { UNLIMITED } from './unlimited.ts';
import { repairCount, repairDuration, repairPercent, repairSize } from './value-repair.ts';

/** How one kind of value is written in policy. */
export interface Grammar<V> {
  /** Completes the sentence `"32g" is not …`. */
  readonly noun: string;
  /** The value, or undefined if it is not in the grammar. */
  read(raw: unknown): V | undefined;
  /** How the value is spelled in policy: in the largest unit of all equal spellings. */
  print(value: V): string;
  /** What somebody most likely meant by a spelling that is not in the grammar. */
  repair(text: string): string | undefined;
}

// What the kernel can count at most (PID_MAX_LIMIT, proc_sys_kernel(5)): a larger limit would never bite.
const MOST_TASKS = 4_194_304;
const MOST_OF_ANYTHING = 100_000;
const SIZE_UNITS = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 } as const;
const RATE_UNITS = { K: 1e3, M: 1e6, G: 1e9, T: 1e12 } as const;
const DURATION_UNITS = { s: 1, min: 60, h: 3600, d: 86_400 } as const;
const SIZE = /^([1-9][0-9]{0,5}(?:[.](?:5|25|75))?)([KMGT])$/;
const DEVICE = /^\/dev(\/[A-Za-z0-9_][A-Za-z0-9_.:-]*)+$/;

/** The grammar of each kind; schemas/limits.schema.json says the same in patterns. */
export const GRAMMARS: { readonly [K in Kind]: Grammar<KindValues[K]> } = {
  percent: {
    noun: `a share of CPUs: whole percent of one CPU, as in 1600% for 16 cores, or ${UNLIMITED}`,
    read: orUnlimited((raw) => matched(raw, /^([1-9][0-9]{0,6})%$/, ([, number]) => Number(number))),
    print: (value) => orWord(value, `${value}%`),
    repair: repairPercent,
  },
  size: {
    noun: `a size: a whole number, or quarters, with K, M, G or T, as in 32G or 1.5T, or ${UNLIMITED}`,
    read: orUnlimited((raw) => matched(raw, SIZE, ([, number, unit]) => Number(number) * SIZE_UNITS[unit as 'K'])),
    print: (value) => orWord(value, printUnits(value, SIZE_UNITS, 4)),
    repair: repairSize,
  },
  tasks: {
    noun: `a number of tasks: a whole number from 1 to 4194304, or ${UNLIMITED}`,
    read: orUnlimited((raw) => (isIntegerIn(raw, 1, MOST_TASKS) ? raw : undefined)),
    print: (value) => orWord(value, String(value)),
    repair: (text) => (text === '0' ? undefined : repairCount(text, MOST_TASKS)),
  },
  count: {
    noun: `a whole number from 0 to 100000, or ${UNLIMITED}`,
    // `-0` is a number, too.
    read: orUnlimited((raw) => (isIntegerIn(raw, 0, MOST_OF_ANYTHING) ? Math.abs(raw) : undefined)),
    print: (value) => orWord(value, String(value)),
    repair: (text) => repairCount(text, MOST_OF_ANYTHING),
  },
  weight: {
    noun: 'a weight: a whole number from 1 to 10000',
    read: (raw) => (isIntegerIn(raw, 1, 10_000) ? raw : undefined),
    print: String,
    repair: (text) => matched(text, /^(?:[1-9][0-9]{0,3}|10000)$/, ([number]) => number),
  },
  cores: {
    noun: `a number of CPU cores from 0.01 to 99999, with two decimals at most, as in 16 or 0.5, or ${UNLIMITED}`,
    read: orUnlimited((raw) => (isCores(raw) ? raw : undefined)),
    print: (value) => orWord(value, String(value)),
    repair: (text) =>
      matched(text, /^([0-9.]+)\s*(?:c|cpus?|cores?)?$/i, ([, n]) =>
        isCores(Number(n)) ? String(Number(n)) : undefined,
      ),
  },
  duration: {
    noun: `a duration: a whole number with s, min, h or d, as in 48h, or ${UNLIMITED}`,
    read: orUnlimited((raw) =>
      matched(raw, /^([1-9][0-9]{0,5})(s|min|h|d)$/, ([, n, unit]) => Number(n) * DURATION_UNITS[unit as 's']),
    ),
    print: (value) => orWord(value, printUnits(value, DURATION_UNITS, 1)),
    repair: repairDuration,
  },
  cpu_list: {
    noun: `a list of CPUs in rising order, as in 0-31,64, or ${UNLIMITED}`,
    read: (raw) => (raw === UNLIMITED ? UNLIMITED : readCpuList(raw)),
    print: (value) => value,
    // In quotes: one CPU alone, and commas between brackets, are something else to YAML.
    repair: (text) => matched(readCpuList(text.replace(/[\s,]+/g, ',')), /.+/, ([list]) => `"${list}"`),
  },
  device_rates: {
    noun: `a rate for each device, as in { /dev/nvme0n1: 500M }, or ${UNLIMITED}`,
    read: readDeviceRates,
    print: (rates) =>
      rates.size === 0 ? UNLIMITED : [...rates].map(([device, rate]) => `${device} ${printRate(rate)}`).join(', '),
    repair: () => undefined,
  },
};

/** Bytes per second as systemd spells bandwidth: K, M, G and T to the base 1000 (systemd.resource-control(5)). */
export function printRate(bytesPerSecond: number): string {
  return printUnits(bytesPerSecond, RATE_UNITS, 4);
}

function orUnlimited(read: (raw: unknown) => number | undefined): (raw: unknown) => number | undefined {
  return (raw) => (raw === UNLIMITED ? Number.POSITIVE_INFINITY : read(raw));
}

function orWord(value: number, spelled: string): string {
  return value === Number.POSITIVE_INFINITY ? UNLIMITED : spelled;
}

function matched<T>(raw: unknown, pattern: RegExp, use: (match: RegExpExecArray) => T): T | undefined {
  const match = typeof raw === 'string' ? pattern.exec(raw) : null;
  return match ? use(match) : undefined;
}

function isIntegerIn(raw: unknown, least: number, most: number): raw is number {
  return typeof raw === 'number' && Number.isInteger(raw) && raw >= least && raw <= most;
}

function isCores(raw: unknown): raw is number {
  return typeof raw === 'number' && raw >= 0.01 && raw <= 99_999 && raw === Math.round(raw * 100) / 100;
}

// In the largest unit that leaves a whole number of `parts`, with no more digits than can be read back.
function printUnits(value: number, units: Readonly<Record<string, number>>, parts: number): string {
  const spellings = Object.entries(units)
    .map(([unit, factor]) => ({ unit, amount: value / factor }))
    .filter(({ amount }) => amount >= 1 && amount < 1_000_000 && Number.isInteger(amount * parts));
  const { unit, amount } = spellings.at(-1) ?? { unit: '', amount: value };
  return `${amount}${unit}`;
}

function readCpuList(raw: unknown): string | undefined {
  if (typeof raw !== 'string' || !/^[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*$/.test(raw)) return undefined;
  const ranges = raw.split(',').map((range) => range.split('-').map(Number));
  const rising = ranges.every((range, index) => {
    const least = Math.min(...range);
    return range[0] === least && least > Math.max(-1, ...(ranges[index - 1] ?? []));
  });
  return rising ? ranges.map((range) => range.join('-')).join(',') : undefined;
}

// No device at all is how "unlimited" is kept: it replaces, as every limit does, what it is merged over.
function readDeviceRates(raw: unknown): ReadonlyMap<string, number> | undefined {
  if (raw === UNLIMITED) return new Map();
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined;
  const rates = new Map<string, number>();
  for (const [device, rate] of Object.entries(raw)) {
    const bytes = matched(rate, SIZE, ([, number, unit]) => Number(number) * RATE_UNITS[unit as 'K']);
    if (!DEVICE.test(device) || bytes === undefined) return undefined;
    rates.set(device, bytes);
  }
  return rates.size === 0 ? undefined : rates;
}
