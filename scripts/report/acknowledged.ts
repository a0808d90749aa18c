import type { Acknowledged } from '../review/acknowledgements.ts';
import type { ReviewedCommit } from '../review/change.ts';
import { fitParts } from './fit-parts.ts';
import { code, text } from './markdown.ts';
import type { Paint } from './paint.ts';
import { printable, shortened } from './printable.ts';

const TITLE = 'acknowledged in this change';

/** What a change does although a rule asks about it, and who has said that it is meant; nothing if there is nothing. */
export function acknowledgedText(acknowledged: readonly Acknowledged[], paint: Paint): string {
  const lines = acknowledged.flatMap(({ rule, message, commit }) => {
    return [`  ${printable(message)} [${rule}]`, `    ${printable(whoSaid(commit))}`];
  });
  return lines.length === 0 ? '' : `${[paint('strong', `${TITLE}:`), ...lines].join('\n')}\n`;
}

/** The same as Markdown: if that has more than `longest` characters, the first ones, and how many there are. */
export function acknowledgedMarkdown(
  acknowledged: readonly Acknowledged[],
  longest = Number.POSITIVE_INFINITY,
): string {
  if (acknowledged.length === 0) return '';
  const items = acknowledged.map(({ rule, message, commit }) => {
    return `- ${text(shownPart(message, LONGEST_MESSAGE))} (${code(rule)}): ${text(whoSaid(commit))}`;
  });
  return `${fitParts([{ open: [`**${TITLE}**`, ''], items, close: [] }], longest).join('')}\n`;
}

function whoSaid({ short, subject, author }: ReviewedCommit): string {
  const [name, mail, title] = [author.name, author.mail, subject].map((part) => shownPart(part, LONGEST_PART));
  return `says ${name} <${mail}> in commit ${short} "${title}"`;
}

// Whoever writes a commit could make these so long that no comment has room for what is acknowledged.
const LONGEST_MESSAGE = 500;
const LONGEST_PART = 80;

function shownPart(value: string, longest: number): string {
  return shortened(printable(shortened(value, longest)), longest);
}
