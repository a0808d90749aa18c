import { BOOT_V2 } from '../boot-options.ts';
import type { Case } from '../case.ts';
import type { Check, Unknown } from '../check.ts';
import { cpuWait } from '../cpu-wait.ts';
import { percentText } from '../figures.ts';
import { ioWait } from '../io-wait.ts';
import { memoryWait } from '../memory-wait.ts';
import { type Awaited, inQuestion } from '../waiters.ts';

/** Work that no limit holds up, and that still has to wait: for others, or for the hardware. */
export const waiting: Check = {
  id: 'waiting',
  title: 'waiting for others',
  about: 'work',
  examine(found) {
    const causes = [cpuWait(found), memoryWait(found), ioWait(found)].filter((cause) => cause !== undefined);
    return {
      causes: causes.sort((a, b) => b.weight - a.weight),
      saw: sawText(found, causes.length > 0),
      unknown: unknownIn(found),
    };
  },
};

const AWAITED: readonly (readonly [Awaited, string])[] = [
  ['cpu', 'a CPU'],
  ['memory', 'memory'],
  ['io', 'disks'],
];
/** From this share of the time on, a word is due about why it is no cause here. */
const MUCH = 0.1;

function sawText(found: Case, isReason: boolean): string {
  const meters = inQuestion(found);
  const longest = AWAITED.flatMap(([awaited, noun]) => {
    const known = meters.flatMap(({ pressure }) => pressure?.[awaited]?.some ?? []);
    return known.length === 0 ? [] : [{ noun, share: Math.max(...known) }];
  });
  if (longest.length === 0) return 'nothing that waits is seen';
  if (longest.every(({ share }) => share === 0)) return 'nothing waited';
  const shares = longest.map(({ noun, share }) => `${noun} ${percentText(share)}`);
  const why = !isReason && longest.some(({ share }) => share >= MUCH) ? ', but not because of others' : '';
  return `waited for ${shares.join(', ')} of the time${why}`;
}

/** Whether the kernel says who waits; it does not on cgroup v1, nor where it was built or started without (accounting/psi). */
function unknownIn(found: Case): readonly Unknown[] {
  const meters = inQuestion(found);
  if (meters.length === 0 || meters.some(({ pressure }) => pressure !== undefined)) return [];
  if (found.machine.version === 'v1') {
    return [{ why: 'cgroup v1 does not say who waits for what', wayOut: BOOT_V2 }];
  }
  return [{ why: 'the kernel does not say who waits for what: it was started without PSI', wayOut: PSI }];
}

const PSI = "psi=1 on the kernel's command line starts it with";
