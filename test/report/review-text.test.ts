import { describe, expect, it } from 'vitest';
import { type Paint, plain } from '../../scripts/report/paint.ts';
import { reviewText } from '../../scripts/report/review-text.ts';
import { reviewOf } from '../../scripts/review/review.ts';
import { type ChangeParts, changeOf } from '../support/change-fixture.ts';
import { groupText, memberText, memberTexts } from '../support/resolve-policy.ts';

const label = (file: string) => `policy/${file}`;

function review(parts: ChangeParts, paint: Paint = plain): string {
  return reviewText(reviewOf(changeOf(parts))!, label, paint);
}

/** The blocks of a review without units and digest. */
function blocks(parts: ChangeParts): readonly string[] {
  return review(parts)
    .trimEnd()
    .split('\n\n')
    .filter((block) => !/^[+~-] /.test(block))
    .map((block) => block.replace(/\ndigest .*/, ''));
}

const MEMBER = 'members/a_b.yaml';
const AT = `(policy/${MEMBER}:`;
const UP = [
  'CPU 16 → 128 cores shared with the group, memory 32G → 128G shared with the group',
  'tasks 65536 → 65536 shared with the group; each container: 16 → 64 cores, 32G → 128G of memory',
].join(', ');
const DOWN = [
  'CPU 128 → 16 cores shared with the group, memory 128G → 32G shared with the group',
  'tasks 65536 → 65536 shared with the group; each container: 64 → 16 cores, 128G → 32G of memory',
].join(', ');

function grant(from: string, until: string, group = 'researcher', more = ''): string {
  return `accounts: [a.b@hertie-school.lan, c@hertie-school.lan]\ngroup: ${group}\nreason: work\ngranted: ${from}\nexpires: ${until}\n${more}`;
}

const ACTIVE = grant('2026-05-01', '2026-12-31');
const PENDING = grant('2026-07-01', '2026-12-31');
const OWN = 'limits: { per_member: { memory_max: 64G }, per_container: { cpus: 8 } }\n';

describe('a review on a terminal', () => {
  it('has units first, and last what matters most', () => {
    const text = review({
      before: { 'members/a.yaml': memberText('a', 'researcher') },
      after: { 'groups/student.yaml': groupText('cpu_quota: 3200%, memory_max: 16G, tasks_max: 65536') },
    });
    expect(text.replace(/[0-9a-f]{64}/, 'DIGEST')).toBe(`\
~ ds01-student.slice  all members of student together, policy/groups/student.yaml:1
    CPUQuota          1600% -> 3200%  limit rises    policy/groups/student.yaml:3
    MemoryMax         32G -> 16G      limit falls    policy/groups/student.yaml:3
    container cpus    16 -> none      limit removed  policy/groups/student.yaml:1
    container memory  32G -> none     limit removed  policy/groups/student.yaml:1
    Description  ds01 student: Students, and everybody who is not listed -> ds01 student: a group
- ds01-researcher-a.slice  a in researcher

who
  a goes back from researcher to student, as no file lists it any more: CPU 128 → 32 cores shared with the group, memory 128G → 16G shared with the group, tasks 65536 → 65536 shared with the group; each container: CPU 64 cores → not limited, memory 128G → not limited

groups
  student (everybody who is not listed), all together: CPU 16 → 32 cores, memory 32G → 16G; each container: CPU 16 cores → not limited, memory 32G → not limited (policy/groups/student.yaml:1)

limits that fall, vanish or are new
  student, all together: memory 32G → 16G; each container: CPU 16 cores → not limited, memory 32G → not limited
  a: CPU 128 → 32 cores shared with the group, memory 128G → 16G shared with the group; each container: CPU 64 cores → not limited, memory 128G → not limited

danger
  student, all together: memory 32G → 16G: the kernel kills programs that hold more; apply refuses while they do
  containers of a that run keep the limits of researcher until they are made anew
  host ds01 has 128 cores, and all groups together may use 160 cores, 144 cores before; no limit holds for admin

besides
  changes description of group student from Students, and everybody who is not listed to a group (policy/groups/student.yaml:1)

ds01 on 2026-06-01: 1 account and 1 group get something else; 7 limits fall, vanish or are new
digest DIGEST, of a host that has policy as it was before
`);
  });

  it('has colours for titles, units, and what is refused', () => {
    const paint: Paint = (tone, text) => `<${tone}>${text}</>`;
    const text = review({ before: memberTexts(5, 'researcher'), after: {} }, paint);
    expect(text).toMatch(/^<removed>- ds01-researcher-m001[.]slice<[/]> /);
    expect(text).toContain('\n<strong>who</>\n  5 accounts go back from researcher to student');
    expect(text).toContain('\n<strong>danger</>\n  <error>refused</> by guard mass-removal: removes 5 of 7 members');
    expect(text).toContain('\n<strong>ds01 on 2026-06-01: 5 accounts get something else; 4 limits fall');
  });
});

