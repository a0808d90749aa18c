import { readSource } from './source.ts';

/** A value that is written into a policy file. */
export type WrittenValue = string | number | readonly WrittenValue[] | WrittenMap;

/** Keys and values that are written into a policy file, in this order. */
export interface WrittenMap {
  readonly [key: string]: WrittenValue;
}

/** Whether a value stands in a line of its own, or between brackets: there, commas and brackets mean something. */
export type Surrounding = 'line' | 'brackets';

/** A value on one line, as people write it: `{ cpus: 16, memory: 32G }`. Words are quoted only where YAML needs it. */
export function flowText(value: WrittenValue, surrounding: Surrounding, quote = ''): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return wordText(value, surrounding, quote);
  if (isList(value)) return `[${value.map((item) => flowText(item, 'brackets')).join(', ')}]`;
  const entries = Object.entries(value).map(([key, inner]) => entryText(key, inner, 'brackets'));
  return `{ ${entries.join(', ')} }`;
}

/** A key and its value on one line. */
export function entryText(key: string, value: WrittenValue, surrounding: Surrounding): string {
  return `${wordText(key, surrounding)}: ${flowText(value, surrounding)}`;
}

/** A key and its value on lines of their own; only the innermost map is between braces, as in `limits`. */
export function entryLines(key: string, value: WrittenValue, indent = ''): string {
  if (!isMap(value) || !Object.values(value).some(isMap)) return `${indent}${entryText(key, value, 'line')}\n`;
  const inner = Object.entries(value).map(([name, content]) => entryLines(name, content, `${indent}  `));
  return `${indent}${wordText(key, 'line')}:\n${inner.join('')}`;
}

// Plain, if that is read back as the same word: nobody has to know all of what YAML makes of words.
function wordText(word: string, surrounding: Surrounding, quote = ''): string {
  if (quote === "'" || (quote === '' && !isPlain(word, surrounding) && /["\\]/.test(word))) {
    return `'${word.replaceAll("'", "''")}'`;
  }
  return quote === '"' || !isPlain(word, surrounding) ? JSON.stringify(word) : word;
}

function isPlain(word: string, surrounding: Surrounding): boolean {
  const text = surrounding === 'line' ? `plain: ${word}\n` : `plain: [${word}]\n`;
  const { source } = readSource('', text);
  const { plain, ...others } = (source?.value ?? {}) as { readonly plain?: unknown };
  const read = Array.isArray(plain) && plain.length === 1 ? plain[0] : plain;
  return read === word && Object.keys(others).length === 0;
}

function isList(value: WrittenValue): value is readonly WrittenValue[] {
  return Array.isArray(value);
}

function isMap(value: WrittenValue): value is WrittenMap {
  return typeof value === 'object' && !isList(value);
}
