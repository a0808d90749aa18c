import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { edit } from '../../scripts/policy/edit.ts';
import { readSource, type Source, spanOf } from '../../scripts/policy/source.ts';
import type { WrittenValue } from '../../scripts/policy/yaml-text.ts';

function sourceOf(text: string): Source {
  const { source, findings } = readSource('x.yaml', text);
  if (!source) throw new Error(`${JSON.stringify(findings)}\n${text}`);
  return source;
}

function edited(text: string, path: string, value?: WrittenValue): string {
  const keys = path.split(' ').map((key) => (/^[0-9]+$/.test(key) ? Number(key) : key));
  return edit(sourceOf(text), [{ path: keys, ...(value !== undefined && { value }) }]).text;
}

const GROUP = `\
# about the file
description: PhD students # who
limits:
  # 65536 is what the server ran with
  per_group: { cpu_quota: 12800%, memory_max: 128G, tasks_max: 65536 } # together

  per_container:
    cpus: 64 # cores
    memory: 128G

# the end
`;

describe('a value', () => {
  it.each([
    ['limits per_group tasks_max', 131072, 'tasks_max: 65536', 'tasks_max: 131072'],
    ['limits per_container cpus', 'unlimited', 'cpus: 64', 'cpus: unlimited'],
    ['description', 'a: b', 'PhD students', '"a: b"'],
    ['description', '"a" # b', 'PhD students', `'"a" # b'`],
  ])('%s becomes %j in its place', (path, value, before, after) => {
    expect(edited(GROUP, path, value)).toBe(GROUP.replace(before, after));
  });

  it.each([
    ['a: "b"\n', 'c', 'a: "c"\n'],
    ["a: 'b' # c\n", "it's", "a: 'it''s' # c\n"],
    ['a: "5"\n', 5, 'a: 5\n'],
    ['{"a":"b","c":1}\n', 'c', '{"a":"c","c":1}\n'],
    ['a:\n  b\n', 'c', 'a:\n  c\n'],
    ['a: one\n  two # c\nb: 1\n', 'c', 'a: c # c\nb: 1\n'],
    ['a: >\n  one\n  two\n\nb: 1\n', 'c', 'a: c\n\nb: 1\n'],
    ['a: |\n  one\n', 'c', 'a: c\n'],
    ['a: { b: 1 }\n', 'c', 'a: c\n'],
    ['a: # what\n  b: 1\n  c: 2\n# d\ne: 3\n', 'f', 'a: f\n# d\ne: 3\n'],
    ['a: [b, c] # d\n', ['b'], 'a: [b] # d\n'],
  ])('of %j becomes %j, as it was written before', (before, value, after) => {
    expect(edited(before, 'a', value)).toBe(after);
  });
});

describe('a new key', () => {
  it('follows the one that comes before it in their order, also where the file has another one', () => {
    expect(edited('tasks_max: 1\ncpu_quota: 5%\n', 'io_weight', 10)).toBe(
      'tasks_max: 1\nio_weight: 10\ncpu_quota: 5%\n',
    );
  });

  it.each([
    ['limits per_group memory_high', '96G', 'memory_max:', 'memory_high: 96G, memory_max:'],
    ['limits per_group cpu_weight', 200, '12800%', '12800%, cpu_weight: 200'],
    ['limits per_group io_weight', 5, '65536 }', '65536, io_weight: 5 }'],
    ['limits per_container gpus', 2, '    memory: 128G\n', '    memory: 128G\n    gpus: 2\n'],
    ['limits per_container shm_size', '8G', '    memory: 128G\n', '    memory: 128G\n    shm_size: 8G\n'],
    ['limits per_member tasks_max', 4096, '# together\n', '# together\n  per_member: { tasks_max: 4096 }\n'],
    ['longest_grant', '365d', '# who\n', '# who\nlongest_grant: 365d\n'],
    [
      'limits per_group io_read_bandwidth_max /dev/sda',
      '1G',
      '65536 }',
      '65536, io_read_bandwidth_max: { /dev/sda: 1G } }',
    ],
  ])('%s stands where one would look for it', (path, value, before, after) => {
    expect(edited(GROUP, path, value)).toBe(GROUP.replace(before, after));
  });

  it.each([
    ['group: a\n', 'limits per_member memory_max', '1G', 'group: a\nlimits:\n  per_member: { memory_max: 1G }\n'],
    ['# c\n\ngroup: a\n', 'accounts', ['b'], '# c\n\naccounts: [b]\ngroup: a\n'],
    ['{ group: a }\n', 'reason', 'b, c', '{ group: a, reason: "b, c" }\n'],
    ['{ group: a }\n', 'accounts', ['b'], '{ accounts: [b], group: a }\n'],
    ['{\n  group: a,\n  expires: b\n}\n', 'reason', 'c', '{\n  group: a,\n  reason: c,\n  expires: b\n}\n'],
    ['{\n  group: a, # g\n}\n', 'accounts', ['c'], '{\n  accounts: [c],\n  group: a, # g\n}\n'],
    ['a: {}\n', 'a b', 1, 'a: { b: 1 }\n'],
    ['a: unlimited\n', 'a /dev/sda', '1G', 'a: { /dev/sda: 1G }\n'],
    ['- b: 1\n- group: 2\n', '1 accounts', 3, '- b: 1\n- group: 2\n  accounts: 3\n'],
    ['reason: >\n  one\nexpires: a\n', 'granted', 'b', 'reason: >\n  one\ngranted: b\nexpires: a\n'],
  ])('of %j', (before, path, value, after) => {
    expect(edited(before, path, value)).toBe(after);
  });
});

