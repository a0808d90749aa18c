import { CONTAINER_FIELD_NAMES, SCOPES, SLICE_FIELD_NAMES } from './fields.ts';
import { type KeyPath, type Source, spanOf } from './source.ts';
import type { Range } from './source-text.ts';
import { entryLines, entryText, flowText, type WrittenValue } from './yaml-text.ts';

/** A stretch of a text, and what stands there instead. */
export interface Splice {
  readonly range: Range;
  readonly text: string;
}

/** Another value in the place of one. Quotes stay as they are; a block of lines becomes one line. */
export function replacing(source: Source, path: KeyPath, value: WrittenValue): Splice {
  const { text } = source;
  const { key, value: range } = placeOf(source, path);
  const first = text.charAt(range[0]);
  const isBlock = typeof valueAt(source, path) === 'object' && !'{['.includes(first);
  if (isBlock && key) {
    const colon = text.indexOf(':', key[1]);
    return { range: [colon + 1, lastCharacter(text, range)], text: ` ${flowText(value, 'line')}` };
  }
  const quote = `'"`.includes(first) && typeof value === 'string' ? first : '';
  const written = flowText(value, isBetweenBrackets(source, path.slice(0, -1)) ? 'brackets' : 'line', quote);
  return { range, text: isBlockScalar(text, range) ? `${written}\n` : written };
}

/** A new key in a map that is there: behind the one that comes before it in the order of the schemas. */
export function adding(source: Source, map: KeyPath, key: string, value: WrittenValue): Splice {
  const { text } = source;
  const entries = entriesOf(source, map);
  const earlier = entries.filter(({ name }) => orderOf(name) <= orderOf(key));
  const inOrder = earlier.reduce<Entry | undefined>((best, entry) => {
    return best && orderOf(best.name) > orderOf(entry.name) ? best : entry;
  }, undefined);
  const [first] = entries;
  if (!first) return { range: placeOf(source, map).value, text: flowText({ [key]: value }, 'brackets') };
  if (isBetweenBrackets(source, map)) return betweenBrackets(text, first, inOrder, entryText(key, value, 'brackets'));
  const margin = marginOf(text, first);
  // Before a key that follows a hyphen, there is no line.
  const neighbour = inOrder ?? (margin.trim() === '' ? undefined : first);
  const at = neighbour ? lineAfter(text, neighbour.value) : first.range[0] - margin.length;
  return { range: [at, at], text: entryLines(key, value, ' '.repeat(margin.length)) };
}

/** One more value at the end of a list that is there. */
export function appending(source: Source, list: KeyPath, value: WrittenValue): Splice {
  const { text } = source;
  const last = entriesOf(source, list).at(-1);
  if (!last) return { range: placeOf(source, list).value, text: flowText([value], 'brackets') };
  if (isBetweenBrackets(source, list)) return betweenBrackets(text, last, last, flowText(value, 'brackets'));
  const at = lineAfter(text, last.value);
  return { range: [at, at], text: `${marginOf(text, last)}${flowText(value, 'line')}\n` };
}

/** A value without its key, its comma and its line; what is said about it behind it in its line goes with it. */
export function removing(source: Source, path: KeyPath): Splice {
  const { text } = source;
  const parent = path.slice(0, -1);
  const entry = entryAt(source, path);
  const [start, end] = entry.range;
  const entries = entriesOf(source, parent);
  const before = entries.filter(({ range }) => range[0] < start).at(-1);
  const after = entries.find(({ range }) => range[0] > start);
  if (isBetweenBrackets(source, parent)) {
    const comma = /^\s*,/.exec(text.slice(end))?.[0].length ?? 0;
    const isLast = before && /^\s*,\s*$/.test(text.slice(before.range[1], start));
    if (isLast && !after) return { range: [before.range[1], end], text: '' };
    return wholeLine(text, [start, end + comma]);
  }
  const margin = marginOf(text, entry);
  if (margin.trim() !== '' && entry.value !== entry.range && after) return { range: [start, after.range[0]], text: '' };
  return { range: [start - margin.length, lineAfter(text, entry.value)], text: '' };
}

