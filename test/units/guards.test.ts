import { describe, expect, it } from 'vitest';
import type { Guard } from '../../scripts/units/guards.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { asFound, groupText, memberText, memberTexts, resolvePolicy } from '../support/resolve-policy.ts';

type Texts = Readonly<Record<string, string | undefined>>;

const LIMITS = 'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536';

// The guards of the way from one policy to another, on a host that has the first one.
function guards(before: Texts, after: Texts, day?: string): readonly Guard[] {
  return plan(asFound(render(resolvePolicy(before))), resolvePolicy(after, day)).guards;
}

function ids(found: readonly Guard[]): readonly string[] {
  return found.map(({ id }) => id);
}

// So many members in all: the policy of the tests has two.
function listed(count: number): Texts {
  return memberTexts(count - 2, 'student');
}

describe('no guard', () => {
  it('stops what an everyday pull request does', () => {
    expect(guards({}, {})).toEqual([]);
    expect(guards(listed(10), listed(11))).toEqual([]);
    expect(guards(listed(11), listed(10))).toEqual([]);
    expect(guards({}, { 'members/204214.yaml': memberText('204214', 'student') })).toEqual([]);
    expect(guards({}, { 'groups/new.yaml': groupText(LIMITS) })).toEqual([]);
    expect(guards({ 'groups/empty.yaml': groupText(LIMITS) }, {})).toEqual([]);
  });

  it('stops the first plan of a host', () => {
    expect(plan([], resolvePolicy(listed(50))).guards).toEqual([]);
  });

  it('stops grants that expire, however many on one day', () => {
    const texts = memberTexts(50, 'researcher', 'expires: 2026-12-31\n');
    expect(guards(texts, texts, '2026-12-31')).toEqual([]);
    expect(guards(texts, texts, '2027-01-01')).toEqual([]);
    // Nor does anybody miss the files of grants that were over.
    const host = asFound(render(resolvePolicy(texts, '2027-01-01')));
    expect(plan(host, resolvePolicy({}, '2027-01-01')).guards).toEqual([]);
  });
});

describe('mass-removal', () => {
  it.each([
    // [members on the host, at most so many may go]: 2 or a fifth, whichever is more.
    [5, 2],
    [9, 2],
    [10, 2],
    [14, 2],
    [15, 3],
    [19, 3],
    [20, 4],
    [100, 20],
  ])('of %i members, %i may go at a time, and one more may not', (count, threshold) => {
    expect(guards(listed(count), listed(count - threshold))).toEqual([]);
    expect(ids(guards(listed(count), listed(count - threshold - 1)))).toEqual(['mass-removal']);
  });

  it('works on small sites, too: three of three, and the administrator is another one', () => {
    const found = guards({ 'members/one.yaml': memberText('one', 'student') }, ADMIN_ONLY);
    expect(found).toEqual([]);
    const three = {
      'members/one.yaml': memberText('one', 'student'),
      'members/two.yaml': memberText('two', 'student'),
    };
    expect(ids(guards(three, ADMIN_ONLY))).toEqual(['mass-removal']);
  });

  it('says how many of how many, what is allowed, who, and what to do instead', () => {
    const [guard] = guards(listed(16), listed(4));
    expect(guard).toEqual({
      id: 'mass-removal',
      message:
        'removes 12 of 16 members, at most 3 (2, or 20 % of all) at a time: m003, m004, m005, m006, m007, m008, m009, m010, m011, m012 and 2 more',
      objects: ['m003', 'm004', 'm005', 'm006', 'm007', 'm008', 'm009', 'm010', 'm011', 'm012', 'm013', 'm014'],
      wayOut:
        'remove at most 3 member files in one change, or allow exactly this once in policy/allow.yaml: answers: [{ guard: mass-removal, objects: [m003, m004, m005, m006, m007, m008, m009, m010, m011, m012, m013, m014], reason: WHY, expires: YYYY-MM-DD }]',
    });
  });

  it('counts members, not accounts, and a member is there as long as one account is', () => {
    const two = (id: string) => memberText(id, 'student').replace(']', `, ${id}b@hertie-school.lan]`);
    const before = Object.fromEntries(['a', 'b', 'c'].map((id) => [`members/${id}.yaml`, two(id)]));
    // Three members lose one of two accounts each.
    const fewer = Object.fromEntries(['a', 'b', 'c'].map((id) => [`members/${id}.yaml`, memberText(id, 'student')]));
    expect(guards(before, fewer)).toEqual([]);
    // Their files get other names.
    const renamed = Object.fromEntries(
      ['a', 'b', 'c'].map((id) => [`members/${id}b.yaml`, memberText(`${id}b`, 'student')]),
    );
    expect(guards(before, renamed)).toEqual([]);
    expect(guards(before, {})).toMatchObject([{ id: 'mass-removal', objects: ['a', 'b', 'c'] }]);
  });

  it('does not take a move to another group for a removal', () => {
    expect(guards(memberTexts(20, 'researcher'), memberTexts(20, 'student'))).toEqual([]);
  });
});

// The member 204214 is gone as well.
const ADMIN_ONLY: Texts = { 'members/204214.yaml': undefined };

