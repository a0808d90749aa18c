import { appliedText, settledText } from '../report/applied.ts';
import type { Label } from '../report/findings.ts';
import type { Paint } from '../report/paint.ts';
import { planText } from '../report/plan-text.ts';
import { printable } from '../report/printable.ts';
import type { Outcome } from './carry-out.ts';
import type { Answer } from './command.ts';
import { EXIT } from './exit-code.ts';

/** The answer of a verb that has carried out policy: the plan, and what came of it. */
export function carriedOut(
  { settled, plan, refusals, after }: Outcome,
  host: string,
  label: Label,
  warnings: string,
  paint: Paint,
): Answer {
  const said = settledText(settled);
  const text = planText(plan, label, paint);
  if (refusals.length > 0) {
    const lines = refusals.map(({ message }) => `refused: ${printable(message)}\n`).join('');
    const nothing = said === '' ? 'nothing was changed' : 'nothing else was changed';
    return { exitCode: EXIT.refused, stdout: text, stderr: `${said}${lines}${nothing}\n` };
  }
  const done = after ? appliedText(plan, after, host, label) : '';
  return { exitCode: EXIT.done, stdout: `${text}${done}`, stderr: `${said}${warnings}` };
}
