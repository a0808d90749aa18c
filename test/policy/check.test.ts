import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, type Clock } from '../../scripts/policy/calendar.ts';
import { check } from '../../scripts/policy/check.ts';
import type { PolicyFile } from '../../scripts/policy/load.ts';
import { RULES } from '../../scripts/policy/rules/index.ts';
import { policyFilesOf, policyModels } from '../support/arbitrary-policy.ts';
import { textOf } from '../support/fixture.ts';
import { policyFile } from '../support/policy-files.ts';
import { memberText, policyOfTheTests } from '../support/resolve-policy.ts';

function on(day: string): Clock {
  return { kind: 'day', day };
}

function errorsOf(files: readonly PolicyFile[], clock: Clock) {
  return check(files, clock).findings.filter(({ severity }) => severity === 'error');
}

function rulesOf(files: readonly PolicyFile[], day = '2026-06-01'): readonly string[] {
  return check(files, on(day)).findings.map(({ rule, location }) => `${location.file} ${rule}`);
}

const SITE = `version: 1
name: ds01
default_group: student
admin_group: admin
time_zone: Europe/Berlin
account_domain: hertie-school.lan
hosts: { ds01: { cpus: 128, gpus: 4 } }
`;

/** A policy with something wrong in most of its files, and grants in all states. */
const BAD = policyOfTheTests({
  'groups/student.yaml': 'description: a\nlimits:\n  per_group: { cpu_quota: 16%, memory_max: 32g, tasks_max: 512 }\n',
  'groups/researcher.yaml':
    'description: a\nlongest_grant: 30d\nlimits:\n  per_group: { cpu_quota: 12900%, memory_max: 128G, tasks_max: 65536 }\n',
  'members/100001.yaml': memberText('100002', 'reseacher', 'expires: 2026-06-10\n'),
  'members/100002.yaml': memberText('100002', 'researcher', 'expires: 2025-12-01\n'),
  'members/100003.yaml': memberText('Ex.Ample', 'researcher', 'expires: 2026-02-30\n'),
  'members/100004.yaml': 'accounts: [ex-ample@hertie-school.lan]\n',
  'members/100005.yaml': 'group: &a x\n',
  'notes.txt': '',
});

const days = fc.integer({ min: -20_000, max: 20_000 }).map((count) => addDays('2026-06-01', count));

describe('the date', () => {
  it('decides about warnings only: what was merged stays valid, and what was refused stays refused', () => {
    const errors = errorsOf(BAD, on('2026-06-01'));
    expect(errors.length).toBeGreaterThan(10);
    fc.assert(
      fc.property(days, (day) => void expect(errorsOf(BAD, on(day))).toEqual(errors)),
      { numRuns: 50 },
    );
  });

  it('never makes an error of a policy without one, whatever is in it', () => {
    fc.assert(
      fc.property(policyModels, days, (model, day) => {
        const { findings, policy } = check(policyFilesOf(model), on(day));
        expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
        expect(policy).toBeDefined();
      }),
      { numRuns: 50 },
    );
  });

  it('of a moment is the day in the time zone of the site', () => {
    const files = policyOfTheTests({
      'members/100001.yaml': memberText('100001', 'researcher', 'expires: 2026-06-01\n'),
    });
    const at = (instant: string) =>
      check(files, { kind: 'instant', now: new Date(instant) }).findings.map(({ rule }) => rule);
    expect(at('2026-06-01T21:59:59.999Z')).toEqual([]);
    expect(at('2026-06-01T22:00:00.000Z')).toEqual(['grant-inactive']);
  });

  it.each(['Europe/Berln', '"+14:00"'])('is the one of UTC while the time zone is %s', (zone) => {
    const files = policyOfTheTests({
      'site.yaml': SITE.replace('Europe/Berlin', zone),
      'members/100001.yaml': memberText('100001', 'researcher', 'expires: 2026-06-01\n'),
    });
    const at = (instant: string) =>
      check(files, { kind: 'instant', now: new Date(instant) }).findings.map(({ rule }) => rule);
    expect(at('2026-06-01T23:59:59.999Z')).toEqual(['time-zone']);
    expect(at('2026-06-02T00:00:00.000Z')).toEqual(['grant-inactive', 'time-zone']);
  });
});

