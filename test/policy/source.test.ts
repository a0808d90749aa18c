import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineOf, locate, readSource, type Source } from '../../scripts/policy/source.ts';

function sourceOf(text: string): Source {
  const { source, findings } = readSource('members/x.yaml', text);
  expect(findings).toEqual([]);
  return source!;
}

function rulesOf(text: string): readonly string[] {
  return readSource('members/x.yaml', text).findings.map(({ rule }) => rule);
}

const TEXT = `# about this file
accounts: [a@x, b@x]
limits:
  per_group:
    tasks_max: 512
    /dev/sd~a: 1
  per_member: {}
`;

describe('readSource', () => {
  it('gives the plain value, without prototypes that a key could reach', () => {
    const { value } = sourceOf('__proto__: { polluted: true }\n"a b": [1, "1", true, null, text]\n');
    expect(Object.getPrototypeOf(value)).toBe(null);
    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true},"a b":[1,"1",true,null,"text"]}');
    expect('polluted' in {}).toBe(false);
  });

  it('takes keys as they are written, also those that are numbers or words to YAML', () => {
    expect(Object.keys(sourceOf('007: a\n1e3: b\ntrue: c\n~: d\n').value as object)).toEqual([
      '007',
      '1e3',
      'true',
      '~',
    ]);
    expect(rulesOf('1: a\n"1": b\n')).toEqual(['yaml-duplicate-key']);
  });

  it('tells a key with a slash or a tilde in it from a path', () => {
    const source = sourceOf('a: { b: 1 }\na/b: 2\na~1b: 3\na~b: { c: 4 }\n');
    expect(locate(source, ['a', 'b'])).toMatchObject({ line: 1 });
    expect(locate(source, ['a/b'])).toMatchObject({ line: 2 });
    expect(locate(source, ['a~1b'])).toMatchObject({ line: 3 });
    expect(locate(source, ['a~b', 'c'])).toMatchObject({ line: 4 });
  });

  it('takes a key without a value in a map of one line for one that is empty, at its key', () => {
    const source = sourceOf('a: { b, c: 1 }\n');
    expect(source.value).toEqual({ a: { b: null, c: 1 } });
    expect(locate(source, ['a', 'b'])).toMatchObject({ line: 1, column: 6, endColumn: 7 });
  });

  it('knows true, false and null of the core schema only: yes, no, on and off are text', () => {
    expect(sourceOf('[yes, no, on, off, 12:30, 2026-01-01, 1_000]\n').value).toEqual(
      'yes no on off 12:30 2026-01-01 1_000'.split(' '),
    );
  });

  it('reports every problem of the tree, but only the first of the text and of the syntax', () => {
    expect(rulesOf('a: &x 1\nb: *x\nc: !t 2\nd: 0x1\nd: 2\n')).toEqual([
      'yaml-alias',
      'yaml-alias',
      'yaml-tag',
      'yaml-number',
      'yaml-duplicate-key',
    ]);
    expect(rulesOf('a: [1\nb: "2\n')).toEqual(['yaml-syntax']);
    expect(rulesOf('a:\t1\nb:\t2\n')).toEqual(['text-tab']);
  });

  it('points at a tag that is written in full where its value is', () => {
    const [finding] = readSource('site.yaml', 'a: !<tag:yaml.org,2002:str> x\n').findings;
    expect(finding).toMatchObject({
      rule: 'yaml-tag',
      message: 'tag "!!str" is not allowed',
      location: { column: 29 },
    });
  });

  it('takes a `%` for a directive only before the document', () => {
    expect(rulesOf('# c\n\n  # d\n%YAML 1.2\n---\na: 1\n')).toEqual(['yaml-tag']);
    expect(rulesOf('%FOO\n---\na: 1\n')).toEqual(['yaml-tag']);
    expect(rulesOf('a: |\n  x\n  %YAML\n')).toEqual([]);
  });

  it.each(['.inf', '-.inf', '.nan', '+1', '1.', '.5', '1e3', '0o7', '0x1F', '01', '-01'])(
    'refuses %s as a number',
    (number) => {
      expect(rulesOf(`a: ${number}\n`)).toEqual(['yaml-number']);
      expect(rulesOf(`a: "${number}"\n`)).toEqual([]);
    },
  );

  it.each(['0', '-1', '1.50', '65536', '0.01'])('takes %s as a number', (number) => {
    expect(sourceOf(`a: ${number}\n`).value).toEqual({ a: Number(number) });
  });

  it('never throws, and gives either a source or findings', () => {
    const pieces = fc.constantFrom(
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '&a ',
      '*a',
      '!t ',
      '<<',
      '"',
      '|',
      '#',
      '%',
      '?',
      '~',
      '1',
      '---',
      '...',
      '\r',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const { source, findings } = readSource('x.yaml', parts.join(''));
        expect(source === undefined).toBe(findings.length > 0);
      }),
    );
  });

  it('finds places that are inside the text, whatever is wrong', () => {
    fc.assert(
      fc.property(fc.nat(TEXT.length), fc.constantFrom('', '\t', '"', '[', '*', '&a', ': ', '\u200b'), (at, insert) => {
        const text = TEXT.slice(0, at) + insert;
        const lines = text.split('\n');
        for (const { location, excerpt } of readSource('x.yaml', text).findings) {
          expect(excerpt).toBe(lines[location.line - 1]);
          expect(location.column).toBeGreaterThanOrEqual(1);
          expect(location.column).toBeLessThanOrEqual(excerpt!.length + 1);
          expect(location.endLine * 1000 + location.endColumn).toBeGreaterThanOrEqual(
            location.line * 1000 + location.column,
          );
        }
      }),
    );
  });
});

