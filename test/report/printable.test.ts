import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columns, count, printable, shortened } from '../../scripts/report/printable.ts';

describe('printable', () => {
  it.each([
    ['colours', '\u001b[31mred\u001b[0m', '\\u{1b}[31mred\\u{1b}[0m'],
    ['a new line', 'a\r\nb', 'a\\u{d}\\u{a}b'],
    ['the C1 set, which is escape sequences, too', 'a\u009b31m', 'a\\u{9b}31m'],
    ['characters that turn text around', 'a\u202eb\u2066c', 'a\\u{202e}b\\u{2066}c'],
    ['characters without a width', 'a\u200bb\ufeffc\u00add', 'a\\u{200b}b\\u{feff}c\\u{ad}d'],
    ['separators of lines and paragraphs', 'a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
    ['tags beyond the first plane', 'a\u{e0041}', 'a\\u{e0041}'],
  ])('shows %s as a code', (_title, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('leaves everything else as it is', () => {
    expect(printable('Größe 32G → 64G, 学生 😀 [x] `y` | <b>')).toBe('Größe 32G → 64G, 学生 😀 [x] `y` | <b>');
  });

  it('never lets a character through that moves or hides others', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 1000 },
    );
  });
});

it.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['😀😀😀', 3, '😀😀😀'],
  ['😀😀😀😀', 3, '😀😀…'],
  ['x😀😀😀', 3, 'x😀…'],
])('%j in %i characters is %j', (text, longest, expected) => {
  expect(shortened(text, longest)).toBe(expected);
});

it('count', () => {
  expect([0, 1, 2].map((number) => count(number, 'file'))).toEqual(['0 files', '1 file', '2 files']);
});

describe('columns', () => {
  it('are as wide as their longest cell, two spaces apart, without space at the end', () => {
    expect(columns([['a', 'bbb', 'c'], ['aaaa', 'b', ''], ['a']], '  ')).toEqual([
      '  a     bbb  c',
      '  aaaa  b',
      '  a',
    ]);
  });

  it('can be none', () => {
    expect(columns([])).toEqual([]);
  });
});