describe('one more in a list', () => {
  it.each([
    ['a: [b] # c\n', 'a: [b, d] # c\n'],
    ['a: [\n  b, # c\n]\n', 'a: [\n  b, # c\n  d,\n]\n'],
    ['a: [\n  b # c\n]\n', 'a: [\n  b, # c\n  d\n]\n'],
    ['a: [\n  b\n]\n', 'a: [\n  b,\n  d\n]\n'],
    ['a:\n  - b # c\n\ne: 1\n', 'a:\n  - b # c\n  - d\n\ne: 1\n'],
    ['a:\n- b\ne: 1\n', 'a:\n- b\n- d\ne: 1\n'],
    ['a: []\n', 'a: [d]\n'],
  ])('of %j', (before, after) => {
    expect(edited(before, 'a 9', 'd')).toBe(after);
  });
});

describe('what is taken out', () => {
  it.each([
    ['limits per_group cpu_quota', 'cpu_quota: 12800%, ', ''],
    ['limits per_group memory_max', 'memory_max: 128G, ', ''],
    ['limits per_group tasks_max', ', tasks_max: 65536', ''],
    ['limits per_container cpus', '    cpus: 64 # cores\n', ''],
    ['limits per_container', '\n  per_container:\n    cpus: 64 # cores\n    memory: 128G\n', '\n'],
    ['description', 'description: PhD students # who\n', ''],
  ])('%s goes alone', (path, before, after) => {
    expect(edited(GROUP, path)).toBe(GROUP.replace(before, after));
  });

  it.each([
    ['a: 1\nb: { c: { d: 1 } }\ne: 1\n', 'b c d', 'a: 1\ne: 1\n'],
    ['a:\n  - b: 1\n    c: 2\n  - b: 3\n', 'a 0', 'a:\n  - b: 3\n'],
    ['a:\n  - b: 1\n    c: 2 # d\n  - b: 3\n', 'a 1', 'a:\n  - b: 1\n    c: 2 # d\n'],
    ['a:\n  - b: 1\n    c: 2\n', 'a 0 b', 'a:\n  - c: 2\n'],
    ['a: [b, c]\n', 'a 0', 'a: [c]\n'],
    ['a: [b, c]\n', 'a 1', 'a: [b]\n'],
    ['a: [\n  b, # x\n  c, # y\n]\n', 'a 0', 'a: [\n  c, # y\n]\n'],
    ['a: [\n  b, # x\n  c # y\n]\n', 'a 1', 'a: [\n  b, # x\n]\n'],
    ['{ a: 1, b: { c: 1 }, d: 1 }\n', 'b c', '{ a: 1, d: 1 }\n'],
    ['a: >\n  one\nb: 1\n', 'a', 'b: 1\n'],
  ])('of %j', (before, path, after) => {
    expect(edited(before, path)).toBe(after);
  });
});

it('is a bug if the text does not come out as it should', () => {
  const hidden = [{ path: ['a'], value: 'one\u202etwo' }];
  expect(() => edit(sourceOf('a: 1\n'), hidden)).toThrow(/^x[.]yaml cannot be edited at a: character U\+202E/);
  // Nobody writes lists so.
  const odd = [{ path: [0, 1], value: 'b' }];
  expect(() => edit(sourceOf('- - a\n'), odd)).toThrow('x.yaml cannot be edited at 0.1: it would mean something else');
  expect(() => edit(sourceOf('a: 1\n'), [{ path: ['b'] }])).toThrow('b is not in x.yaml');
});

/** How one map is written; each layout is for one depth. */
interface Layout {
  readonly isFlow: boolean;
  /** Between braces, but with a line for each value. */
  readonly isSpread: boolean;
  readonly hasComments: boolean;
  readonly quote: string;
  readonly indent: number;
}

type Content = string | number | { readonly [key: string]: Content };
type ContentMap = { readonly [key: string]: Content };

