import { bytes } from '../units/running.ts';
import type { Case } from './case.ts';
import { cgroupFile } from './cgroup-file.ts';
import { cgroupName, cgroupWithWhom } from './cgroup-words.ts';
import type { Cause, Evidence } from './check.ts';
import { percentText } from './figures.ts';
import type { CountedMemory, HoldingUp } from './memory-limits.ts';
import { moreMemory } from './more-memory.ts';
import { HOLDS_UP, weightOfShare } from './share-weight.ts';
import { causingLimit } from './way-out.ts';

/** That programs have to wait because of a limit of memory, and nobody was killed for it yet. */
export function heldUpCause(meter: CountedMemory, holding: HoldingUp, found: Case): Cause {
  const waits = meter.pressure?.memory?.some;
  const waited = waits === undefined ? '' : `; something waited for memory ${percentText(waits)} of the time`;
  return {
    weight: weightOf(holding, waits),
    subject: cgroupName(meter, found),
    message: `${cgroupWithWhom(meter, found)} ${sentenceOf(holding)}${waited}`,
    evidence: figures(meter, holding, found),
    limit: causingLimit(found.sourceOf(meter, holding.key)),
    wayOut: moreMemory(meter, holding.key, found),
  };
}

/** Who is at the limit with what cannot be given back fails next; where the kernel does not say who waits, that is all. */
function weightOf({ key, isHeld }: HoldingUp, waits: number | undefined): number {
  const least = key === 'MemoryMax' && isHeld ? 75 : 50;
  return Math.max(least, waits === undefined || waits < HOLDS_UP ? 0 : weightOfShare(waits));
}

function sentenceOf({ key, limit, isHeld }: HoldingUp): string {
  if (key === 'MemoryHigh') {
    return `is over its memory_high of ${bytes(limit)}: the kernel slows its programs down instead of killing them`;
  }
  const at = `is at its limit of ${bytes(limit)} of memory`;
  return isHeld
    ? `${at}: the next program that needs more may be killed`
    : `${at}, a part of it cached files: what was read is dropped, and has to be read again`;
}

function figures(
  { path, memory, pressure }: CountedMemory,
  { key, times }: HoldingUp,
  found: Case,
): readonly Evidence[] {
  const { version } = found.machine;
  const seconds = `${found.window.toFixed(1)} s`;
  const [current, events] =
    version === 'v2' ? ['memory.current', 'memory.events'] : ['memory.usage_in_bytes', 'memory.failcnt'];
  const counter = version === 'v1' ? '' : key === 'MemoryMax' ? 'max ' : 'high ';
  return [
    { source: cgroupFile(version, path, events), figure: `${counter}+${times} in ${seconds}` },
    {
      source: cgroupFile(version, path, current),
      figure: `${bytes(memory.current)}, of which ${bytes(memory.held)} cannot be given back`,
    },
    ...(pressure?.memory
      ? [
          {
            source: cgroupFile(version, path, 'memory.pressure'),
            figure: `some ${percentText(pressure.memory.some)} of ${seconds}`,
          },
        ]
      : []),
  ];
}
