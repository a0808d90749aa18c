import { describe, expect, it } from 'vitest';
import { type Review, reviewOf } from '../../scripts/review/review.ts';
import { type ChangeParts, changeOf } from '../support/change-fixture.ts';
import { groupText, memberText, memberTexts } from '../support/resolve-policy.ts';

// All of it is on 2026-06-01, the day of the reviews.
const MEMBER = 'members/a_b.yaml';
const ACCOUNTS = '[a.b@hertie-school.lan, c@hertie-school.lan]';

function grant(group: string, from: string, until: string, more = ''): string {
  return `accounts: ${ACCOUNTS}\ngroup: ${group}\nreason: work\ngranted: ${from}\nexpires: ${until}\n${more}`;
}

function review(parts: ChangeParts): Review {
  const result = reviewOf(changeOf(parts));
  if (!result) throw new Error('policy has errors');
  return result;
}

/** What happens to the one member, from one file to the other. */
function changes(before: string | undefined, after: string | undefined) {
  const [from, to] = [before, after].map((text): Readonly<Record<string, string>> => (text ? { [MEMBER]: text } : {}));
  return review({ before: from ?? {}, after: to ?? {} }).accounts;
}

const ACTIVE = grant('researcher', '2026-05-01', 'never');
const PENDING = grant('researcher', '2026-07-01', '2026-12-31');
const EXPIRED = grant('researcher', '2026-04-01', '2026-05-31');
const DEFAULT = grant('student', '2026-05-01', 'never');
const NEXT_YEAR = grant('student', '2027-01-01', 'never');
const OWN = 'limits: { per_member: { memory_max: 64G } }\n';

