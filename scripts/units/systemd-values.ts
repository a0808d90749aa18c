import { type Measure, readCpuSet } from './measures.ts';

/**
 * What a value in a unit file means to systemd; undefined if the directive is none of the limits that policy knows.
 * `NaN` is a value that systemd ignores with a line in its log: `MemoryMax=32g` limits nothing (systemd.syntax(7),
 * systemd.resource-control(5)).
 */
export function readDirective(directive: string, value: string): Measure | undefined {
  // Anything can stand in a file that was edited by hand, also the name of something that all objects have.
  return READERS.get(directive)?.(value);
}

const READERS: ReadonlyMap<string, (value: string) => Measure> = new Map(
  Object.entries({
    CPUQuota: (value) => (value === '' ? Number.POSITIVE_INFINITY : positive(readPercent(value))),
    CPUWeight: (value) => (value === 'idle' ? 'incomparable' : readWeight(value)),
    MemoryHigh: (value) => positive(readMemory(value)),
    MemoryMax: (value) => positive(readMemory(value)),
    MemorySwapMax: readMemory,
    TasksMax: readTasks,
    IOWeight: (value) => readWeight(value),
    IOReadBandwidthMax: readRate,
    IOWriteBandwidthMax: readRate,
    AllowedCPUs: readCpuSet,
  }),
);

function readPercent(value: string): number {
  return Number(/^([0-9]+(?:[.][0-9]{1,2})?)%$/.exec(value)?.[1] ?? Number.NaN);
}

// Of what the machine has.
function isShare(value: string): boolean {
  return readPercent(value) <= 100;
}

function readWeight(value: string): number {
  if (value === '') return 100;
  const weight = readInteger(value);
  return weight >= 1 && weight <= 10_000 ? weight : Number.NaN;
}

function readTasks(value: string): Measure {
  if (value === 'infinity') return Number.POSITIVE_INFINITY;
  // Empty is the manager's own default, 15 % of what the machine can have: systemd-system.conf(5), DefaultTasksMax=.
  if (value === '' || isShare(value)) return 'incomparable';
  return positive(readInteger(value));
}

// With the prefixes of strtoull(3): 010 is 8, and 0x10 is 16.
function readInteger(value: string): number {
  const [, digits = ''] = /^[+]?([1-9][0-9]*|0[0-7]*|0[xX][0-9a-fA-F]+)$/.exec(value) ?? [];
  if (/^0x/i.test(digits)) return Number.parseInt(digits, 16);
  return Number.parseInt(digits, digits.startsWith('0') ? 8 : 10);
}

function readMemory(value: string): Measure {
  if (value === '' || value === 'infinity') return Number.POSITIVE_INFINITY;
  return isShare(value) ? 'incomparable' : readSize(value, 1024);
}

function readRate(value: string): number {
  return value === 'infinity' ? Number.POSITIVE_INFINITY : positive(readSize(value, 1000));
}

// Units are capital letters, and parts of falling size may be added up: `1G 512M`.
function readSize(value: string, base: number): number {
  const parts = [...value.matchAll(/\s*([0-9]+(?:[.][0-9]+)?)\s*([BKMGTPE]?)/gy)];
  if (value === '' || parts.map(([part]) => part).join('') !== value) return Number.NaN;
  const sizes = parts.map(([, number, unit]) => ({ number: Number(number), power: POWERS.indexOf(unit || 'B') }));
  const powers = sizes.map(({ power }) => power);
  const falling = powers.join() === [...new Set(powers)].sort((a, b) => b - a).join();
  const bytes = Math.floor(sizes.reduce((sum, { number, power }) => sum + number * base ** power, 0));
  return falling && bytes < 2 ** 64 ? bytes : Number.NaN;
}

const POWERS = 'BKMGTPE';

function positive<M extends Measure>(measure: M): M | number {
  return measure === 0 ? Number.NaN : measure;
}
