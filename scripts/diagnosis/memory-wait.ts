import { bytes } from '../units/running.ts';
import type { Case } from './case.ts';
import { cgroupFile } from './cgroup-file.ts';
import { cgroupName } from './cgroup-words.ts';
import { wayUp } from './cgroups-around.ts';
import type { Cause, Evidence } from './check.ts';
import { memoryHolders } from './memory-holders.ts';
import { type CountedMemory, hasMemory, limitHoldingUp } from './memory-limits.ts';
import type { Meter } from './meter.ts';
import { waitersFor, waitersText, waitFigures, weightOfWait } from './waiters.ts';

/** From this share of the time on, waiting for memory is felt: it is work that was done before. */
const FELT = 0.1;

/** That work waits for memory although no limit of memory is reached: the whole machine is short of it. */
export function memoryWait(found: Case): Cause | undefined {
  const [first, ...others] = waitersFor('memory', FELT, found).filter(({ meter }) => !isLimited(meter, found));
  if (!first) return undefined;
  const [holder] = memoryHolders(found);
  const size = found.machine.memory === undefined ? '' : ` of the machine's ${bytes(found.machine.memory)}`;
  const most = holder && `${cgroupName(holder, found)} holds ${bytes(holder.memory.held)}${size}`;
  return {
    weight: weightOfWait(first.share),
    subject: cgroupName(first.meter, found),
    message: [
      `${waitersText('memory', [first, ...others], found)}, and no limit around it is reached: the machine is short of it`,
      ...(most === undefined ? [] : [most]),
    ].join('; '),
    evidence: [...waitFigures('memory', [first, ...others], found), ...(holder ? [heldFigure(holder)] : [])],
    wayOut: 'run less at the same time, or let memory_max of the groups add up to less than the machine has',
  };
}

// What reaches a limit waits for memory as well, and the check of limits says so.
function isLimited({ path }: Meter, { all }: Case): boolean {
  return wayUp(path, all)
    .filter(hasMemory)
    .some((meter) => limitHoldingUp(meter, all) !== undefined || (meter.memory.events?.kills ?? 0) > 0);
}

function heldFigure({ path, memory }: CountedMemory): Evidence {
  const figure = `${bytes(memory.current)}, of which ${bytes(memory.held)} cannot be given back`;
  return { source: cgroupFile('v2', path, 'memory.current'), figure };
}
