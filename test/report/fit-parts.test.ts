import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fitParts, type Part } from '../../scripts/report/fit-parts.ts';

const part = (title: string, items: readonly string[], close: readonly string[] = []): Part => {
  return { open: [title], items, close };
};

it('all of it is there where it fits', () => {
  expect(fitParts([part('a', ['1', '2']), part('b', ['3'], ['end'])], 100)).toEqual(['a\n1\n2', 'b\n3\nend']);
});

it('a long part does not push a short one out', () => {
  const long = part(
    'long',
    Array.from({ length: 100 }, (_, index) => `item ${String(index).padStart(4, '0')}`),
    ['end'],
  );
  const [shown, short] = fitParts([long, part('short', ['1'])], 200);
  expect(short).toBe('short\n1');
  expect(shown).toMatch(/^long\nitem 0000\n(item [0-9]{4}\n)+\n[0-9]+ of 100 shown, all of it in the artefact\nend$/);
});

it('an item that does not fit is not there, nor what comes after it', () => {
  expect(fitParts([part('a', ['1', 'x'.repeat(500), '2'])], 300)).toEqual([
    'a\n1\n\n1 of 3 shown, all of it in the artefact',
  ]);
});

it('together they are never longer than they may be', () => {
  const parts = fc.array(
    fc.array(
      fc.string({ maxLength: 300 }).map((text) => text.replaceAll('\n', ' ')),
      { maxLength: 40 },
    ),
    {
      minLength: 1,
      maxLength: 5,
    },
  );
  fc.assert(
    fc.property(parts, fc.integer({ min: 500, max: 5000 }), (all, longest) => {
      const texts = fitParts(
        all.map((items) => part('title', items)),
        longest,
      );
      expect(texts.join('\n\n').length).toBeLessThanOrEqual(longest);
    }),
  );
});
