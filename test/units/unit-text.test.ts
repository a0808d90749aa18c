import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMarked, MARK, parseUnit, printUnit } from '../../scripts/units/unit-text.ts';
import { HAS_SYSTEMD } from '../support/systemd.ts';

const directive = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,12}$/);
const value = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replace(/[\p{Cc}\\]/gu, '').trim());
const assignments = fc.array(
  fc.record({ section: fc.constantFrom('Unit', 'Slice', 'X-ds01-policy'), directive, value }),
  { maxLength: 12 },
);

describe('printUnit', () => {
  it('begins with the mark and the file to edit, and has a line for each assignment', () => {
    const text = printUnit('groups/student.yaml', [
      { section: 'Unit', directive: 'Description', value: 'a b' },
      { section: 'Slice', directive: 'TasksMax', value: '1' },
      { section: 'Slice', directive: 'CPUQuota', value: '' },
    ]);
    expect(text).toBe(
      `${MARK}: the next apply undoes an edit here. Edit policy/groups/student.yaml instead.\n\n[Unit]\nDescription=a b\n\n[Slice]\nTasksMax=1\nCPUQuota=\n`,
    );
    expect(isMarked(text)).toBe(true);
  });

  it('refuses a value that would end its line: systemd ends lines at CR and NUL, too', () => {
    for (const hostile of ['a\nMemoryMax=1', 'a\r[Slice]', 'a\0b', 'a\\']) {
      const assignment = { section: 'Unit', directive: 'Description', value: hostile };
      expect(() => printUnit('site.yaml', [assignment])).toThrow(/Description/);
    }
  });

  it('is undone by parseUnit', () => {
    fc.assert(
      fc.property(assignments, (wanted) => {
        expect(parseUnit(printUnit('site.yaml', wanted))).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });
});

describe('isMarked', () => {
  it('looks at the first line only', () => {
    expect(isMarked('# Managed by ds01-policy: x\n')).toBe(true);
    for (const text of [
      '',
      '\n# Managed by ds01-policy',
      '[Slice]\n# Managed by ds01-policy',
      '# managed by ds01-policy',
    ]) {
      expect(isMarked(text)).toBe(false);
    }
  });
});

// What systemd makes of each text; the tests below hold systemd itself against it.
const SYNTAX: readonly (readonly [title: string, text: string, values: readonly string[]])[] = [
  ['space around a line and its =', '  TasksMax  =  a b  \n', ['a b']],
  ['the first = ends the name', 'TasksMax=a=b\n', ['a=b']],
  ['comments', '# TasksMax=x\n ; TasksMax=y\nTasksMax=a # b ; c\n', ['a # b ; c']],
  ['lines without =', 'TasksMax\nTasksMax=a\n', ['a']],
  ['lines without a name', '=x\nTasksMax=a\n', ['a']],
  ['a joined line', 'TasksMax=a\\\nb\n', ['a b']],
  ['space before and behind the backslash stays', 'TasksMax=a \\\n  b\n', ['a    b']],
  ['several joined lines', 'TasksMax=a\\\nb\\\nc\n', ['a b c']],
  ['a comment between joined lines', 'TasksMax=a\\\n# no \\\n; no\nb\n', ['a b']],
  ['an empty line ends a joined one', 'TasksMax=a\\\n\nTasksMax=b\n', ['a', 'b']],
  ['a backslash with a space behind it joins nothing', 'TasksMax=a\\ \nTasksMax=b\n', ['a\\', 'b']],
  ['two backslashes join nothing', 'TasksMax=a\\\\\nTasksMax=b\n', ['a\\\\', 'b']],
  ['three do', 'TasksMax=a\\\\\\\nb\n', ['a\\\\ b']],
  ['the file ends in a backslash', 'TasksMax=a\\', ['a']],
  ['the file ends without an end of line', 'TasksMax=a', ['a']],
  ['quotes stay', 'TasksMax="a"\n', ['"a"']],
  ['CR LF', 'TasksMax=a\r\nTasksMax=b\r\n', ['a', 'b']],
  ['CR alone ends a line', 'TasksMax=a\rTasksMax=b\n', ['a', 'b']],
  ['NUL ends a line', 'TasksMax=a\0TasksMax=b\n', ['a', 'b']],
  ['a header with space', ' [Slice] \nTasksMax=a\n', ['a']],
  ['other sections', '[X-y]\nTasksMax=a\n[Slice]\nTasksMax=b\n', ['b']],
];

describe('parseUnit reads the syntax of systemd', () => {
  it.each(SYNTAX)('%s', (_title, text, values) => {
    const read = parseUnit(`[Slice]\n${text}`).filter(({ section, directive: name }) => {
      return section === 'Slice' && name === 'TasksMax';
    });
    expect(read.map((assignment) => assignment.value)).toEqual(values);
  });

  // A value that systemd cannot use is one that it shows.
  it.skipIf(!HAS_SYSTEMD).each(SYNTAX)('and systemd-analyze agrees: %s', (_title, text, values) => {
    const folder = mkdtempSync(join(tmpdir(), 'ds01-policy-test-'));
    try {
      writeFileSync(join(folder, 'x.slice'), `[Slice]\n${text}`);
      const { stderr } = execaSync('systemd-analyze', ['verify', join(folder, 'x.slice')], { reject: false });
      const shown = [...stderr.matchAll(/Invalid maximum tasks value '(.*)', ignoring/g)].map(([, read]) => read);
      expect(shown).toEqual(values);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
