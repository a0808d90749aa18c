import { printValue } from '../policy/values.ts';
import { bytes } from '../units/running.ts';
import type { Case } from './case.ts';
import { cgroupName } from './cgroup-words.ts';
import { afterAround, limitsAround } from './limits-around.ts';
import { makeAnew } from './make-anew.ts';
import type { CountedMemory } from './memory-limits.ts';
import { wayOut } from './way-out.ts';

/** What a machine needs for itself, and policy wants memory_high to leave below memory_max: about a tenth. */
const MOST = 0.9;
/** With less, hardly a shell starts: `MemoryMax=32` are 32 bytes, and twice as much is of no use to anybody. */
const LEAST = 64 * 2 ** 20;

/** What gives work more memory that a limit holds up or kills: twice the limit, as far as the machine has so much. */
export function moreMemory(meter: CountedMemory, key: 'MemoryMax' | 'MemoryHigh', found: Case): string {
  const { max = Number.POSITIVE_INFINITY, high = Number.POSITIVE_INFINITY } = meter.memory;
  if (key === 'MemoryHigh' && roundDown(Math.min(doubled(high), MOST * max)) <= high) {
    return `${moreMemory(meter, 'MemoryMax', found)}, and then memory_high below it`;
  }
  const anew = key === 'MemoryMax' ? makeAnew(meter, key, found) : undefined;
  if (anew !== undefined) return anew;
  const limit = key === 'MemoryMax' ? max : high;
  const { memory = Number.POSITIVE_INFINITY } = found.machine;
  const around = limitsAround(meter, 'MemoryMax', limit, found);
  const wanted = roundDown(Math.min(doubled(limit), MOST * memory, key === 'MemoryMax' ? around.room : MOST * max));
  if (wanted <= limit) {
    const all = `${cgroupName(meter, found)} may use ${bytes(limit)} of the machine's ${bytes(memory)} already`;
    return `${all}: run less at the same time, or what needs less`;
  }
  const size = printValue('size', wanted);
  const last = wayOut(found.sourceOf(meter, key), size);
  return key === 'MemoryMax' ? afterAround(around, key, size, last, found) : last;
}

function doubled(limit: number): number {
  return Math.max(2 * limit, LEAST);
}

/** To quarters of the largest unit, as policy spells sizes. */
function roundDown(size: number): number {
  const unit = UNITS.find((step) => size >= step) ?? 1;
  return Math.floor(size / (unit / 4)) * (unit / 4);
}

const UNITS = [2 ** 40, 2 ** 30, 2 ** 20, 2 ** 10];
