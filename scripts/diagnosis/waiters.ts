import type { Case } from './case.ts';
import { cgroupFile } from './cgroup-file.ts';
import { cgroupName } from './cgroup-words.ts';
import { innermost, isWithin } from './cgroups-around.ts';
import type { Evidence } from './check.ts';
import { percentText } from './figures.ts';
import type { Meter } from './meter.ts';

/** What programs wait for, as the kernel's PSI knows it. */
export type Awaited = 'cpu' | 'memory' | 'io';

/** A cgroup of those in question whose programs waited, and for which share of the time, 0 to 1. */
export interface Waiter {
  readonly meter: Meter;
  readonly share: number;
}

/** The cgroups that somebody asks about, without what is only around them. */
export function inQuestion({ focus, meters }: Pick<Case, 'focus' | 'meters'>): readonly Meter[] {
  if (focus?.kind === 'container') return meters.filter(({ container }) => container === focus.id);
  return focus ? meters.filter(({ level }) => level !== 'site' && level !== 'group') : meters;
}

/** Whether a cgroup, by its path, is one of those that somebody asks about, or was in one of them. */
export function isAsked(path: string, found: Pick<Case, 'focus' | 'meters'>): boolean {
  return inQuestion(found).some((meter) => isWithin(path, meter.path));
}

/** Who waits in a smaller share of the time is not held up by anything. */
const UNFELT = 0.02;

/**
 * Whether what happens at a cgroup is felt by whoever asks: always at their own, and at one around only if their programs
 * waited, too, instead of others that it is around. Where the kernel does not say who waits, whoever hardly computes does
 * not wait for a CPU: all that compute at once get a part of it.
 */
export function isFeltAt({ path }: Meter, awaited: Awaited, found: Pick<Case, 'focus' | 'meters'>): boolean {
  const own = inQuestion(found);
  if (own.length === 0 || own.some((meter) => meter.path === path)) return true;
  return own.some(({ pressure, cpu }) => {
    const share = pressure?.[awaited]?.some ?? (awaited === 'cpu' ? cpu?.cores : undefined);
    return share === undefined || share >= UNFELT;
  });
}

/** Who waited for at least `least` of the time, the longest first: only the innermost, since a cgroup waits if one in it does. */
export function waitersFor(awaited: Awaited, least: number, found: Case): readonly Waiter[] {
  const waiters = innermost(inQuestion(found)).map((meter) => ({ meter, share: meter.pressure?.[awaited]?.some ?? 0 }));
  return waiters.filter(({ share }) => share >= least).sort((a, b) => b.share - a.share);
}

const NOUNS: Readonly<Record<Awaited, string>> = { cpu: 'a CPU', memory: 'memory', io: 'disks' };

/** As in `container train waited for a CPU 62 % of the time, as did 2 more`. */
export function waitersText(awaited: Awaited, waiters: readonly [Waiter, ...Waiter[]], found: Case): string {
  const [{ meter, share }] = waiters;
  const more = waiters.length > 1 ? `, as did ${waiters.length - 1} more` : '';
  return `${cgroupName(meter, found)} waited for ${NOUNS[awaited]} ${percentText(share)} of the time${more}`;
}

const MOST_SHOWN = 3;

/** The files of those who waited longest, and of the machine; only cgroup v2 has the former. */
export function waitFigures(awaited: Awaited, waiters: readonly Waiter[], found: Case): readonly Evidence[] {
  const { machine, window } = found;
  const whole = machine.pressure[awaited];
  const figure = (share: number) => `some ${percentText(share)} of ${window.toFixed(1)} s`;
  return [
    ...waiters.slice(0, MOST_SHOWN).map(({ meter: { path }, share }) => {
      return { source: cgroupFile('v2', path, `${awaited}.pressure`), figure: figure(share) };
    }),
    ...(whole ? [{ source: `/proc/pressure/${awaited}`, figure: figure(whole.some) }] : []),
  ];
}

/** The weight of a cause that lies with others or the hardware: 30 to 49. */
export function weightOfWait(share: number): number {
  return 30 + Math.min(19, Math.floor(share * 20));
}
