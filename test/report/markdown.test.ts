import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bullets, code, codeCell, text } from '../../scripts/report/markdown.ts';

/** A code span as CommonMark reads it: it ends at the next run of as many backticks as it began with. */
const SPAN = /(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/gs;

/** What stands on the page: code spans as `of` makes them, and every entity as its character. */
function page(markdown: string, of: (inner: string) => string): string {
  return markdown.replace(new RegExp(`${SPAN.source}|&#([0-9]+);`, 'gs'), (_whole, _fence, inner, number) => {
    if (number !== undefined) return String.fromCharCode(number);
    // One space at each end is taken away, unless there is nothing else.
    return of(/^ .*[^ ].* $/.test(inner) ? inner.slice(1, -1) : inner);
  });
}

/** Characters, words and pieces of syntax of which somebody could make more than text. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('`', '``', '\\', '|', '<', '>', '[', ']', '(', ')', '&#64;', '@', '#1', '*', '_', '~', '!', '$'),
      fc.constantFrom(
        '@lab/leads',
        'a@example.org',
        'lab/policy#12',
        'GH-12',
        'https://',
        'www.',
        'example.org',
        ':+1:',
      ),
      fc.constantFrom('-', '+', '=', '1.', '1)', '#', '> ', ' ', '  ', '\n', '\r\n', '\u2028', '\u0000', '\u202e'),
      fc.constantFrom(
        '0a1b2c3',
        'CVE-2026-1',
        '<!--',
        '-->',
        '</details>',
        '<img src=x>',
        '[x](javascript:y)',
        '$x$',
        'a',
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('text', () => {
  it.each([
    ['plain words, with a comma: 12800% and 32G', 'plain words, with a comma: 12800% and 32G'],
    [
      '*a* _b_ [c](d) <e> & `f` | ~g~ !h #i {j}',
      '&#42;a&#42; &#95;b&#95; &#91;c&#93;&#40;d&#41; &#60;e&#62; &#38; &#96;f&#96; &#124; &#126;g&#126; &#33;h &#35;i &#123;j&#125;',
    ],
    ['says @lab/leads, (@octo-cat).', 'says `@lab/leads`, &#40;`@octo-cat`&#41;.'],
    ['"100001@example.org" <a@b>', '"`100001@example.org`" &#60;`a@b`&#62;'],
    ['as in #12, lab/policy#12 and GH-12', 'as in `#12`, `lab/policy#12` and `GH-12`'],
    ['https://example.org/x, www.example.org; ftp://x', '`https://example.org/x`, `www.example.org`; `ftp://x`'],
    ['since 0a1b2c3d of 65536 and 4194304', 'since `0a1b2c3d` of 65536 and `4194304`'],
    ['CVE-2026-1 costs $5 :tada: :+1:', '`CVE-2026-1` costs `$5` `:tada:` `:+1:`'],
    ['@a|@b', '`@a`&#124;`@b`'],
    ['@`a`', '`` @`a` ``'],
    ['- a', '&#45; a'],
    ['  - a', ' &#45; a'],
    ['1. a', '1&#46; a'],
    ['  1. a', ' 1&#46; a'],
    ['1) a', '1&#41; a'],
    ['a\n\n# b\r\n', 'a &#35; b '],
  ])('%j', (value, expected) => {
    expect(text(value)).toBe(expected);
  });

  it('is never more than text, whatever it is', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const markdown = text(value);
        expect(markdown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        // Of Markdown, HTML and tables.
        expect(markdown).not.toMatch(/^ *(?:[-+=]|[0-9]+[.)])/);
        expect(markdown.replace(SPAN, '').replace(/&#[0-9]+;/g, '')).not.toMatch(/[\\`*_{}[\]<>()#!|~&]/);
        // Of what GitHub makes of the finished page.
        const words = page(markdown, () => '\n');
        expect(words).not.toMatch(/[@$]|#[0-9]|:[/]|www[.]|gh-[0-9]|cve-|[0-9a-f]{7}|:[\w+-]+:/i);
      }),
    );
  });

  // A subject of a commit can be as long as that: the time of one step for each pair of characters is not there.
  it.each(['@', '.', ':', '"', '`a', '1'])('is made of 200,000 times %j before a test ends', (part) => {
    expect(text(`@${part.repeat(200_000)}x`).length).toBeGreaterThan(200_000);
    expect(text(part.repeat(200_000)).length).toBeGreaterThanOrEqual(200_000);
  });

  it('says the same words', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const bare = (of: string) => of.replace(/\\u\{[0-9a-f]+\}|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]/gu, '');
        expect(bare(page(text(value), (inner) => inner))).toBe(bare(value));
      }),
    );
  });
});

describe('code', () => {
  it.each([
    ['', '`  `'],
    ['a', '`a`'],
    ['`', '`` ` ``'],
    ['``a', '``` ``a ```'],
    ['a`b', '``a`b``'],
    ['a|b', '`a|b`'],
    [' a ', '`  a  `'],
    ['a\n\n# b', '`a # b`'],
    ['a\u001b[', '`a\\u{1b}[`'],
  ])('%j', (value, span) => {
    expect(code(value)).toBe(span);
  });

  it('in a table keeps the cell whole', () => {
    expect(codeCell('a|b \\| c')).toBe('`a\\|b \\\\| c`');
  });

  it('is one span, whatever is in it', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        expect(code(value).replace(SPAN, '')).toBe('');
        expect([...code(value).matchAll(SPAN)]).toHaveLength(1);
        expect(codeCell(value)).not.toMatch(/(?<!\\)[|]/);
      }),
    );
  });
});

it('a list has a title, and nothing has none', () => {
  expect(bullets('**a**', [' b ', 'c'])).toEqual(['**a**', '', '- b', '- c']);
  expect(bullets('**a**', [])).toEqual([]);
});
