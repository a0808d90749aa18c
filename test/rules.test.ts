import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPolicyFolder } from '../scripts/host/policy-folder.ts';
import type { Clock } from '../scripts/policy/calendar.ts';
import { type Checked, check } from '../scripts/policy/check.ts';
import type { PolicyFile } from '../scripts/policy/load.ts';
import { RULES } from '../scripts/policy/rules/index.ts';
import { readFixture, textOf } from './support/fixture.ts';
import { policyFile } from './support/policy-files.ts';
import { REPOSITORY } from './support/repository.ts';
import { memberText, policyOfTheTests } from './support/resolve-policy.ts';

const TODAY: Clock = { kind: 'day', day: '2026-06-01' };

function fixture(kind: string, id: string, file: string): string {
  return join(REPOSITORY, 'test', kind, id, file);
}

function checkAll(path: string): readonly Checked[] {
  return readFixture(path).map((texts) => check(policyOfTheTests(texts), TODAY));
}

describe.each(['rules', 'files'])('test/%s', (kind) => {
  const folders = readdirSync(join(REPOSITORY, 'test', kind)).filter((id) => existsSync(fixture(kind, id, 'bad.yaml')));

  it.each(folders)('%s: bad.yaml gives the findings of expected.txt', async (id) => {
    const checked = checkAll(fixture(kind, id, 'bad.yaml'));
    expect(checked.some(({ findings }) => findings.some(({ rule }) => rule === id))).toBe(true);
    const text = checked.map(({ findings }) => textOf(findings)).join('\n');
    await expect(text).toMatchFileSnapshot(fixture(kind, id, 'expected.txt'));
  });

  it.each(folders)('%s: good.yaml gives no such finding, and no error', (id) => {
    for (const { findings, policy } of checkAll(fixture(kind, id, 'good.yaml'))) {
      expect(findings.filter(({ rule, severity }) => rule === id || severity === 'error')).toEqual([]);
      expect(policy).toBeDefined();
    }
  });
});

const GOOD = memberText('100001', 'researcher');

/** What cannot be in a text file of this repository, or is more than a text. */
const MADE_HERE: Readonly<
  Record<string, { readonly bad: () => readonly PolicyFile[]; readonly good: () => readonly PolicyFile[] }>
> = {
  'text-tab': {
    bad: () => members(GOOD.replace('group: ', 'group:\t'), GOOD.replace('reason', '\treason')),
    good: () => members(GOOD.replace('group: ', 'group:   ')),
  },
  'text-newline': {
    bad: () => members(GOOD.replaceAll('\n', '\r\n'), GOOD.replace('\n', '\r'), GOOD.trimEnd(), 'group: student'),
    good: () => members(`${GOOD}\n\n`),
  },
  'text-character': {
    bad: () =>
      members(
        `\uFEFF${GOOD}`,
        GOOD.replace('a reason', 'nosaer \u202Ea'),
        GOOD.replace('a reason', 'a\u200Breason'),
        GOOD.replace('a reason', 'r\uFFFDson'),
        GOOD.replace('a reason', 'a \u{E0041}reason'),
        GOOD.replace('a reason', '"a\\treason"').replace('group:', '"group\\u200b":'),
      ),
    good: () => members(GOOD.replace('a reason', 'größer, ∞ 推理 \u{1F600}')),
  },
  'text-encoding': {
    bad: () => [
      { path: 'members/100001.yaml', kind: 'file', bytes: Buffer.from(GOOD.replace('a reason', 'größer'), 'latin1') },
      { path: 'members/100002.yaml', kind: 'file', bytes: Buffer.from(GOOD, 'utf16le') },
      { path: 'members/100003.yaml', kind: 'file', bytes: Buffer.from(`${GOOD}# €`).subarray(0, -1) },
    ],
    good: () => members(GOOD.replace('a reason', 'größer')),
  },
  'file-size': {
    bad: () =>
      inFolder((members) =>
        writeFileSync(join(members, '100001.yaml'), `${GOOD}${'#'.repeat(65_536 - GOOD.length)}\n`),
      ),
    good: () =>
      inFolder((members) =>
        writeFileSync(join(members, '100001.yaml'), `${GOOD}${'#'.repeat(65_535 - GOOD.length)}\n`),
      ),
  },
  'file-type': {
    bad: () =>
      inFolder((members) => {
        symlinkSync('100009.yaml', join(members, '100001.yaml'));
        mkdirSync(join(members, '100002.yaml'));
        execFileSync('mkfifo', [join(members, '100003.yaml')]);
        symlinkSync('members', join(members, '..', 'groups'));
      }),
    good: () => inFolder((members) => writeFileSync(join(members, '100001.yaml'), GOOD)),
  },
  'file-unreadable': {
    bad: () => [
      unreadable('members/datasciencelab.yaml', "EACCES: permission denied, open 'policy/members/datasciencelab.yaml'"),
    ],
    good: () => members(GOOD),
  },
};

