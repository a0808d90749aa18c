import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../scripts/policy/rules/index.ts';
import { checkChange, examineChange } from '../../scripts/review/check-change.ts';
import { acknowledgementUnused } from '../../scripts/review/rules/acknowledgement-unused.ts';
import { CHANGE_RULES } from '../../scripts/review/rules/index.ts';
import { changeOf, readChangeFixture } from '../support/change-fixture.ts';
import { textOf } from '../support/fixture.ts';
import { REPOSITORY } from '../support/repository.ts';
import { memberText } from '../support/resolve-policy.ts';

const FOLDER = join(REPOSITORY, 'test/changes');
const ALL = [...CHANGE_RULES, acknowledgementUnused];

describe.each(ALL.map(({ id }) => id).sort())('test/changes/%s', (id) => {
  it('bad.txt gives the findings of expected.txt, and each change one of this rule', async () => {
    const found = readChangeFixture(join(FOLDER, id, 'bad.txt')).map(checkChange);
    for (const findings of found) expect(findings.map(({ rule }) => rule)).toContain(id);
    await expect(found.map(textOf).join('\n')).toMatchFileSnapshot(join(FOLDER, id, 'expected.txt'));
  });

  it('good.txt gives none', () => {
    for (const change of readChangeFixture(join(FOLDER, id, 'good.txt'))) expect(checkChange(change)).toEqual([]);
  });
});

it('every rule has a folder in test/changes with the files of a fixture, and every folder a rule', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(ALL.map(({ id }) => id).sort());
  for (const id of readdirSync(FOLDER)) {
    expect(readdirSync(join(FOLDER, id)).sort(), id).toEqual(['bad.txt', 'expected.txt', 'good.txt']);
  }
});

it('a rule is called what its file is called, as no rule of policy is, and says in one sentence what holds', () => {
  const files = readdirSync(join(REPOSITORY, 'scripts/review/rules')).filter((name) => name !== 'index.ts');
  expect(ALL.map(({ id }) => `${id}.ts`).sort()).toEqual(files.sort());
  expect(ALL.filter(({ id }) => RULES.some((rule) => rule.id === id))).toEqual([]);
  for (const { id, summary } of ALL) {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(summary).toMatch(/^[A-Za-z].*[.]$/);
  }
});

describe('what has to be acknowledged', () => {
  const after = { 'members/100001.yaml': memberText('100001', 'admin') };
  const acknowledgement = { rule: 'new-admin', object: '100001@hertie-school.lan' };
  const examine = (...commits: readonly object[]) => examineChange(changeOf({ before: {}, after, commits }));

  it('is missing until a commit of the change says so', () => {
    expect(examine({})).toMatchObject({ acknowledged: [], missing: [acknowledgement] });
  });

  it('is said by the first commit that does, also by a merge, and where another takes it back', () => {
    const acknowledgements = [acknowledgement];
    const said = examine({}, { acknowledgements, isMerge: true }, { acknowledgements }, { subject: 'Revert "x"' });
    expect(said).toMatchObject({ findings: [], missing: [], acknowledged: [{ commit: { short: 'c000002' } }] });
  });
});