describe('the order of files', () => {
  it('makes no difference to the findings', () => {
    const expected = textOf(check(BAD, on('2026-06-01')).findings);
    const shuffled = fc.shuffledSubarray([...BAD], { minLength: BAD.length });
    fc.assert(
      fc.property(shuffled, (files) => void expect(textOf(check(files, on('2026-06-01')).findings)).toBe(expected)),
    );
  });

  it('makes no difference to the policy', () => {
    const files = fc.tuple(policyModels, fc.infiniteStream(fc.nat())).map(([model, keys]) => {
      const sorted = policyFilesOf(model);
      const shuffled = sorted.map((file) => ({ file, key: keys.next().value as number })).sort((a, b) => a.key - b.key);
      return [sorted, shuffled.map(({ file }) => file)] as const;
    });
    fc.assert(
      fc.property(
        files,
        ([sorted, shuffled]) => void expect(check(shuffled, on('2026-06-15'))).toEqual(check(sorted, on('2026-06-15'))),
      ),
      { numRuns: 30 },
    );
  });

  it('is by file, line, column and rule in what is shown', () => {
    const places = check(BAD, on('2026-06-01')).findings.map(
      ({ location, rule }) => [location.file, location.line, location.column, rule] as const,
    );
    const sorted = [...places].sort((a, b) =>
      a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] - b[1] || a[2] - b[2] || (a[3] < b[3] ? -1 : 1),
    );
    expect(places).toEqual(sorted);
  });
});

describe('a policy', () => {
  it('is there if there are only warnings, and not if there is an error', () => {
    const warned = check(
      policyOfTheTests({ 'members/100001.yaml': memberText('100001', 'researcher', 'expires: 2026-05-31\n') }),
      on('2026-06-01'),
    );
    expect(warned.findings).toMatchObject([{ severity: 'warning' }]);
    expect(warned.policy?.members.map(({ id }) => id)).toEqual(['100001', '204214', 'datasciencelab']);
    expect(check(BAD, on('2026-06-01'))).not.toHaveProperty('policy');
  });

  it('of no files is an error', () => {
    expect(rulesOf([])).toEqual(['site.yaml file-missing']);
  });
});

describe('a part that cannot be read', () => {
  const unusable = (path: string): PolicyFile => ({
    kind: 'unusable',
    path,
    rule: 'file-unreadable',
    reason: 'cannot be read',
    fix: 'x',
  });

  it.each(['.', 'groups', 'members'])('says so of the folder "%s", and nothing about what may be in it', (folder) => {
    const files = policyOfTheTests().filter(({ path }) => folder !== '.' && !path.startsWith(`${folder}/`));
    expect(rulesOf([...files, unusable(folder)])).toEqual([`${folder} file-unreadable`]);
  });

  it('has no place in policy if its name has none', () => {
    expect(rulesOf([...policyOfTheTests(), unusable('archive')])).toEqual(['archive file-stray']);
  });

  it.each(['site.yaml', 'groups/student.yaml', 'groups/admin.yaml', 'members/datasciencelab.yaml'])(
    'is one finding for %s, without an echo',
    (path) => {
      const rest = policyOfTheTests().filter((file) => file.path !== path);
      expect(rulesOf([...rest, unusable(path)])).toEqual([`${path} file-unreadable`]);
      expect(rulesOf([...rest, policyFile(path, 'a: [\n')])).toEqual([`${path} yaml-syntax`]);
      expect(rulesOf([...rest, policyFile(path, 'quota: 1\n')]).filter((found) => !found.includes(' schema-'))).toEqual(
        [],
      );
    },
  );

  it('lets no limit be laid to the administrators while it is not known who they are', () => {
    const files = policyOfTheTests({
      'site.yaml': 'version: [\n',
      'groups/researcher.yaml': 'limits: [\n',
      'members/100001.yaml': memberText(
        '100001',
        'researcher',
        'expires: never\nlimits: { per_member: { memory_max: 64G } }\n',
      ),
    });
    expect(rulesOf(files)).toEqual(['groups/researcher.yaml yaml-syntax', 'site.yaml yaml-syntax']);
  });
});

it('README.md in the policy folder is for people', () => {
  expect(rulesOf([...policyOfTheTests(), policyFile('README.md', '\tnot YAML')])).toEqual([]);
});

it('no two rules have the same id', () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
});
