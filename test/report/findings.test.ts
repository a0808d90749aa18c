import { describe, expect, it } from 'vitest';
import type { Finding } from '../../scripts/policy/finding.ts';
import {
  errorsLine,
  findingsGithub,
  findingsJson,
  findingsMarkdown,
  findingsText,
  summaryLine,
} from '../../scripts/report/findings.ts';
import { type Paint, plain } from '../../scripts/report/paint.ts';

const label = (file: string) => `policy/${file}`;
const HOSTILE = 'a%\r\n::error::x,y:z\u001b[31m\u202e\u009b';

function finding(more: Partial<Finding> = {}): Finding {
  return {
    rule: 'value-spelling',
    severity: 'error',
    message: '"32g" is not a size',
    location: { file: 'groups/student.yaml', line: 6, column: 15, endLine: 6, endColumn: 18 },
    excerpt: '  memory_max: 32g # too much',
    related: [],
    ...more,
  };
}

function at(line: number, column: number, endLine: number, endColumn: number): Partial<Finding> {
  return { location: { file: 'x.yaml', line, column, endLine, endColumn } };
}

describe('findings for people', () => {
  it('have the place, the line with a caret, what else has to do with it, and the way out', () => {
    const related = [
      {
        location: { file: 'site.yaml', line: 2, column: 7, endLine: 2, endColumn: 9 },
        message: 'the size of the host',
      },
    ];
    expect(
      findingsText([finding({ related, fix: 'write 32G' }), finding({ severity: 'warning' })], label, plain),
    ).toBe(`\
policy/groups/student.yaml:6:15: error: "32g" is not a size [value-spelling]
  6 |   memory_max: 32g # too much
    |               ^^^
  policy/site.yaml:2:7: the size of the host
  fix: write 32G

policy/groups/student.yaml:6:15: warning: "32g" is not a size [value-spelling]
  6 |   memory_max: 32g # too much
    |               ^^^

1 error, 1 warning
`);
  });

  it('have no source line where there is none to show', () => {
    const { excerpt: _, ...bare } = finding(at(1, 1, 1, 1));
    expect(findingsText([bare], label, plain)).toBe(
      'policy/x.yaml:1:1: error: "32g" is not a size [value-spelling]\n\n1 error\n',
    );
  });

  it.each([
    ['a place without width', at(1, 3, 1, 3), 'abcdef', 'abcdef', '  ^'],
    ['a place behind the end', at(1, 7, 1, 7), 'abcdef', 'abcdef', '      ^'],
    ['a place over several lines', at(1, 3, 4, 1), 'abcdef', 'abcdef', '  ^^^^'],
    [
      'a line with characters that cannot be seen',
      at(1, 4, 1, 5),
      'a\u202eb\tc',
      'a\\u{202e}b\\u{9}c',
      `${' '.repeat(10)}^`,
    ],
    ['a character before the place that cannot be seen', at(1, 3, 1, 4), 'a\u200bb', 'a\\u{200b}b', '         ^'],
    ['a line that just fits', at(1, 1, 1, 2), 'x'.repeat(110), 'x'.repeat(110), '^'],
    ['a long line, at its beginning', at(1, 1, 1, 3), 'x'.repeat(300), `${'x'.repeat(110)}…`, '^^'],
    ['a long line, in the middle', at(1, 150, 1, 153), 'x'.repeat(300), `…${'x'.repeat(110)}…`, `${' '.repeat(60)}^^^`],
    ['a long line, at its end', at(1, 299, 1, 301), 'x'.repeat(300), `…${'x'.repeat(61)}`, `${' '.repeat(60)}^^`],
    ['a place as long as a long line', at(1, 1, 1, 300), 'x'.repeat(300), `${'x'.repeat(110)}…`, '^'.repeat(110)],
  ])('point at %s', (_title, place, excerpt, shown, marks) => {
    const lines = findingsText([finding({ ...place, excerpt })], label, plain).split('\n');
    expect(lines.slice(1, 3)).toEqual([`  1 | ${shown}`, `    | ${marks}`]);
  });

  it('keep text of others on its line, and in its direction', () => {
    const hostile = finding({
      message: HOSTILE,
      fix: HOSTILE,
      excerpt: HOSTILE,
      location: { file: `members/${HOSTILE}`, line: 1, column: 1, endLine: 1, endColumn: 2 },
      related: [{ location: { file: HOSTILE, line: 1, column: 1, endLine: 1, endColumn: 2 }, message: HOSTILE }],
    });
    const text = findingsText([hostile], label, plain);
    expect(text.split('\n').length).toBe(8);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('have their colours from outside', () => {
    const paint: Paint = (tone, text) => `<${tone}>${text}</>`;
    expect(findingsText([finding()], label, paint)).toBe(`\
<strong>policy/groups/student.yaml:6:15</>: <error>error</>: "32g" is not a size [value-spelling]
  6 |   memory_max: 32g # too much
    |               <error>^^^</>

<error>1 error</>
`);
  });

  it.each([
    [0, 0, 'no findings'],
    [1, 0, '1 error'],
    [2, 0, '2 errors'],
    [0, 1, '1 warning'],
    [2, 3, '2 errors, 3 warnings'],
  ])('%i errors and %i warnings: %s', (errors, warnings, words) => {
    const findings = [
      ...Array.from({ length: errors }, () => finding()),
      ...Array.from({ length: warnings }, () => finding({ severity: 'warning' })),
    ];
    expect(summaryLine(findings, plain)).toBe(words);
  });
});

describe('errors in one sentence', () => {
  const warning = finding({ severity: 'warning', message: 'is near its end' });

  it('are the first one, with its place and the way out', () => {
    expect(errorsLine([warning, finding({ fix: 'write 32G' })], label)).toBe(
      'policy has errors: policy/groups/student.yaml:6:15: "32g" is not a size; write 32G',
    );
    expect(errorsLine([finding()], label)).toBe(
      'policy has errors: policy/groups/student.yaml:6:15: "32g" is not a size',
    );
  });

  it('say how many more there are, warnings not counted', () => {
    const other = finding({ message: 'is another one' });
    expect(errorsLine([finding({ fix: 'write 32G' }), warning, other], label)).toMatch(
      /"32g" is not a size; write 32G; 1 more error, see validate$/,
    );
    expect(errorsLine([finding(), other, other], label)).toMatch(/ is not a size; 2 more errors, see validate$/);
  });

  it('are none where there are only warnings', () => {
    for (const findings of [[], [warning]]) expect(errorsLine(findings, label)).toBe('policy has no error');
  });

  it('are for a record, which keeps what was said as it is', () => {
    const hostile = finding({ message: HOSTILE, fix: HOSTILE, ...at(1, 2, 1, 3) });
    expect(errorsLine([hostile], label)).toBe(`policy has errors: policy/x.yaml:1:2: ${HOSTILE}; ${HOSTILE}`);
  });
});

describe('findings for GitHub', () => {
  it('are workflow commands with the columns of one line', () => {
    expect(findingsGithub([finding({ fix: 'write 32G' })], label)).toBe(
      '::error file=policy/groups/student.yaml,line=6,endLine=6,col=15,endColumn=18,title=value-spelling::"32g" is not a size%0Afix: write 32G\n',
    );
  });

  it('have no columns for a range of lines, and no fix where there is none', () => {
    expect(findingsGithub([finding({ severity: 'warning', ...at(3, 1, 9, 2) })], label)).toBe(
      '::warning file=policy/x.yaml,line=3,endLine=9,title=value-spelling::"32g" is not a size\n',
    );
  });

  it('are nothing if there is nothing', () => {
    expect(findingsGithub([], label)).toBe('');
  });

  it('cannot be ended by text of others, nor can another command be begun', () => {
    const hostile = finding({
      message: HOSTILE,
      fix: HOSTILE,
      location: { file: HOSTILE, line: 1, column: 1, endLine: 1, endColumn: 2 },
    });
    const shown = '\\u{d}\\u{a}';
    expect(findingsGithub([hostile], (file) => file)).toBe(
      [
        `::error file=a%25${shown}%3A%3Aerror%3A%3Ax%2Cy%3Az\\u{1b}[31m\\u{202e}\\u{9b},line=1,endLine=1,col=1,endColumn=2,`,
        `title=value-spelling::a%25${shown}::error::x,y:z\\u{1b}[31m\\u{202e}\\u{9b}`,
        `%0Afix: a%25${shown}::error::x,y:z\\u{1b}[31m\\u{202e}\\u{9b}\n`,
      ].join(''),
    );
  });
});

describe('findings as Markdown', () => {
  it('have how many there are, and each with its place and the way out', () => {
    const related = [
      {
        location: { file: 'site.yaml', line: 2, column: 7, endLine: 2, endColumn: 9 },
        message: 'the size of the host',
      },
    ];
    const found = [finding({ related, fix: 'write 32G' }), finding({ severity: 'warning', rule: 'x' })];
    expect(findingsMarkdown(found, label)).toBe(`\
**1 error, 1 warning**

- **error** \`policy/groups/student.yaml:6\`: "32g" is not a size (\`value-spelling\`)
  - \`policy/site.yaml:2\`: the size of the host
  - fix: write 32G
- **warning** \`policy/groups/student.yaml:6\`: "32g" is not a size (\`x\`)
`);
    expect(findingsMarkdown([], label)).toBe('**no findings**\n');
  });

  it('are not hidden by one that is too long', () => {
    const found = ['m'.repeat(3000), 'short'].map((message) => finding({ message }));
    const text = findingsMarkdown(found, label, 2000);
    expect(text).toMatch(/: short .*\n\n1 of 2 findings shown\n$/);
  });

  it('are no longer than they may be, and say how many are not shown', () => {
    const many = Array.from({ length: 1000 }, (_, index) => finding({ message: `number ${index}` }));
    const text = findingsMarkdown(many, label, 10_000);
    expect(text.length).toBeLessThanOrEqual(10_000);
    expect(text.length).toBeGreaterThan(9800);
    const shown = text.match(/^- /gm)?.length ?? 0;
    expect(text).toMatch(/^[*][*]1000 errors[*][*]\n\n- [*][*]error[*][*]/);
    expect(text).toMatch(new RegExp(`: number ${shown - 1} .*\\n\\n${shown} of 1000 findings shown\\n$`));
    expect(findingsMarkdown(many, label, 80)).toBe('**1000 errors**\n\n0 of 1000 findings shown\n');
    expect(findingsMarkdown(many, label).match(/^- /gm)).toHaveLength(1000);
  });

  it('cannot be more than text, whatever others have written', () => {
    const hostile = `${HOSTILE} <img src=x> [a](b) **c** @all #1 | \`d\``;
    const text = findingsMarkdown(
      [finding({ message: hostile, fix: hostile, location: { ...finding().location, file: hostile } })],
      (file) => file,
    );
    expect(text.split('\n')).toHaveLength(5);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    // What is left of it stands in code.
    expect(text.replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '')).not.toMatch(/<|\[a\]|[*][*]c|@all|#1 /);
  });
});

describe('findings as JSON', () => {
  it('have a version, the numbers, and everything that is known', () => {
    const related = [
      { location: { file: 'site.yaml', line: 2, column: 7, endLine: 2, endColumn: 9 }, message: 'the other one' },
    ];
    const text = findingsJson([finding({ related, fix: HOSTILE }), finding({ severity: 'warning' })], label);
    expect(text.endsWith('}\n')).toBe(true);
    const location = { file: 'policy/groups/student.yaml', line: 6, column: 15, endLine: 6, endColumn: 18 };
    const common = {
      rule: 'value-spelling',
      message: '"32g" is not a size',
      excerpt: '  memory_max: 32g # too much',
      location,
    };
    expect(JSON.parse(text)).toEqual({
      version: 1,
      errors: 1,
      warnings: 1,
      findings: [
        {
          ...common,
          severity: 'error',
          fix: HOSTILE,
          related: [
            {
              message: 'the other one',
              location: { file: 'policy/site.yaml', line: 2, column: 7, endLine: 2, endColumn: 9 },
            },
          ],
        },
        { ...common, severity: 'warning', related: [] },
      ],
    });
  });

  it('are an empty list if there is nothing', () => {
    expect(JSON.parse(findingsJson([], label))).toEqual({ version: 1, errors: 0, warnings: 0, findings: [] });
  });
});