describe('locate', () => {
  const source = sourceOf(TEXT);
  const at = (path: readonly (string | number)[], part?: 'key' | 'value') => {
    const { line, column, endLine, endColumn } = locate(source, path, part);
    return [line, column, endLine, endColumn];
  };

  it('finds values and keys', () => {
    expect(at(['accounts', 1])).toEqual([2, 17, 2, 20]);
    expect(at(['accounts'], 'key')).toEqual([2, 1, 2, 9]);
    expect(at(['limits', 'per_group', 'tasks_max'])).toEqual([5, 16, 5, 19]);
    expect(at(['limits', 'per_group', 'tasks_max'], 'key')).toEqual([5, 5, 5, 14]);
    expect(at(['limits', 'per_group', '/dev/sd~a'])).toEqual([6, 16, 6, 17]);
  });

  it('finds what has no key by its value', () => {
    expect(at(['accounts', 0], 'key')).toEqual([2, 12, 2, 15]);
  });

  it('gives the key of the map that something is missing from, and the first line for the file', () => {
    expect(at(['limits', 'per_member', 'tasks_max'])).toEqual([7, 3, 7, 13]);
    expect(at(['limits', 'per_group', 'a', 'b', 'c'])).toEqual([4, 3, 4, 12]);
    expect(at(['group'])).toEqual([2, 1, 2, 1]);
    expect(at(['accounts', 7])).toEqual([2, 1, 2, 9]);
    expect(at([])).toEqual([2, 1, 2, 1]);
  });

  it('gives the list item that something is missing from', () => {
    expect(locate(sourceOf('a:\n  - { b: 1 }\n'), ['a', 0, 'c'])).toMatchObject({ line: 2, column: 5, endColumn: 5 });
  });

  it('finds a key without a value by itself', () => {
    const source = sourceOf('{ a, b: 1 }\n');
    expect(source.value).toEqual({ a: null, b: 1 });
    expect(locate(source, ['a'])).toMatchObject({ line: 1, column: 3, endColumn: 4 });
  });

  it('agrees with lineOf', () => {
    expect(lineOf(source, ['limits', 'per_group', 'tasks_max'])).toBe(5);
    expect(lineOf(source, ['limits', 'per_group'])).toBe(4);
    expect(lineOf(source, ['accounts', 1])).toBe(2);
    expect(lineOf(source, ['limits', 'per_member', 'tasks_max'])).toBe(7);
  });
});
