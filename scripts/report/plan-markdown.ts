import type { Change } from '../units/diff.ts';
import type { Plan } from '../units/plan.ts';
import { drainLines, unenforcedLines } from './drift.ts';
import type { Label } from './findings.ts';
import { bullets, code, codeCell, text } from './markdown.ts';
import {
  answerWords,
  CHANGE_WORDS,
  effectText,
  fromTo,
  limitsWith,
  moveSentence,
  placeOf,
  placeText,
  planSummary,
} from './plan-words.ts';

/** A plan for a pull request or a ticket: who is affected first, then limits that fall, then all units, then the digest. */
export function planMarkdown(plan: Plan, label: Label): string {
  const blocks = [
    [`### Plan for site ${code(plan.site)} on ${plan.today}: ${planSummary(plan)}`],
    bullets(
      '**Refused:**',
      plan.guards.map(({ id, message, wayOut }) => `${text(message)} (${code(id)}): ${text(wayOut)}`),
    ),
    bullets(
      '**Allowed once:**',
      plan.answered.map((answered) => {
        const { id, message } = answered.guard;
        const place = from(placeText(answered.answer.place, label));
        return `${text(message)} (${code(id)}): ${text(answerWords(answered))} ${place}`;
      }),
    ),
    bullets(
      '**In the way:**',
      plan.conflicts.map(({ path, message }) => `${code(path)} ${text(message)}`),
    ),
    bullets(
      '**Who:**',
      plan.moves.map(
        (move) => `${code(move.account)} ${text(moveSentence(move))} ${from(placeText(move.place, label))}`,
      ),
    ),
    bullets('**Limits that fall, vanish or are new:**', warnings(plan)),
    bullets(
      '**Somebody else has the last word:**',
      plan.drift.map(({ message, wayOut }) => text(`${message}; ${wayOut}`)),
    ),
    bullets('**Still in use, and given up by policy:**', drainLines(plan.draining).map(text)),
    bullets('**Not enforced by this machine:**', plan.verified ? unenforcedLines(plan.verified, label).map(text) : []),
    unitTable(plan.changes, label),
    plan.changes.length === 0 ? [] : [`Digest: ${code(plan.digest)}`],
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

function warnings({ changes }: Plan): readonly string[] {
  return (['falls', 'removed', 'imposed', 'changes'] as const).flatMap((effect) => {
    return limitsWith(changes, effect).map(({ path, difference }) => {
      return `${text(effectText(difference))}: ${code(difference.key)} ${code(fromTo(difference))} in ${code(path)}`;
    });
  });
}

function unitTable(changes: readonly Change[], label: Label): readonly string[] {
  return changes.length === 0 ? [] : [...UNIT_TABLE, ...changes.map((change) => unitRow(change, label))];
}

/** The first two lines of a table of units. */
export const UNIT_TABLE = ['| | unit | difference | policy |', '|---|---|---|---|'] as const;

/** One row of a table of units: what happens to it, and which line of policy says so. */
export function unitRow(change: Change, label: Label): string {
  const differences = change.differences.map((difference) => {
    return `${codeCell(difference.key)} ${codeCell(fromTo(difference))}`;
  });
  const where = placeText(placeOf(change), label);
  const cells = [codeCell(change.path), differences.join('<br>'), where === '' ? '' : codeCell(where)];
  return `| ${[CHANGE_WORDS[change.kind].verb, ...cells].join(' | ')} |`;
}

function from(where: string): string {
  return where === '' ? '' : `(${code(where)})`;
}
