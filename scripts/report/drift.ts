import type { Drain } from '../units/drains.ts';
import type { Drift } from '../units/drift.ts';
import type { Plan } from '../units/plan.ts';
import type { Label } from './findings.ts';
import type { Paint } from './paint.ts';
import { placeText } from './plan-words.ts';
import { count, printable } from './printable.ts';

type Verified = NonNullable<Plan['verified']>;

/** What a running host makes of policy, as titled sections: who else has a say, what still runs, what is not enforced. */
export function hostSections(
  { drift, draining, verified }: Plan,
  label: Label,
  paint: Paint,
): readonly (readonly string[])[] {
  return [
    titled('somebody else has the last word', driftLines(drift, label), paint),
    titled('still in use, and given up by policy', drainLines(draining), paint),
    titled('not enforced by this machine', verified ? unenforcedLines(verified, label) : [], paint),
  ];
}

/** Lines with a title above them; nothing if there are none. */
export function titled(title: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.length === 0 ? [] : [paint('strong', title), ...lines];
}

/** Every limit that something else than policy has a say in, with what is done about it. */
export function driftLines(drift: readonly Drift[], label: Label): readonly string[] {
  return drift.flatMap(({ message, wayOut, place }) => {
    const where = placeText(place, label);
    return [`  ${printable(message)}`, `    ${printable([where, wayOut].filter(Boolean).join('; '))}`];
  });
}

/** Slices that go when their last program ends, with what runs there. */
export function drainLines(draining: readonly Drain[]): readonly string[] {
  return draining.flatMap(({ slice, to, work }) => {
    const where = to === undefined ? '' : `; new work goes to ${to}`;
    const shown = work.slice(0, 10).join(', ');
    const more = work.length > 10 ? ` and ${work.length - 10} more` : '';
    return [
      `  ${printable(`${slice} keeps its limits until these have ended or were made anew: ${shown}${more}${where}`)}`,
    ];
  });
}

/** Limits that this machine cannot enforce, whatever is written. */
export function unenforcedLines({ unenforced }: Verified, label: Label): readonly string[] {
  return unenforced.map(({ key, wanted, slices, why, place }) => {
    const more = slices.length > 1 ? ` and ${slices.length - 1} more` : '';
    const where = placeText(place, label);
    return `  ${printable(`${key} ${wanted} of ${slices[0]}${more}: ${why}`)}${where === '' ? '' : `; ${where}`}`;
  });
}

/** How much of policy was found in force, and where. */
export function verifiedText({ inKernel, inSystemd }: Verified): string {
  const parts = [
    inKernel.limits > 0 && `${count(inKernel.limits, 'limit')} of ${count(inKernel.slices, 'slice')} in the kernel`,
    inSystemd.limits > 0 &&
      `${count(inSystemd.limits, 'limit')} of ${count(inSystemd.slices, 'slice')} in systemd, because nothing runs there`,
  ];
  return `verified: ${parts.filter(Boolean).join('; ') || 'no limit to verify'}`;
}