/** A value of a map or a list; `range` begins with its key. */
interface Entry {
  readonly name: string;
  readonly range: Range;
  readonly value: Range;
}

/** The order in which files are written, of every map that there is in them. */
const ORDER: readonly string[] = [
  ...['version', 'name', 'default_group', 'admin_group', 'time_zone', 'account_domain', 'domain_aliases'],
  ...['guards', 'hosts', 'description', 'longest_grant', 'drift'],
  ...['accounts', 'github', 'group', 'reason', 'granted', 'expires', 'limits'],
  ...[...SCOPES, ...SLICE_FIELD_NAMES, ...CONTAINER_FIELD_NAMES],
];

// What has no place in the order, such as devices, comes last.
function orderOf(key: string): number {
  const index = ORDER.indexOf(key);
  return index === -1 ? ORDER.length : index;
}

function entriesOf(source: Source, path: KeyPath): readonly Entry[] {
  const names = Object.keys(valueAt(source, path) as object);
  return names.map((name) => entryAt(source, [...path, name])).sort((a, b) => a.range[0] - b.range[0]);
}

function entryAt(source: Source, path: KeyPath): Entry {
  const { key, value } = placeOf(source, path);
  return { name: String(path.at(-1)), range: key ? [key[0], value[1]] : value, value };
}

function placeOf(source: Source, path: KeyPath): { readonly key?: Range; readonly value: Range } {
  const span = spanOf(source, path);
  if (!span) throw new Error(`${path.join('.')} is not in ${source.file}`);
  return span;
}

function valueAt(source: Source, path: KeyPath): unknown {
  return path.reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>>)[key], source.value);
}

// A bracket holds for all that is in it.
function isBetweenBrackets(source: Source, path: KeyPath): boolean {
  return path.concat('').some((_key, length) => {
    return '{['.includes(source.text.charAt(placeOf(source, path.slice(0, length)).value[0]));
  });
}

// On a line of its own, if its neighbour is.
function betweenBrackets(text: string, first: Entry, neighbour: Entry | undefined, written: string): Splice {
  const place = neighbour ?? first;
  const margin = marginOf(text, place);
  const isAlone = margin.trim() === '';
  const space = isAlone ? `\n${margin}` : ' ';
  const at = neighbour ? place.range[1] : place.range[0];
  // What is said behind the neighbour stays in its line.
  const [rest = '', comma = '', comment = ''] = /^( *,)?( *#.*)?(?=\n)/.exec(text.slice(at)) ?? [];
  if (neighbour && isAlone && rest !== '') {
    const added = `${comma || ','}${comment}${space}${written}${comma && ','}`;
    return { range: [at, at + rest.length], text: added };
  }
  return { range: [at, at], text: neighbour ? `,${space}${written}` : `${written},${space}` };
}

function wholeLine(text: string, [start, end]: Range): Splice {
  const margin = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const rest = /^ *(#.*)?\n/.exec(text.slice(end))?.[0];
  if (margin.trim() === '' && rest !== undefined)
    return { range: [start - margin.length, end + rest.length], text: '' };
  return { range: [start, end + text.slice(end).search(/[^ ]/)], text: '' };
}

/** What stands in its line before an entry: spaces, and hyphens of lists. */
function marginOf(text: string, { range: [start] }: Entry): string {
  return text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
}

/** Where the line begins that follows a value. */
function lineAfter(text: string, range: Range): number {
  return isBlockScalar(text, range) ? range[1] : text.indexOf('\n', lastCharacter(text, range)) + 1;
}

// To the parser, a block ends where the next one begins.
function lastCharacter(text: string, [, end]: Range): number {
  return text.slice(0, end).trimEnd().length;
}

// "|" and ">" begin a text that ends with a line of its own.
function isBlockScalar(text: string, [start]: Range): boolean {
  return '|>'.includes(text.charAt(start));
}
