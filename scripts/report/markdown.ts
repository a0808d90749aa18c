import { printable } from './printable.ts';

/** A list with a title above it; nothing if there are no items. Items are Markdown already. */
export function bullets(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [title, '', ...items.map((item) => `- ${item.trim()}`)];
}

/** A code span, whose fence is longer than any run of backticks inside: CommonMark, code spans. Not for tables. */
export function code(value: string): string {
  const line = oneLine(value);
  const longest = [...line.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 0);
  const fence = '`'.repeat(longest + 1);
  // One space at each end is taken away again.
  const pad = line === '' || /^`|`$|^ .* $/.test(line) ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** A code span in a table, where a `|` ends the cell wherever it stands, unless `\` is before it. */
export function codeCell(value: string): string {
  return code(value).replaceAll('|', '\\|');
}

/**
 * Text in which nothing is left that Markdown or HTML could read as more than text. GitHub looks for mentions, issues,
 * commits, formulas and emoji in the finished page, where an entity is the character that it stands for: words that it
 * could take for one are code spans, and so are addresses.
 */
export function text(value: string): string {
  const parts = oneLine(value).split(/([ |])/);
  return parts
    .map((part) => (ACTIVE.test(part) ? inert(part) : escaped(part)))
    .join('')
    .replace(/(?<=^ ?)[-+=]|(?<=^ ?[0-9]{1,9})[.]/, entity);
}

const ACTIVE = /@|[$]|#[0-9]|:[/][/]|:[\w+-]+:|www[.]|(?:gh|ghsa|cve)-|[0-9a-f]{7}/i;

const OPENING = '"\'([<';
const CLOSING = '"\')]>.,:;!?';

// Quotes, brackets and the end of a sentence stay outside. Step by step, because a word can have a million characters.
function inert(word: string): string {
  let [start, end] = [0, word.length];
  while (start < end && OPENING.includes(word.charAt(start))) start++;
  while (end > start && CLOSING.includes(word.charAt(end - 1))) end--;
  const [before, within, after] = [word.slice(0, start), word.slice(start, end), word.slice(end)];
  return ACTIVE.test(within) ? `${escaped(before)}${code(within)}${escaped(after)}` : code(word);
}

function escaped(word: string): string {
  return word.replace(/[\\`*_{}[\]<>()#!|~&]/g, entity);
}

function entity(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}

function oneLine(value: string): string {
  return printable(value.replace(/\s+/g, ' '));
}
