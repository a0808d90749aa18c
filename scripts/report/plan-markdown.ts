import type { Change } from '../units/diff.ts';
import type { Plan } from '../units/plan.ts';
import { drainLines, unenforcedLines } from './drift.ts';
import type { Label } from './findings.ts';
import {
  CHANGE_WORDS,
  effectText,
  fromTo,
  limitsWith,
  moveSentence,
  placeOf,
  placeText,
  planSummary,
} from './plan-words.ts';
import { printable } from './printable.ts';

/** A plan for a pull request or a ticket: who is affected first, then limits that fall, then all units, then the digest. */
export function planMarkdown(plan: Plan, label: Label): string {
  const blocks = [
    [`### Plan for site ${code(plan.site)} on ${plan.today}: ${planSummary(plan)}`],
    bullets(
      '**Refused:**',
      plan.guards.map(({ id, message, wayOut }) => `${text(message)} (${code(id)}): ${text(wayOut)}`),
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
  if (changes.length === 0) return [];
  const rows = changes.map((change) => {
    const differences = change.differences.map((difference) => `${code(difference.key)} ${code(fromTo(difference))}`);
    return `| ${CHANGE_WORDS[change.kind].verb} | ${code(change.path)} | ${differences.join('<br>')} | ${place(change, label)} |`;
  });
  return ['| | unit | difference | policy |', '|---|---|---|---|', ...rows];
}

function place(change: Change, label: Label): string {
  const where = placeText(placeOf(change), label);
  return where === '' ? '' : code(where);
}

function bullets(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [title, '', ...items.map((item) => `- ${item.trim()}`)];
}

function from(where: string): string {
  return where === '' ? '' : `(${code(where)})`;
}

// A code span whose fence is longer than any run of backticks inside: CommonMark, code spans. `|` would end a table cell.
function code(value: string): string {
  const longest = Math.max(0, ...[...value.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = value.startsWith('`') || value.endsWith('`') || value === '' ? ' ' : '';
  return `${fence}${pad}${oneLine(value).replaceAll('|', '\\|')}${pad}${fence}`;
}

// Everything that Markdown or HTML could read as more than text.
function text(value: string): string {
  return oneLine(value).replace(/[\\`*_{}[\]<>()#!|~@&]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function oneLine(value: string): string {
  return printable(value.replace(/\s+/g, ' '));
}