describe('what happens to accounts', () => {
  it('is a move with all that differs, and with what they share even if it does not', () => {
    expect(changes(undefined, ACTIVE)).toEqual([
      {
        kind: 'moves',
        accounts: ['a.b', 'c'].map((name) => ({
          account: `${name}@hertie-school.lan`,
          member: 'a_b',
          sliceBefore: `ds01-student-${name.replace('.', '_')}.slice`,
          sliceAfter: `ds01-researcher-${name.replace('.', '_')}.slice`,
          place: { file: MEMBER, line: 2 },
        })),
        before: { group: 'student', state: 'unlisted' },
        after: {
          group: 'researcher',
          state: 'active',
          grant: { group: 'researcher', from: '2026-05-01', until: 'never' },
        },
        limits: [
          { scope: 'per_group', field: 'cpu_quota', before: '1600%', after: '12800%', effect: 'rises' },
          { scope: 'per_group', field: 'memory_max', before: '32G', after: '128G', effect: 'rises' },
          { scope: 'per_group', field: 'tasks_max', before: '65536', after: '65536' },
          { scope: 'per_container', field: 'cpus', before: '16', after: '64', effect: 'rises' },
          { scope: 'per_container', field: 'memory', before: '32G', after: '128G', effect: 'rises' },
        ],
        reason: 'work',
      },
    ]);
  });

  it.each([
    ['a file that is gone', ACTIVE, undefined, 'returns'],
    ['a grant that has ended since', ACTIVE, EXPIRED, 'returns'],
    ['another group', ACTIVE, grant('admin', '2026-05-01', 'never'), 'moves'],
    ['the default group, which a file may name', ACTIVE, DEFAULT, 'moves'],
    ['limits of its own', ACTIVE, ACTIVE + OWN, 'limits'],
    ['no limits of its own any more', DEFAULT + OWN, undefined, 'limits'],
    ['a grant that begins later', undefined, PENDING, 'pending'],
    ['another group later', PENDING, PENDING.replace('researcher', 'admin'), 'pending'],
    ['limits of its own later', PENDING, PENDING + OWN, 'pending'],
    ['another first day later', PENDING, PENDING.replace('07-01', '08-01'), 'days'],
    ['a later first day in the default group', DEFAULT, DEFAULT.replace('2026-05-01', '2026-07-01'), 'days'],
    ['a last day', ACTIVE, ACTIVE.replace('never', '2026-12-31'), 'days'],
    ['no grant later', PENDING, undefined, 'taken-back'],
    ['a grant that has ended in place of one that begins later', PENDING, EXPIRED, 'taken-back'],
    ['the default group now, and no other later', PENDING, DEFAULT, 'taken-back'],
    ['the default group when the other would be over', PENDING, NEXT_YEAR, 'taken-back'],
    ['the default group in place of another later', PENDING, PENDING.replace('researcher', 'student'), 'pending'],
    ['no limits of its own later', NEXT_YEAR + OWN, NEXT_YEAR, 'pending'],
    ['the default group earlier than later', NEXT_YEAR, DEFAULT, 'days'],
    ['a file, and nothing else', undefined, DEFAULT, 'listed'],
    ['no file, and nothing else', DEFAULT, undefined, 'unlisted'],
    ['a grant that has ended before it was made', undefined, EXPIRED, 'over'],
    ['no grant that has ended', EXPIRED, undefined, 'over'],
  ])('%s', (_what, before, after, kind) => {
    expect(changes(before, after).map((change) => change.kind)).toEqual([kind]);
  });

  it.each([
    ['another reason', ACTIVE, ACTIVE.replace('work', 'more work')],
    ['a comment', ACTIVE, `# for a while\n${ACTIVE}`],
    ['limits that are those of the group', ACTIVE, `${ACTIVE}limits: { per_container: { cpus: 64 } }\n`],
    ['limits of a grant that is over', EXPIRED, EXPIRED + OWN],
    ['the same later', PENDING, `# soon\n${PENDING}`],
  ])('is nothing: %s', (_what, before, after) => {
    expect(changes(before, after)).toEqual([]);
  });

  it('is told of each account: those of one member may differ', () => {
    const [first, second] = changes(ACTIVE, ACTIVE.replace(', c@hertie-school.lan', ''));
    expect(first?.accounts.map(({ account, member }) => [account, member])).toEqual([['c@hertie-school.lan', 'a_b']]);
    expect([first?.kind, second]).toEqual(['returns', undefined]);
  });

  it('is told for the first day of a grant, from what they have until then', () => {
    const [change] = changes(ACTIVE, PENDING.replace('researcher', 'admin'));
    expect(change).toMatchObject({ kind: 'returns', later: { day: '2026-07-01', before: 'student', after: 'admin' } });
    expect(change?.later?.limits[0]).toEqual({
      ...{ scope: 'per_group', field: 'cpu_quota', before: '1600%', after: 'unlimited', effect: 'removed' },
    });
    const own = grant('student', '2026-07-01', 'never', OWN);
    expect(changes(undefined, own)[0]?.later).toEqual({
      ...{ day: '2026-07-01', before: 'student', after: 'student' },
      limits: [{ scope: 'per_member', field: 'memory_max', after: '64G', effect: 'imposed' }],
    });
  });

  it('is nothing that comes later if the same was to come, and nobody loses anything until then', () => {
    expect(changes(ACTIVE, PENDING)[0]).toMatchObject({
      kind: 'returns',
      later: { day: '2026-07-01', after: 'researcher' },
    });
    expect(changes(DEFAULT + OWN, PENDING.replace('researcher', 'student') + OWN)[0]).toMatchObject({
      ...{ kind: 'limits', later: { before: 'student', after: 'student', limits: [{ effect: 'imposed' }] } },
    });
    expect(changes(NEXT_YEAR + OWN, NEXT_YEAR)[0]?.later).toEqual({
      ...{ day: '2027-01-01', before: 'student', after: 'student', limits: [] },
    });
  });

  it.each([
    ['no grant yet', PENDING],
    ['none any more', EXPIRED],
  ])('is what everybody gets who is not listed, and told of them, for those who have %s', (_what, text) => {
    const both = {
      'groups/guest.yaml': groupText('cpu_quota: 800%, memory_max: 16G, tasks_max: 65536'),
      [MEMBER]: `${text}limits: { per_member: { memory_max: 64G }, per_container: { cpus: 8 } }\n`,
    };
    const site = policyText('site.yaml');
    const guests = { 'site.yaml': site.replace('default_group: student', 'default_group: guest') };
    expect(review({ both, before: {}, after: guests }).accounts).toEqual([]);
    const limited = 'description: s\nlimits:\n  per_group: { cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536 }\n';
    const lower = { 'groups/student.yaml': `${limited}  per_container: { cpus: 4, memory: 32G }\n` };
    expect(review({ both, before: {}, after: lower }).accounts).toEqual([]);
  });

  it('begins with new administrators, and has equal changes once', () => {
    const { accounts } = review({
      before: { ...memberTexts(3, 'researcher'), [MEMBER]: undefined },
      after: {
        ...memberTexts(3, 'researcher', 'expires: 2026-12-31\n'),
        [MEMBER]: ACTIVE,
        'members/z.yaml': grant('admin', '2026-05-01', 'never').replace(ACCOUNTS, '[z@hertie-school.lan]'),
      },
    });
    expect(accounts.map(({ kind, after, accounts }) => [kind, after.group, accounts.length])).toEqual([
      ['moves', 'admin', 1],
      ['moves', 'researcher', 2],
      ['days', 'researcher', 3],
    ]);
    const two = review({
      before: { 'members/a.yaml': memberText('a', 'researcher'), 'members/z.yaml': memberText('z', 'researcher') },
      after: { 'members/z.yaml': memberText('z', 'researcher', 'expires: 2026-05-31\n') },
    }).accounts;
    expect(two.map(({ after, accounts: [first] }) => [after.state, first?.member])).toEqual([
      ['unlisted', 'a'],
      ['expired', 'z'],
    ]);
  });

  it('has a reason only where it is another one', () => {
    expect(changes(ACTIVE, ACTIVE.replace('never', '2026-12-31'))[0]).not.toHaveProperty('reason');
    expect(changes(ACTIVE, ACTIVE.replace('never', '2026-12-31').replace('work', 'rest'))[0]?.reason).toBe('rest');
  });

  it('is nothing if a site calls the same accounts by another domain', () => {
    const site = policyText('site.yaml');
    const renamed = site.replace('account_domain: hertie-school.lan', 'account_domain: example.org');
    const members = ['204214', 'datasciencelab'].map((id) => `members/${id}.yaml`);
    const after = Object.fromEntries(
      members.map((path) => [path, policyText(path).replaceAll('hertie-school.lan', 'example.org')]),
    );
    expect(review({ before: {}, after: { 'site.yaml': renamed, ...after } }).accounts).toEqual([]);
  });

  it('is what they have, where nobody knows what they had', () => {
    const file = (name: string, text: string) => ({
      [`members/${name}.yaml`]: text.replace(ACCOUNTS, `[${name}@hertie-school.lan]`),
    });
    const later = DEFAULT.replace('2026-05-01', '2026-07-01');
    const given = review({ after: { ...file('p', PENDING), ...file('q', later), ...file('r', EXPIRED) } }).accounts;
    expect(given.map(({ kind, before, accounts }) => [kind, before, accounts.length])).toEqual([
      ['given', undefined, 2],
      ['given', undefined, 1],
      ['pending', undefined, 1],
      ['days', undefined, 1],
      ['over', undefined, 1],
    ]);
    expect(given[0]?.limits[0]).toEqual({ scope: 'per_group', field: 'cpu_quota', after: '12800%' });
    expect(given[2]?.later).toMatchObject({ before: 'student', after: 'researcher' });
  });
});

function policyText(path: string): string {
  const file = changeOf({}).after.files.find((candidate) => candidate.path === path);
  return file?.kind === 'file' ? Buffer.from(file.bytes).toString() : '';
}