describe.each(Object.keys(MADE_HERE))('test/files/%s', (id) => {
  const { bad, good } = MADE_HERE[id]!;

  it('gives the findings of expected.txt', async () => {
    const { findings } = check(withFiles(bad()), TODAY);
    expect(findings.some(({ rule }) => rule === id)).toBe(true);
    await expect(textOf(findings)).toMatchFileSnapshot(fixture('files', id, 'expected.txt'));
  });

  it('gives none for the nearest good thing', () => {
    expect(check(withFiles(good()), TODAY)).toMatchObject({ findings: [], policy: expect.anything() });
  });
});

it('every rule has a folder in test/rules, and every folder a rule', () => {
  expect(readdirSync(join(REPOSITORY, 'test/rules')).sort()).toEqual(RULES.map(({ id }) => id).sort());
});

it('every problem of files as such has a folder in test/files, and every folder a problem', () => {
  const policy = join(REPOSITORY, 'scripts/policy');
  const sources = readdirSync(policy).filter((name) => name.endsWith('.ts'));
  const ids = sources.flatMap((name) =>
    [...readFileSync(join(policy, name), 'utf8').matchAll(/'((?:yaml|text|file|schema|format)-[a-z-]+)'/g)].map(
      ([, id]) => id,
    ),
  );
  expect(readdirSync(join(REPOSITORY, 'test/files')).sort()).toEqual([...new Set(ids)].sort());
});

it.each(['rules', 'files'])('every folder in test/%s has the files of a fixture, and no others', (kind) => {
  for (const id of readdirSync(join(REPOSITORY, 'test', kind))) {
    const names = kind === 'files' && id in MADE_HERE ? ['expected.txt'] : ['bad.yaml', 'expected.txt', 'good.yaml'];
    expect(readdirSync(join(REPOSITORY, 'test', kind, id)).sort(), id).toEqual(names);
  }
});

it('a rule is called what its file is called, in kebab-case, and says in one sentence what holds', () => {
  const files = readdirSync(join(REPOSITORY, 'scripts/policy/rules')).filter((name) => name !== 'index.ts');
  expect(RULES.map(({ id }) => `${id}.ts`).sort()).toEqual(files.sort());
  for (const { id, summary } of RULES) {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(summary).toMatch(/^[A-Za-z].*[.]$/);
  }
});

// Each text in a file of its own, 100001.yaml and on. The account follows.
function members(...texts: readonly string[]): PolicyFile[] {
  return texts.map((text, index) => {
    const id = `10000${index + 1}`;
    return policyFile(`members/${id}.yaml`, text.replace('100001', id));
  });
}

// What the reader makes of a folder; `fill` gets the path of its members/.
function inFolder(fill: (members: string) => void): readonly PolicyFile[] {
  const folder = mkdtempSync(join(tmpdir(), 'ds01-policy-'));
  try {
    mkdirSync(join(folder, 'members'));
    fill(join(folder, 'members'));
    return readPolicyFolder(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function unreadable(path: string, reason: string): PolicyFile {
  const fix = 'make it readable for the user who runs this';
  return { kind: 'unusable', path, rule: 'file-unreadable', reason: `cannot be read: ${reason}`, fix };
}

function withFiles(files: readonly PolicyFile[]): readonly PolicyFile[] {
  const given = new Set(files.map(({ path }) => path));
  return [...policyOfTheTests().filter(({ path }) => !given.has(path)), ...files];
}
