import { describe, expect, it } from 'vitest';
import { NO_LIMITS } from '../../scripts/policy/limits.ts';
import { findOversubscription } from '../../scripts/review/oversubscription.ts';
import { type Review, reviewOf } from '../../scripts/review/review.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { type ChangeParts, changeOf } from '../support/change-fixture.ts';
import { asFound, groupText, memberText, memberTexts } from '../support/resolve-policy.ts';

function review(parts: ChangeParts): Review {
  const result = reviewOf(changeOf(parts));
  if (!result) throw new Error('policy has errors');
  return result;
}

const STUDENT = 'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536';
const CONTAINER = '  per_container: { cpus: 16, memory: 32G }\n';

/** What a change of the students' limits does. */
function students(limits: string, more = CONTAINER): Review {
  return review({ before: {}, after: { 'groups/student.yaml': groupText(limits, more) } });
}

describe('a review', () => {
  it('is nothing while policy has errors', () => {
    expect(reviewOf(changeOf({ before: {}, after: { 'site.yaml': undefined } }))).toBeUndefined();
  });

  it('has the plan of a host that has policy as it was', () => {
    const change = changeOf({ before: {}, after: { 'members/new.yaml': memberText('new', 'researcher') } });
    const found = asFound(render(change.before!.resolved!));
    expect(reviewOf(change)).toMatchObject({
      ...{ site: 'ds01', accountDomain: 'hertie-school.lan', today: '2026-06-01', compared: 'change' },
      plan: plan(found, change.after.resolved!),
      events: [{ kind: 'grant' }],
    });
  });

  it('of the first policy says all that it gives, for a host that has no unit', () => {
    const first = review({ after: {} });
    expect(first.compared).toBe('first');
    expect(first.plan?.changes.map(({ kind }) => kind)).toEqual(Array(10).fill('create'));
    expect(first.groups.map(({ kind, group, accounts, isDefault }) => [kind, group, accounts, isDefault])).toEqual([
      ['given', 'admin', 1, false],
      ['given', 'researcher', 2, false],
      ['given', 'student', 0, true],
    ]);
    expect(first.falls).toEqual([]);
  });

  it('says only what changed files give where policy before had errors, and has no plan', () => {
    const broken = { 'groups/student.yaml': 'nothing: 1\n' };
    const unknown = review({ before: broken, after: { 'members/new.yaml': memberText('new', 'researcher') } });
    expect(unknown).toMatchObject({ compared: 'unknown', accounts: [{ kind: 'given' }], groups: [{ kind: 'given' }] });
    expect(unknown.accounts.flatMap(({ accounts }) => accounts.map(({ member }) => member))).toEqual(['new']);
    expect(unknown.groups.map(({ group }) => group)).toEqual(['student']);
    expect(unknown).not.toHaveProperty('plan');
    const site = review({ before: { 'site.yaml': 'nothing: 1\n' } });
    expect(site.groups.map(({ group }) => group)).toEqual(['admin', 'researcher', 'student']);
  });
});

describe('groups', () => {
  it('are told once, with all that they give, and how many accounts are listed in them', () => {
    const { groups, accounts } = review({
      both: memberTexts(40, 'student'),
      before: {},
      after: { 'groups/student.yaml': groupText('cpu_quota: 3200%, memory_max: 16G, tasks_max: 65536', CONTAINER) },
    });
    expect(accounts).toEqual([]);
    expect(groups).toEqual([
      {
        ...{ kind: 'changes', group: 'student', accounts: 40, isDefault: true },
        limits: [
          { scope: 'per_group', field: 'cpu_quota', before: '1600%', after: '3200%', effect: 'rises' },
          { scope: 'per_group', field: 'memory_max', before: '32G', after: '16G', effect: 'falls' },
        ],
        place: { file: 'groups/student.yaml', line: 1 },
      },
    ]);
  });

  it('are told for limits of the site, too, unless they have others of their own', () => {
    const { groups } = review({
      before: {},
      after: { 'site.yaml': `${siteText()}limits:\n  per_container: { cpus: 8, gpus: 1 }\n` },
    });
    expect(groups.map(({ group, limits }) => [group, limits.map(({ field }) => field)])).toEqual([
      ['admin', ['cpus', 'gpus']],
      ['researcher', ['gpus']],
      ['student', ['gpus']],
    ]);
  });

  it('are new, or gone with those who were in them', () => {
    const lab = { 'groups/lab.yaml': groupText(STUDENT), 'members/a.yaml': memberText('a', 'lab') };
    expect(review({ before: {}, after: lab }).groups).toMatchObject([{ kind: 'added', group: 'lab', accounts: 1 }]);
    const unused = { 'groups/unused.yaml': groupText(STUDENT) };
    const student = { 'groups/student.yaml': groupText(STUDENT) };
    expect(review({ before: { ...lab, ...unused }, after: student }).groups).toMatchObject([
      { kind: 'removed', group: 'lab', accounts: 1, isDefault: false, limits: [] },
      { kind: 'changes', group: 'student' },
      { kind: 'removed', group: 'unused', accounts: 0, isDefault: false, limits: [] },
    ]);
  });

  it('may be another one for everybody who is not listed', () => {
    const both = { 'groups/guest.yaml': groupText('cpu_quota: 800%, memory_max: 16G, tasks_max: 65536') };
    const after = { 'site.yaml': siteText().replace('default_group: student', 'default_group: guest') };
    const { unlisted, accounts, falls, dangers } = review({ both, before: {}, after });
    expect(unlisted).toMatchObject({ before: 'student', after: 'guest', place: { file: 'site.yaml', line: 5 } });
    expect(unlisted?.limits.map(({ field, effect }) => [field, effect])).toEqual([
      ['cpu_quota', 'falls'],
      ['memory_max', 'falls'],
      ['tasks_max', undefined],
      ['cpus', 'removed'],
      ['memory', 'removed'],
    ]);
    expect(accounts).toEqual([]);
    expect(falls.map(({ bearer, limits }) => [bearer.kind, limits.length])).toEqual([['unlisted', 4]]);
    // Containers that run are in the slice of the old group; the limits of the new one are about those to come.
    expect(dangers.map(({ kind }) => kind)).not.toContain('kills');
  });
});

