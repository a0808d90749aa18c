import type { Case } from '../case.ts';
import { cgroupName } from '../cgroup-words.ts';
import type { Cause, Check, Unknown } from '../check.ts';
import { percentText } from '../figures.ts';
import { heldUpCause } from '../held-up-cause.ts';
import { killCauses } from '../kill-causes.ts';
import { concerns, findKills, type Kill } from '../kills.ts';
import { type CountedMemory, type HoldingUp, hasMemory, limitHoldingUp } from '../memory-limits.ts';
import { unknownOf } from '../unknown-of.ts';
import { isFeltAt } from '../waiters.ts';

/** Programs that were killed because of a limit of memory, or have to wait until the kernel makes room. */
export const memoryLimit: Check = {
  id: 'memory-limit',
  title: 'memory limit',
  about: 'work',
  examine(found) {
    const kills = findKills(found).filter((kill) => concerns(kill, found));
    const counted = found.meters.filter(hasMemory);
    const causes: readonly Cause[] = [
      ...killCauses(kills, found),
      ...counted.flatMap((meter) => {
        const holding = limitHoldingUp(meter, found.all);
        if (!holding || isKilling(meter, kills) || !isTrouble(meter, holding, found)) return [];
        return [heldUpCause(meter, holding, found)];
      }),
    ];
    return {
      causes: [...causes].sort((a, b) => b.weight - a.weight),
      saw: sawText(counted, found),
      unknown: unknownIn(kills, found),
    };
  },
};

// At a limit that is full, the next one to need more may be anybody; all else holds up only those who wait.
function isTrouble(meter: CountedMemory, { key, isHeld }: HoldingUp, found: Case): boolean {
  return (key === 'MemoryMax' && isHeld) || isFeltAt(meter, 'memory', found);
}

// Where programs are being killed, that others wait is no news.
function isKilling({ path }: CountedMemory, kills: readonly Kill[]): boolean {
  return kills.some(({ happened, reached }) => {
    return happened.kind === 'watched' && reached.kind === 'limit' && reached.meter.path === path;
  });
}

function sawText(counted: readonly CountedMemory[], found: Case): string {
  const shares = counted.flatMap((meter) => {
    const { held, max } = meter.memory;
    return max === undefined ? [] : [{ meter, share: max > 0 ? held / max : 1 }];
  });
  const [most] = shares.sort((a, b) => b.share - a.share);
  if (!most) return 'nothing killed of late, and nothing has a limit of memory';
  return `nothing killed of late; ${cgroupName(most.meter, found)} at ${percentText(most.share)} of its limit`;
}

/** Which processes were killed, and because of whose limit, only the kernel's log says for certain. */
function unknownIn(kills: readonly Kill[], { meters, machine, facts }: Case): readonly Unknown[] {
  if (meters.length > 0 && !meters.some(hasMemory)) {
    return [{ why: 'the kernel counts no memory here: the controller memory is not at work' }];
  }
  const question =
    kills.length > 0
      ? 'which process was killed, and when'
      : machine.version === 'v1'
        ? 'what was killed in containers that are gone'
        : undefined;
  if (question === undefined) return [];
  return unknownOf(facts.kernelLog).map((unknown) => ({ ...unknown, why: `${question}: ${unknown.why}` }));
}