const KEYS = ['group', 'reason', 'limits', 'per_member', 'per_container', 'cpu_quota', 'tasks_max', '/dev/sda', 'else'];
const key = fc.constantFrom(...KEYS);
const layout: fc.Arbitrary<Layout> = fc.record({
  isFlow: fc.boolean(),
  isSpread: fc.boolean(),
  hasComments: fc.boolean(),
  quote: fc.constantFrom('"', "'"),
  indent: fc.integer({ min: 1, max: 4 }),
});
// Words that YAML would like to read as something else.
const ODD = [
  '2027-03-31',
  'true',
  '~',
  '5',
  '0x1F',
  '.5',
  '1e3',
  '- a',
  '? b',
  'a: b',
  'a #b',
  '[d',
  '"f',
  "g's",
  '@i',
  '!k',
  '|',
];
const characters = fc.constantFrom('a', ' ', ':', '#', '"', "'", '\\', ',', '[', '}', '-', '😀', '$');
const word = fc.oneof(
  fc.constantFrom('researcher', 'never', ...ODD),
  fc.string({ unit: characters, minLength: 1, maxLength: 8 }).map((text) => text.trim() || 'x'),
);
const leaf = fc.oneof(word, fc.integer({ min: 0, max: 99_999 }));
const content = mapOf(fc.oneof(leaf, mapOf(fc.oneof(leaf, mapOf(leaf)))));

describe('in any layout', () => {
  it('it means what is wanted, and all but one stretch of the text is as it was', () => {
    const given = fc.record({
      map: content,
      layouts: fc.tuple(layout, layout, layout),
      at: fc.nat(),
      added: fc.option(key, { nil: undefined }),
      value: fc.option(leaf, { nil: undefined }),
    });
    fc.assert(
      fc.property(given, ({ map, layouts, at, added, value }) => {
        const text = `# begin\n${write(map, layouts).slice(1)}\n# end\n`;
        expect(parse(text)).toEqual(map);
        const paths = pathsIn(map);
        const path = [
          ...(paths[at % paths.length] ?? []),
          ...(added === undefined || value === undefined ? [] : [added]),
        ];
        const wanted = changed(map, path, value);
        fc.pre(wanted !== undefined);
        const source = sourceOf(text);
        const after = edit(source, [{ path, ...(value !== undefined && { value }) }]).text;
        expect(parse(after)).toEqual(wanted);
        const old = spanOf(source, path) ?? spanOf(source, path.slice(0, -1));
        const replaced =
          typeof valueAt(map, path) === 'undefined' && typeof valueAt(map, path.slice(0, -1)) === 'object'
            ? 0
            : old && old.value[1] - (old.key ?? old.value)[0];
        if (value !== undefined) expect(text.length - unchanged(text, after)).toBeLessThanOrEqual(replaced ?? 0);
        else expect(unchanged(text, after)).toBe(after.length);
      }),
      { numRuns: 150 },
    );
  });
});

function mapOf(values: fc.Arbitrary<Content>): fc.Arbitrary<ContentMap> {
  return fc.dictionary(key, values, { minKeys: 1, maxKeys: 5 });
}

// A map on lines of its own begins with one.
function write(value: Content, layouts: readonly Layout[], margin = '', isBetweenBraces = false): string {
  const [{ isFlow, isSpread, hasComments, quote, indent } = layouts[0]!, ...deeper] = layouts;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return quote === '"' ? JSON.stringify(value) : `'${value.replaceAll("'", "''")}'`;
  const isBlock = !isBetweenBraces && (margin === '' || !isFlow);
  const inner = margin === '' && isBlock ? margin : `${margin}${' '.repeat(indent)}`;
  const entries = Object.entries(value).map(([name, content]) => {
    const text = write(content, deeper.length > 0 ? deeper : layouts, inner === '' ? ' ' : inner, !isBlock);
    return { entry: `${name}:${text.startsWith('\n') ? '' : ' '}${text}`, note: hasComments ? ` # about ${name}` : '' };
  });
  if (isBlock)
    return entries.map(({ entry, note }) => `\n${inner}${entry}${entry.includes('\n') ? '' : note}`).join('');
  if (!isSpread) return `{ ${entries.map(({ entry }) => entry).join(', ')} }`;
  return `{${entries.map(({ entry, note }) => `\n${inner}${entry},${note}`).join('')}\n${inner}}`;
}

function pathsIn(value: Content): readonly (readonly string[])[] {
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, content]) => [
    [name],
    ...pathsIn(content).map((path) => [name, ...path]),
  ]);
}

function valueAt(value: Content, path: readonly string[]): Content | undefined {
  return path.reduce<Content | undefined>(
    (inner, name) => (typeof inner === 'object' ? inner[name] : undefined),
    value,
  );
}

/** The same with another value at a path, or without it and without maps that are empty then. */
function changed(value: Content, [name, ...path]: readonly string[], to: Content | undefined): Content | undefined {
  if (name === undefined) return to;
  const { [name]: old = {}, ...others } = typeof value === 'object' ? value : {};
  const inner = changed(old, path, to);
  const after = inner === undefined ? others : { ...others, [name]: inner };
  return Object.keys(after).length === 0 ? undefined : after;
}

/** How many characters two texts have in common at their beginnings and their ends. */
function unchanged(before: string, after: string): number {
  const least = Math.min(before.length, after.length);
  let start = 0;
  while (start < least && before[start] === after[start]) start++;
  let end = 0;
  while (start + end < least && before.at(-1 - end) === after.at(-1 - end)) end++;
  return start + end;
}