describe('what falls', () => {
  it.each([
    ['falls', 'cpu_quota: 1600%, memory_max: 16G, tasks_max: 65536', 'memory_max'],
    ['removed', 'cpu_quota: unlimited, memory_max: 32G, tasks_max: 65536', 'cpu_quota'],
    ['imposed', `${STUDENT}, memory_high: 16G`, 'memory_high'],
  ])('is there if it is %s', (effect, limits, field) => {
    expect(students(limits).falls).toMatchObject([
      { bearer: { kind: 'group', group: 'student' }, limits: [{ field, effect }] },
    ]);
  });

  it('is there if nobody can call it more or less, and not if it rises', () => {
    const cpus = (list: string) => ({
      'groups/student.yaml': groupText(`${STUDENT}, allowed_cpus: "${list}"`, CONTAINER),
    });
    const { falls } = review({ before: cpus('0-3'), after: cpus('2-5') });
    expect(falls).toMatchObject([{ limits: [{ field: 'allowed_cpus', effect: 'changes' }] }]);
    expect(students('cpu_quota: 1600%, memory_max: 64G, tasks_max: 65536').falls).toEqual([]);
  });

  it('is there for an account that is moved, now and on the first day of a grant', () => {
    const falls = (before: string | undefined, after: string) => {
      return review({ before: { 'members/a.yaml': before }, after: { 'members/a.yaml': after } }).falls;
    };
    const admin = memberText('a', 'admin');
    expect(falls(admin, memberText('a', 'researcher'))).toMatchObject([
      { bearer: { kind: 'accounts', accounts: [{ member: 'a' }] }, limits: [{ effect: 'imposed' }, {}, {}, {}, {}] },
    ]);
    const later = admin.replace('2025-12-05', '2026-07-01');
    expect(falls(undefined, later)).toMatchObject([
      { day: '2026-07-01', limits: [{ effect: 'removed' }, {}, {}, {}, {}] },
    ]);
  });
});

describe('what is dangerous', () => {
  const kinds = ({ dangers }: Review) => dangers.map(({ kind }) => kind);

  it('is a limit of memory or tasks that falls where programs run', () => {
    const lower = students('cpu_quota: 1600%, memory_max: 16G, tasks_max: 32768');
    expect(lower.dangers).toMatchObject([
      { kind: 'kills', bearer: { group: 'student' }, limits: [{ field: 'memory_max', after: '16G' }] },
      { kind: 'forks', bearer: { group: 'student' }, limits: [{ field: 'tasks_max', after: '32768' }] },
    ]);
    const own = memberText('a', 'researcher', 'expires: never\nlimits: { per_member: { memory_max: 64G } }\n');
    const parts = { before: { 'members/a.yaml': memberText('a', 'researcher') }, after: { 'members/a.yaml': own } };
    expect(review(parts).dangers).toMatchObject([{ kind: 'kills', bearer: { kind: 'accounts' } }]);
  });

  it('is none of memory that is not limited any more, nor on a day to come, nor of containers to come', () => {
    expect(kinds(students('cpu_quota: 1600%, memory_max: unlimited, tasks_max: 65536'))).toEqual([]);
    expect(kinds(students(STUDENT, '  per_container: { cpus: 8, memory: 16G }\n'))).toEqual([]);
    const later = memberText('a', 'researcher', 'expires: never\nlimits: { per_member: { memory_max: 64G } }\n');
    const after = { 'members/a.yaml': later.replace('2025-12-05', '2026-07-01') };
    expect(kinds(review({ before: {}, after }))).toEqual([]);
  });

  it('is work that stays where it was, told by the group that was left', () => {
    const both = { 'members/c.yaml': memberText('c', 'researcher') };
    const before = { 'members/a.yaml': memberText('a', 'admin'), 'members/b.yaml': memberText('b', 'admin') };
    const { dangers } = review({ both, before, after: { 'members/c.yaml': memberText('c', 'admin') } });
    expect(dangers).toMatchObject([
      { kind: 'work-stays', group: 'researcher', accounts: [{ member: 'c' }] },
      { kind: 'work-stays', group: 'admin', accounts: [{ member: 'a' }, { member: 'b' }] },
    ]);
  });
});

