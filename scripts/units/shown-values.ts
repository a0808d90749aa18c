import { defaultOf, isSame, type Measure, readCpuSet } from './measures.ts';

/**
 * The limits in one block of `systemctl show`, by setting key, in the units that unit files are compared in; only those
 * that are not the default. `NaN` for what this program cannot read, which equals nothing.
 */
export function readShown(block: ReadonlyMap<string, string>): ReadonlyMap<string, Measure> {
  const limits = new Map<string, Measure>();
  for (const [property, { key, read }] of Object.entries(PROPERTIES)) {
    const value = block.get(property);
    const measure = value === undefined ? defaultOf(key) : read(value);
    if (!isSame(measure, defaultOf(key))) limits.set(key, measure);
  }
  for (const directive of ['IOReadBandwidthMax', 'IOWriteBandwidthMax']) {
    const words = (block.get(directive) ?? '').split(' ').filter((word) => word !== '');
    for (let at = 0; at < words.length; at += 2) limits.set(`${directive} ${words[at]}`, Number(words[at + 1]));
  }
  return limits;
}

const PROPERTIES: Readonly<Record<string, { readonly key: string; readonly read: (value: string) => Measure }>> = {
  CPUQuotaPerSecUSec: { key: 'CPUQuota', read: readPercent },
  CPUWeight: { key: 'CPUWeight', read: readWeight },
  MemoryHigh: { key: 'MemoryHigh', read: readAmount },
  MemoryMax: { key: 'MemoryMax', read: readAmount },
  MemorySwapMax: { key: 'MemorySwapMax', read: readAmount },
  TasksMax: { key: 'TasksMax', read: readAmount },
  IOWeight: { key: 'IOWeight', read: readWeight },
  AllowedCPUs: { key: 'AllowedCPUs', read: readCpuSet },
};

// Older versions print the largest number there is for infinity.
const NO_LIMIT = ['infinity', '18446744073709551615'];

function readAmount(value: string): Measure {
  if (NO_LIMIT.includes(value)) return Number.POSITIVE_INFINITY;
  return /^[0-9]+$/.test(value) ? Number(value) : Number.NaN;
}

function readWeight(value: string): Measure {
  return value === '[not set]' || NO_LIMIT.includes(value) ? 100 : readAmount(value);
}

const MICROSECONDS = { us: 1, ms: 1e3, s: 1e6, min: 60e6, h: 3600e6, d: 86_400e6, w: 604_800e6 } as const;

// CPU time for each second of the clock, as a time span: `2min 3.450000s` is 12345 % (systemd.time(7)).
function readPercent(value: string): Measure {
  if (NO_LIMIT.includes(value)) return Number.POSITIVE_INFINITY;
  const parts = value.split(' ').map((part) => /^([0-9]+(?:[.][0-9]+)?)(us|ms|s|min|h|d|w)$/.exec(part));
  const spans = parts.map((part) => (part ? Number(part[1]) * MICROSECONDS[part[2] as 's'] : Number.NaN));
  return Math.round(spans.reduce((sum, span) => sum + span, 0)) / 1e4;
}
