import { expect, it } from 'vitest';
import { acknowledgedMarkdown, acknowledgedText } from '../../scripts/report/acknowledged.ts';
import { type Paint, plain } from '../../scripts/report/paint.ts';
import type { Acknowledged } from '../../scripts/review/acknowledgements.ts';

const HOSTILE = 'a\r\n::error::x\u001b[31m\u202e <b>[c](d)</b> `e` @all';

function acknowledged(text?: string): Acknowledged {
  return {
    ...{ rule: 'new-admin', object: '100001@example.org' },
    message: text ?? '"100001@example.org" becomes an administrator, with no end',
    commit: {
      ...{ name: 'c'.repeat(40), short: 'ccccccc', subject: text ?? 'Make 100001 an administrator', isMerge: false },
      author: { name: text ?? 'Tester', mail: text ?? 'tester@example.org' },
      ...{ acknowledgements: [], policyFiles: [], otherFiles: [] },
    },
  };
}

it('says what is meant, and who says so', () => {
  expect(acknowledgedText([acknowledged()], plain)).toBe(`\
acknowledged in this change:
  "100001@example.org" becomes an administrator, with no end [new-admin]
    says Tester <tester@example.org> in commit ccccccc "Make 100001 an administrator"
`);
  const paint: Paint = (tone, text) => `<${tone}>${text}</>`;
  expect(acknowledgedText([acknowledged()], paint)).toContain('<strong>acknowledged in this change:</>\n');
  expect(acknowledgedMarkdown([acknowledged()])).toBe(`\
**acknowledged in this change**

- "\`100001@example.org\`" becomes an administrator, with no end (\`new-admin\`): says Tester &#60;\`tester@example.org\`&#62; in commit \`ccccccc\` "Make 100001 an administrator"
`);
});

it('is nothing if there is nothing', () => {
  expect([acknowledgedText([], plain), acknowledgedMarkdown([])]).toEqual(['', '']);
});

it('of very many, shows the first as Markdown, and all in a log', () => {
  const many = Array.from({ length: 5000 }, () => acknowledged());
  expect(acknowledgedMarkdown(many, 5000).length).toBeLessThanOrEqual(5000);
  expect(acknowledgedMarkdown(many, 5000)).toMatch(/\n\n[12][0-9] of 5000 shown, all of it in the artefact\n$/);
  expect(acknowledgedText(many, plain).split('\n')).toHaveLength(10_002);
});

it('keeps text of others on its line, and text', () => {
  const texts = [acknowledgedText([acknowledged(HOSTILE)], plain), acknowledgedMarkdown([acknowledged(HOSTILE)])];
  expect(texts.map((text) => text.split('\n').length)).toEqual([4, 4]);
  for (const text of texts) expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(texts[1]).not.toMatch(/<b>|\[c\]|[^`]@all|`e`/);
});

it('has room for each, however much its commit says', () => {
  const endless = [...'<\u202e|'].map((character) => acknowledged(character.repeat(100_000)));
  const markdown = acknowledgedMarkdown([...endless, acknowledged()], 20_000);
  expect(markdown.split('\n')).toHaveLength(7);
  expect(markdown).toContain('becomes an administrator');
});