describe('who', () => {
  it.each([
    [
      'gets a group',
      undefined,
      ACTIVE,
      `moves from student to researcher until 2026-12-31: ${UP} ${AT}2). Reason: work`,
    ],
    [
      'for ever',
      undefined,
      grant('2026-05-01', 'never'),
      `moves from student to researcher without end: ${UP} ${AT}2). Reason: work`,
    ],
    ['loses it', ACTIVE, undefined, `goes back from researcher to student, as no file lists it any more: ${DOWN}`],
    [
      'has an earlier last day',
      ACTIVE,
      grant('2026-05-01', '2026-10-31'),
      `keeps researcher until 2026-10-31 instead of until 2026-12-31 ${AT}2)`,
    ],
    [
      'has none any more',
      ACTIVE,
      grant('2026-05-01', 'never'),
      `keeps researcher without end instead of until 2026-12-31 ${AT}2)`,
    ],
    [
      'has another first day',
      ACTIVE,
      grant('2026-05-02', '2026-12-31'),
      `keeps researcher until 2026-12-31, with 2026-05-02 as its first day instead of 2026-05-01 ${AT}2)`,
    ],
    [
      'has ended since',
      ACTIVE,
      grant('2026-05-01', '2026-05-31'),
      `goes back from researcher to student, as the grant ended on 2026-05-31: ${DOWN} ${AT}5)`,
    ],
    [
      'has limits of its own',
      ACTIVE,
      ACTIVE + OWN,
      `has other limits in researcher until 2026-12-31: memory not limited → 64G for each account; each container: 64 → 8 cores ${AT}2)`,
    ],
    [
      'loses them',
      grant('2026-05-01', 'never', 'student', OWN),
      undefined,
      'has other limits in student, as no file lists it any more: memory 64G → not limited for each account; each container: 8 → 16 cores',
    ],
    [
      'will get a group',
      undefined,
      PENDING,
      `will move from student to researcher on 2026-07-01 until 2026-12-31: ${UP} ${AT}4). Reason: work`,
    ],
    [
      'loses it for a while',
      ACTIVE,
      PENDING,
      `goes back from researcher to student, as the grant begins on 2026-07-01: ${DOWN}; then will move from student to researcher on 2026-07-01 until 2026-12-31: ${UP} ${AT}4)`,
    ],
    [
      'will have limits of its own',
      undefined,
      grant('2026-07-01', 'never', 'student', OWN),
      `will have other limits in student from 2026-07-01 on without end: memory not limited → 64G for each account; each container: 16 → 8 cores ${AT}4). Reason: work`,
    ],
    [
      'will have it later',
      PENDING,
      grant('2026-08-01', '2026-12-31'),
      `will have researcher from 2026-08-01 instead of 2026-07-01 until 2026-12-31 ${AT}4)`,
    ],
    [
      'will have it for longer',
      PENDING,
      grant('2026-07-01', 'never'),
      `will have researcher from 2026-07-01 on without end instead of until 2026-12-31 ${AT}4)`,
    ],
    [
      'will have no other group',
      PENDING,
      grant('2026-07-01', '2026-12-31', 'student'),
      `will have the limits of student and no others from 2026-07-01 on until 2026-12-31 ${AT}4)`,
    ],
    [
      'will not have it, as the grant would be over',
      PENDING,
      grant('2026-04-01', '2026-05-31'),
      `will not get researcher on 2026-07-01: the grant is taken back ${AT}5)`,
    ],
    ['will not have it', PENDING, undefined, 'will not get researcher on 2026-07-01: the grant is taken back'],
    [
      'is listed',
      undefined,
      grant('2026-05-01', 'never', 'student'),
      `is listed now, and stays in student ${AT}2). Reason: work`,
    ],
    [
      'is not any more',
      grant('2026-05-01', 'never', 'student'),
      undefined,
      'is not listed any more, and stays in student',
    ],
    [
      'comes too late',
      undefined,
      grant('2026-04-01', '2026-05-31'),
      `has a grant that ended on 2026-05-31: nothing changes ${AT}5). Reason: work`,
    ],
    [
      'is cleared away',
      grant('2026-04-01', '2026-05-31'),
      undefined,
      'has a grant that ended on 2026-05-31, and its file is taken out: nothing changes',
    ],
  ])('%s', (_what, before, after, sentence) => {
    const [first] = blocks({ before: { [MEMBER]: before }, after: { [MEMBER]: after } }).map((block) =>
      block.split('\n'),
    );
    expect(first).toEqual(['who', `  a.b (also c) ${sentence}`]);
  });

  it('is told once, if it is the same for many', () => {
    const [first] = blocks({ before: memberTexts(4, 'student'), after: memberTexts(4, 'researcher') });
    expect(first).toBe(
      `who\n  4 accounts move from student to researcher without end: ${UP}. These are m001, m002, m003, m004`,
    );
    const [few] = blocks({ before: memberTexts(3, 'researcher'), after: memberTexts(3, 'student') });
    expect(few).toBe(`who\n  m001, m002 and m003 move from researcher to student without end: ${DOWN}`);
  });

  it('is told of everybody who is not listed', () => {
    const site = 'site.yaml';
    const file = changeOf({}).after.files.find(({ path }) => path === site);
    const text = file?.kind === 'file' ? Buffer.from(file.bytes).toString() : '';
    const found = blocks({
      both: { 'groups/guest.yaml': groupText('cpu_quota: 800%, memory_max: 32G, tasks_max: unlimited') },
      before: {},
      after: { [site]: text.replace('default_group: student', 'default_group: guest') },
    });
    expect(found.slice(0, 2)).toEqual([
      'groups\n  everybody who is not listed moves from student to guest: CPU 16 → 8 cores shared with the group, memory 32G → 32G shared with the group, tasks 65536 → unlimited shared with the group; each container: CPU 16 cores → not limited, memory 32G → not limited (policy/site.yaml:5)',
      'limits that fall, vanish or are new\n  everybody who is not listed: CPU 16 → 8 cores shared with the group, tasks 65536 → unlimited shared with the group; each container: CPU 16 cores → not limited, memory 32G → not limited',
    ]);
    expect(found.at(-1)).toBe(
      'ds01 on 2026-06-01: everybody who is not listed gets something else; 4 limits fall, vanish or are new',
    );
  });
});

