import { type KeyPath, readSource, type Source, spanOf } from './source.ts';
import { adding, appending, removing, replacing, type Splice } from './splice.ts';
import type { WrittenMap, WrittenValue } from './yaml-text.ts';

/** One value of a policy file that is to be another one. */
export interface Edit {
  readonly path: KeyPath;
  /** Absent: it is taken out with its key, and so is every map and list that would be empty without it. */
  readonly value?: WrittenValue;
}

/**
 * Changes values of a policy file and leaves every other byte as it is: comments, order, quotes, layout. The new text is
 * read again and has to mean what was wanted. Throws Error if it does not: that is a bug, and the text must not be used.
 */
export function edit(source: Source, edits: readonly Edit[]): Source {
  return edits.reduce(editOne, source);
}

function editOne(source: Source, { path, value }: Edit): Source {
  const { splice, wanted } = value === undefined ? withoutPath(source, path) : withValue(source, path, value);
  const { range, text } = splice;
  const edited = `${source.text.slice(0, range[0])}${text}${source.text.slice(range[1])}`;
  const { source: after, findings } = readSource(source.file, edited);
  if (after && canonical(after.value) === canonical(wanted)) return after;
  const what = findings[0]?.message ?? 'it would mean something else';
  throw new Error(`${source.file} cannot be edited at ${path.join('.')}: ${what}`);
}

interface Wanted {
  readonly splice: Splice;
  /** What the whole file has to mean afterwards. */
  readonly wanted: unknown;
}

function withValue(source: Source, path: KeyPath, value: WrittenValue): Wanted {
  const depth = path.findIndex((_key, index) => !spanOf(source, path.slice(0, index + 1)));
  const key = path[depth];
  if (key === undefined) return { splice: replacing(source, path, value), wanted: put(source.value, path, value) };
  const parent = path.slice(0, depth);
  const content = path.slice(depth + 1).reduceRight<WrittenValue>((inner, name) => ({ [name]: inner }), value);
  const around = valueAt(source.value, parent);
  if (Array.isArray(around)) {
    return { splice: appending(source, parent, content), wanted: put(source.value, parent, [...around, content]) };
  }
  // Such as a rate for one device where all of them were unlimited.
  if (typeof around !== 'object') {
    const map: WrittenMap = { [key]: content };
    return { splice: replacing(source, parent, map), wanted: put(source.value, parent, map) };
  }
  return {
    splice: adding(source, parent, String(key), content),
    wanted: put(source.value, [...parent, key], content),
  };
}

function withoutPath(source: Source, path: KeyPath): Wanted {
  const parent = path.slice(0, -1);
  const around = valueAt(source.value, parent) as object;
  if (parent.length > 0 && Object.keys(around).length === 1) return withoutPath(source, parent);
  return { splice: removing(source, path), wanted: take(source.value, path) };
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce((inner, key) => (inner as Readonly<Record<string, unknown>>)[key], value);
}

// The same with another value at a path.
function put(around: unknown, [key, ...path]: KeyPath, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(around)) return around.map((item, index) => (index === key ? put(item, path, value) : item));
  const map = around as Readonly<Record<string, unknown>>;
  return { ...map, [key]: put(map[key], path, value) };
}

function take(around: unknown, [key = '', ...path]: KeyPath): unknown {
  if (path.length > 0) return put(around, [key], take(valueAt(around, [key]), path));
  if (Array.isArray(around)) return around.filter((_item, index) => index !== key);
  return Object.fromEntries(Object.entries(around as object).filter(([name]) => name !== key));
}

// The order of keys means nothing.
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const entries = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`);
  return `{${entries.sort().join()}}`;
}