describe('group-removal', () => {
  it('stops the end of a group that has members on the host', () => {
    const [guard, ...others] = guards(
      {},
      { 'groups/researcher.yaml': undefined, 'members/204214.yaml': memberText('204214', 'student') },
    );
    expect(others).toEqual([]);
    expect(guard).toEqual({
      id: 'group-removal',
      message: 'removes 1 group with members on this host, at most 0 at a time: "researcher" (2 accounts)',
      objects: ['researcher'],
      wayOut:
        'move the members to another group in a change before this one, or allow exactly this once in policy/allow.yaml: answers: [{ guard: group-removal, objects: [researcher], reason: WHY, expires: YYYY-MM-DD }]',
    });
  });

  it('stops the end of the default group: everybody who is not listed is in it', () => {
    const site = SITE.replace('default_group: student', 'default_group: pupil');
    const texts = { 'site.yaml': site, 'groups/student.yaml': undefined, 'groups/pupil.yaml': groupText(LIMITS) };
    expect(guards({}, texts)).toMatchObject([
      { id: 'group-removal', objects: ['student'], message: expect.stringContaining('everybody who is not listed') },
    ]);
  });

  it('names all of them, sorted', () => {
    const before = {
      ...{ 'groups/b.yaml': groupText(LIMITS), 'groups/a.yaml': groupText(LIMITS), 'groups/c.yaml': groupText(LIMITS) },
      ...{ 'members/b1.yaml': memberText('b1', 'b'), 'members/a1.yaml': memberText('a1', 'a') },
    };
    expect(guards(before, {})).toMatchObject([{ id: 'group-removal', objects: ['a', 'b'] }]);
  });
});

const SITE = `version: 1
name: ds01
default_group: student
admin_group: admin
time_zone: Europe/Berlin
account_domain: hertie-school.lan
hosts: { ds01: { cpus: 128, gpus: 4 } }
`;

describe('admins-gone', () => {
  const admin = (id: string, more?: string) => ({ [`members/${id}.yaml`]: memberText(id, 'admin', more) });
  const NOBODY = { 'members/datasciencelab.yaml': undefined };

  it('stops the exchange of all administrators at once', () => {
    expect(guards(admin('other'), { ...admin('new'), ...NOBODY })).toEqual([
      {
        id: 'admins-gone',
        message:
          'replaces every administrator at once (2), at least 1 must stay: datasciencelab@hertie-school.lan, other@hertie-school.lan',
        objects: ['datasciencelab@hertie-school.lan', 'other@hertie-school.lan'],
        wayOut:
          'add the new administrators first, and remove the old ones later, or allow exactly this once in policy/allow.yaml: answers: [{ guard: admins-gone, objects: [datasciencelab@hertie-school.lan, other@hertie-school.lan], reason: WHY, expires: YYYY-MM-DD }]',
      },
    ]);
    expect(guards(admin('other'), { ...admin('new'), ...admin('other'), ...NOBODY })).toEqual([]);
    expect(guards({}, admin('new'))).toEqual([]);
  });

  it('stops a policy whose administrators are none today', () => {
    const text = memberText('datasciencelab', 'admin').replace('2025-12-05', '2026-06-16');
    const later = { 'members/datasciencelab.yaml': text };
    const message = 'leaves 0 accounts in group "admin", at least 1 must be there today';
    expect(guards({}, later)).toMatchObject([
      { id: 'admins-gone', message, objects: ['datasciencelab@hertie-school.lan'] },
    ]);
    expect(guards({}, later, '2026-06-16')).toEqual([]);
    // Also on a host that has none yet.
    expect(plan([], resolvePolicy(later)).guards).toMatchObject([{ id: 'admins-gone', objects: [] }]);
  });

  it('goes by the group that is the one of administrators on the host', () => {
    const renamed = {
      'site.yaml': SITE.replace('admin_group: admin', 'admin_group: root'),
      'groups/root.yaml': groupText('cpu_quota: unlimited, memory_max: unlimited, tasks_max: unlimited'),
    };
    const kept = { ...renamed, 'members/datasciencelab.yaml': memberText('datasciencelab', 'root') };
    expect(guards({}, kept)).toEqual([]);
    const other = { ...renamed, 'members/other.yaml': memberText('other', 'root') };
    expect(guards({}, other)).toMatchObject([{ id: 'admins-gone', objects: ['datasciencelab@hertie-school.lan'] }]);
  });
});

describe('empty-policy', () => {
  it('stops a policy without any account; `check` refuses such a one already', () => {
    const before = asFound(render(resolvePolicy()));
    const after = { ...resolvePolicy(), accounts: new Map() };
    const found = plan(before, after).guards;
    expect(ids(found)).toEqual(['empty-policy', 'admins-gone']);
    expect(found[0]).toMatchObject({
      message: expect.stringContaining('policy lists no account at all, and the host has 3: '),
      objects: ['204214@hertie-school.lan', 'datasciencelab@hertie-school.lan', 's.kaiser@hertie-school.lan'],
      wayOut: expect.stringMatching(/^look whether the member files are missing, or allow exactly this once/),
    });
    expect(ids(plan([], after).guards)).toEqual(['admins-gone']);
  });
});

describe('site-renamed', () => {
  it('stops a policy for another site than the one whose units are there', () => {
    const [guard, ...others] = guards({}, { 'site.yaml': SITE.replace('name: ds01', 'name: ds02') });
    expect(others).toEqual([]);
    expect(guard).toMatchObject({
      id: 'site-renamed',
      message: expect.stringMatching(
        /^the host has 10 unit files of another site, and policy is for site "ds02": ds01-admin-/,
      ),
      wayOut: expect.stringMatching(/^keep the old name in site[.]yaml, or remove those files first, or allow/),
    });
    expect(guard?.objects).toEqual(render(resolvePolicy()).map(({ path }) => path));
  });

  it('does not care about slices of others that begin with another name', () => {
    expect(plan([{ kind: 'file', path: 'user.slice', text: '[Slice]\n' }], resolvePolicy()).guards).toEqual([]);
  });
});
