import { describe, expect, it } from 'vitest';
import { load } from '../../scripts/policy/load.ts';
import { memberText, schemaLine } from '../../scripts/policy/member-text.ts';
import { readSource } from '../../scripts/policy/source.ts';
import { policyFile } from '../support/policy-files.ts';

const MEMBER = {
  accounts: ['100001@example.org', 'a.member@example.org'],
  group: 'researcher',
  reason: 'CPU-bound work, throttled at 16 cores',
  granted: '2026-11-24',
  expires: '2027-03-31',
} as const;
const LINE = '# yaml-language-server: $schema=../../schemas/member.schema.json\n';

describe('a new member file', () => {
  it('is as people write them, with quotes only where they are needed', () => {
    expect(memberText({ ...MEMBER, github: 'octo-cat' }, LINE)).toBe(`\
# yaml-language-server: $schema=../../schemas/member.schema.json
accounts: [100001@example.org, a.member@example.org]
github: octo-cat
group: researcher
reason: CPU-bound work, throttled at 16 cores
granted: 2026-11-24
expires: 2027-03-31
`);
  });

  it.each([
    ['a: b', '"a: b"'],
    ['a #1', '"a #1"'],
    ['a#1', 'a#1'],
    ['- a', '"- a"'],
    ['-a', '-a'],
    ['[a], {b}', '"[a], {b}"'],
    ['a [b], {c}', 'a [b], {c}'],
    ['"a" said', `'"a" said'`],
    [`it's "b": c`, `'it''s "b": c'`],
    ['it\'s "b" \\ c', 'it\'s "b" \\ c'],
    ['$(reboot) `id` $HOME', '$(reboot) `id` $HOME'],
    ['`id`', '"`id`"'],
    ['%n', '"%n"'],
    ['!a', '"!a"'],
    ['&a', '"&a"'],
    ['*a', '"*a"'],
    ['|', '"|"'],
    ['> a', '"> a"'],
    ['? a', '"? a"'],
    ['2027-03-31', '2027-03-31'],
    ['1e3', '"1e3"'],
    ['true', '"true"'],
    ['null', '"null"'],
    ['~', '"~"'],
    ['never', 'never'],
    ['€ 😀', '€ 😀'],
    ['<img src=x>', '<img src=x>'],
    ['::error::x', '::error::x'],
    ['---', '---'],
  ])('has the reason %j, written as %s', (reason, written) => {
    const text = memberText({ ...MEMBER, reason }, '');
    expect(text).toContain(`\nreason: ${written}\n`);
    expect(readSource('x', text).source?.value).toMatchObject({ ...MEMBER, reason });
  });

  it('is a bug if it cannot be read as it is meant', () => {
    expect(() => memberText({ ...MEMBER, reason: 'a\u202eb' }, '')).toThrow('a member cannot be written as YAML');
  });
});

describe('the line for editors', () => {
  const draftOf = (texts: Readonly<Record<string, string>>) => {
    return load(Object.entries(texts).map(([path, text]) => policyFile(path, text))).draft;
  };
  const member = 'accounts: [a@example.org]\ngroup: g\ngranted: 2026-11-24\nexpires: never\n';

  it.each([
    ['../schemas/site.schema.json', '../../schemas/member.schema.json'],
    [
      '../node_modules/ds01-policy/schemas/site.schema.json',
      '../../node_modules/ds01-policy/schemas/member.schema.json',
    ],
    ['https://example.org/site.schema.json', 'https://example.org/member.schema.json'],
    ['/srv/site.schema.json', '/srv/member.schema.json'],
  ])('is told from that of site.yaml: %s', (site, line) => {
    const text = `# yaml-language-server: $schema=${site}\nversion: 1\n`;
    expect(schemaLine(draftOf({ 'site.yaml': text, 'members/a.yaml': member }))).toBe(
      `# yaml-language-server: $schema=${line}\n`,
    );
  });

  it('is that of another member, if there is one', () => {
    const own = '# yaml-language-server: $schema=x.json\n';
    const site = '# yaml-language-server: $schema=../schemas/site.schema.json\nversion: 1\n';
    expect(
      schemaLine(draftOf({ 'site.yaml': site, 'members/a.yaml': member, 'members/b.yaml': `${own}${member}` })),
    ).toBe(own);
  });

  it('is in no new file if it is in none', () => {
    expect(schemaLine(draftOf({ 'site.yaml': 'version: 1\n', 'members/a.yaml': member }))).toBe('');
    expect(schemaLine(draftOf({}))).toBe('');
  });
});
