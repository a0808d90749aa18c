import type { Acknowledged } from '../review/acknowledgements.ts';
import type { ReviewedCommit } from '../review/change.ts';
import { bullets, code, text } from './markdown.ts';
import type { Paint } from './paint.ts';
import { count, printable } from './printable.ts';

const TITLE = 'acknowledged in this change';

/** What a change does although a rule asks about it, and who has said that it is meant; nothing if there is nothing. */
export function acknowledgedText(acknowledged: readonly Acknowledged[], paint: Paint): string {
  const lines = acknowledged.flatMap(({ rule, message, commit }) => {
    return [`  ${printable(message)} [${rule}]`, `    ${printable(whoSaid(commit))}`];
  });
  return lines.length === 0 ? '' : `${[paint('strong', `${TITLE}:`), ...lines].join('\n')}\n`;
}

/** The same as Markdown: of very many, the first ones and how many there are. */
export function acknowledgedMarkdown(acknowledged: readonly Acknowledged[]): string {
  const items = acknowledged.slice(0, SHOWN).map(({ rule, message, commit }) => {
    return `${text(message)} (${code(rule)}): ${text(whoSaid(commit))}`;
  });
  const more = acknowledged.length - items.length;
  const lines = [...bullets(`**${TITLE}**`, items), ...(more > 0 ? [`- and ${count(more, 'other')}`] : [])];
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

const SHOWN = 20;

function whoSaid({ short, subject, author }: ReviewedCommit): string {
  return `says ${author.name} <${author.mail}> in commit ${short} "${subject}"`;
}