it('every slice by another name is a danger of its own, and nothing that somebody gets', () => {
  const renamed = review({ before: {}, after: { 'site.yaml': siteText().replace('name: ds01', 'name: lab1') } });
  expect(renamed.dangers).toEqual([{ kind: 'renamed', from: 'ds01', to: 'lab1' }]);
  expect(renamed.accounts).toEqual([]);
  expect(renamed.plan?.changes.map(({ path }) => path)).toContain('lab1-student.slice');
});

describe('more than a host has', () => {
  const oversubscribed = ({ dangers }: Review) => dangers.filter(({ kind }) => kind === 'oversubscribed');

  it('is told with what it was', () => {
    expect(oversubscribed(students('cpu_quota: 3200%, memory_max: 32G, tasks_max: 65536'))).toEqual([
      {
        ...{ kind: 'oversubscribed', host: 'ds01', resource: 'cpus', has: 128 },
        before: { limited: 144, unlimited: ['admin'] },
        after: { limited: 160, unlimited: ['admin'] },
      },
    ]);
  });

  it('is told of memory where its size is known, and of each host', () => {
    const both = {
      'site.yaml': siteText().replace(
        / {2}ds01: .*/,
        '  ds01: { cpus: 256, gpus: 4, memory: 128G }\n  ds02: { cpus: 256, gpus: 4, memory: 1T }',
      ),
    };
    const after = {
      'groups/student.yaml': groupText('cpu_quota: 1600%, memory_max: 64G, tasks_max: 65536', CONTAINER),
    };
    expect(oversubscribed(review({ both, before: {}, after }))).toMatchObject([
      {
        host: 'ds01',
        resource: 'memory',
        has: 128 * 2 ** 30,
        before: { limited: 160 * 2 ** 30 },
        after: { limited: 192 * 2 ** 30 },
      },
    ]);
  });

  it('is told of a group that may use all there is, but not of administrators', () => {
    const small = (cpus: string) => ({
      'groups/researcher.yaml': groupText(`cpu_quota: ${cpus}, memory_max: 128G, tasks_max: 65536`),
    });
    expect(oversubscribed(review({ before: small('6400%'), after: small('unlimited') }))).toMatchObject([
      { before: { limited: 80, unlimited: ['admin'] }, after: { limited: 16, unlimited: ['admin', 'researcher'] } },
    ]);
    expect(oversubscribed(review({ before: small('3200%'), after: small('6400%') }))).toEqual([]);
    expect(oversubscribed(review({ before: small('6400%'), after: small('11200%') }))).toEqual([]);
  });

  it('is told of a group that states no limit: the schema lets none pass', () => {
    const { resolved } = changeOf({}).after;
    const groups = [...resolved!.groups].map(([name, group]) => {
      return [name, name === 'student' ? { ...group, limits: NO_LIMITS } : group] as const;
    });
    const without = { ...resolved!, groups: new Map(groups) };
    expect(findOversubscription(resolved, without)).toMatchObject([{ after: { unlimited: ['admin', 'student'] } }]);
  });

  it('is told of a host that is smaller than it was, and not again and again', () => {
    const bigger = { 'site.yaml': siteText().replace('cpus: 128', 'cpus: 140') };
    expect(oversubscribed(review({ before: bigger, after: {} }))).toMatchObject([
      { has: 128, after: { limited: 144 } },
    ]);
    expect(oversubscribed(review({ before: {}, after: { 'members/a.yaml': memberText('a', 'researcher') } }))).toEqual(
      [],
    );
    expect(oversubscribed(review({ after: {} }))).toMatchObject([{ after: { limited: 144 } }]);
  });
});

function siteText(): string {
  const file = changeOf({}).after.files.find(({ path }) => path === 'site.yaml');
  return file?.kind === 'file' ? Buffer.from(file.bytes).toString() : '';
}
