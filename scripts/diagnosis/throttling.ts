import type { Case } from './case.ts';
import { isWithin, wayUp } from './cgroups-around.ts';
import type { CpuMeter, Meter, Throttled } from './meter.ts';
import { onceFor } from './once-for.ts';
import { HOLDS_UP } from './share-weight.ts';
import { inQuestion } from './waiters.ts';

/** A cgroup whose CPU quota made programs wait. */
export type ThrottledCgroup = Meter & {
  readonly cpu: CpuMeter & { readonly quota: number; readonly throttling: Throttled };
};

/** In so few periods nothing can be said: a period is a tenth of a second, and one of them may be anything. */
const FEWEST_PERIODS = 5;

/** Whether a quota of its own held a cgroup up (cpu.stat counts only those periods in which anything ran). */
export function isThrottled(meter: Meter): meter is ThrottledCgroup {
  const { quota, throttling } = meter.cpu ?? {};
  if (quota === undefined || throttling === undefined || throttling.periods < FEWEST_PERIODS) return false;
  return shareOf(throttling) >= HOLDS_UP;
}

/** The share of the periods, 0 to 1, in which something had to wait for the next one. */
export function shareOf({ periods, throttled }: Throttled): number {
  return periods === 0 ? 0 : throttled / periods;
}

/**
 * The same, without the time in which another quota would hold the work up just as well if this one was gone: one that is
 * closer to whoever asks and has stopped it before, or one around both that is used up anyway. At least `HOLDS_UP`.
 */
export function shareAlone(meter: ThrottledCgroup, throttled: readonly ThrottledCgroup[], found: Asked): number {
  const own = pathsInQuestion(found);
  const others = own.has(meter.path)
    ? wayUp(meter.path, throttled).filter(({ path }) => own.has(path))
    : throttled.filter(({ path }) => isWithin(path, meter.path) && isAroundAll(path, meter, own));
  const shares = others.flatMap((other) => {
    return other.path !== meter.path && isThrottled(other) ? [shareOf(other.cpu.throttling)] : [];
  });
  return Math.max(HOLDS_UP, Math.min(shareOf(meter.cpu.throttling), 1 - Math.max(0, ...shares)));
}

type Asked = Pick<Case, 'focus' | 'meters'>;

const pathsInQuestion = onceFor((found: Asked): ReadonlySet<string> => {
  return new Set(inQuestion(found).map(({ path }) => path));
});

function isAroundAll(path: string, meter: Meter, own: ReadonlySet<string>): boolean {
  return [...own].every((one) => !isWithin(one, meter.path) || isWithin(one, path));
}
