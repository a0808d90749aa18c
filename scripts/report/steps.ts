import type { Step } from '../follow/step.ts';
import type { Paint, Tone } from './paint.ts';
import { columns, printable } from './printable.ts';

const TONES: Readonly<Record<Step['kind'], Tone>> = {
  create: 'added',
  update: 'warning',
  same: 'faint',
  remove: 'removed',
  keep: 'faint',
  do: 'strong',
};

/** The steps of an installation, one on each line, in the order in which they are taken. */
export function stepsText(steps: readonly Step[], paint: Paint): string {
  const lines = columns(
    steps.map(({ kind, what }) => [kind, printable(what)]),
    '  ',
  );
  return lines.map((line, index) => `${paint(TONES[steps[index]?.kind ?? 'same'], line)}\n`).join('');
}