describe('the line at the end', () => {
  const head = (parts: ChangeParts) => blocks(parts).at(-1)?.replace('ds01 on 2026-06-01: ', '');
  const described = {
    'groups/student.yaml': groupText(
      'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536',
      '  per_container: { cpus: 16, memory: 32G }\n',
    ),
  };

  it.each([
    ['no effect on any host', { before: {}, after: {} }],
    ['no effect on any host', { before: {}, after: { [MEMBER]: grant('2026-04-01', '2026-05-31') } }],
    ['no effect on any host before 2026-07-01', { before: {}, after: { [MEMBER]: PENDING } }],
    ['no effect on any host today', { before: { [MEMBER]: PENDING }, after: {} }],
    [
      'no effect on any host today',
      { before: { [MEMBER]: ACTIVE }, after: { [MEMBER]: grant('2026-05-01', '2026-10-31') } },
    ],
    ['2 accounts get something else; no limit falls', { before: {}, after: { [MEMBER]: ACTIVE } }],
    ['nobody gets anything else; 1 unit of a host changes', { before: {}, after: described }],
    [
      'nobody gets anything else; 2 units of a host change',
      { before: {}, after: { [MEMBER]: grant('2026-05-01', 'never', 'student') } },
    ],
    ['the first policy, for 3 accounts and 3 groups', {}],
    ['policy had errors before, so nobody can tell what this changes on a host', { before: { 'site.yaml': 'x: 1\n' } }],
  ])('%s', (line, parts) => {
    expect(head(parts)).toBe(line);
  });

  it('counts a limit that falls', () => {
    const after = {
      'groups/student.yaml': groupText(
        'cpu_quota: 1600%, memory_max: 16G, tasks_max: 65536',
        '  per_container: { cpus: 16, memory: 32G }\n',
      ),
    };
    expect(head({ before: {}, after })).toBe('1 group gets something else; 1 limit falls, vanishes or is new');
  });
});

describe('what is said besides', () => {
  it('is an answer to a guard, with the guard that it answers', () => {
    const answers =
      'answers: [{ guard: mass-removal, objects: [m001, m002, m003], reason: Moved away, expires: 2026-12-31 }]\n';
    const found = blocks({ before: memberTexts(3, 'researcher'), after: { 'allow.yaml': answers } });
    expect(found.slice(2, 4)).toEqual([
      'danger\n  guard mass-removal is answered once: removes 3 of 5 members, at most 2 (2, or 20 % of all) at a time: m001, m002, m003: Moved away, until 2026-12-31 (policy/allow.yaml:1)\n' +
        '  containers of m001, m002 and m003 that run keep the limits of researcher until they are made anew',
      'besides\n  answers guard mass-removal once, until 2026-12-31: Moved away (policy/allow.yaml:1)',
    ]);
  });

  it('is what nobody gains or loses by: other words, and limits of a grant that is over', () => {
    const [besides] = blocks({
      before: { [MEMBER]: ACTIVE },
      after: { [MEMBER]: ACTIVE.replace('work', 'more work') },
    });
    expect(besides).toBe(`besides\n  gives another reason for researcher of a_b: more work ${AT}3)`);
    const over = grant('2026-04-01', '2026-05-31');
    expect(blocks({ before: { [MEMBER]: over }, after: { [MEMBER]: over + OWN } })[0]).toMatch(
      /^besides\n {2}limits memory_max of a_b/,
    );
  });
});
