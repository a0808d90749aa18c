import { describe, expect, it } from 'vitest';
import { type Draft, load } from '../../scripts/policy/load.ts';
import { eventSentence } from '../../scripts/report/event-words.ts';
import type { PolicyEvent } from '../../scripts/review/events.ts';
import { findEvents } from '../../scripts/review/find-events.ts';
import { policyFile } from '../support/policy-files.ts';

type Texts = Readonly<Record<string, string>>;

function draftOf(texts: Texts): Draft {
  return load(Object.entries(texts).map(([path, text]) => policyFile(path, text))).draft;
}

function between(before: Texts | undefined, after: Texts): readonly PolicyEvent[] {
  return findEvents(before && draftOf(before), draftOf(after));
}

/** The same in words, which say all that an event holds but its place. */
function told(before: Texts | undefined, after: Texts): readonly string[] {
  return between(before, after).map(eventSentence);
}

const MEMBER = 'members/100001.yaml';
const GROUP = 'groups/researcher.yaml';

/** A group has to have these. */
const LIMITS = '  per_group: { cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536 }\n';

function member(more: Readonly<Record<string, string | undefined>> = {}): string {
  const said = {
    accounts: '[100001@example.org]',
    group: 'researcher',
    reason: 'CPU-bound work',
    granted: '2026-11-24',
    expires: '2027-03-31',
    ...more,
  };
  return Object.entries(said)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}\n`]))
    .join('');
}

function group(limits: string, more = ''): string {
  return `description: a group\n${more}limits:\n${limits}`;
}

function site(more = '', hosts = 'ds01: { cpus: 128, gpus: 4 }'): string {
  const names = 'name: ds01\ndefault_group: student\nadmin_group: admin\naccount_domain: example.org\n';
  return `version: 1\n${names}time_zone: Europe/Berlin\nhosts:\n  ${hosts}\n${more}`;
}

describe('a member', () => {
  it('is granted something', () => {
    const grant = {
      member: '100001',
      accounts: ['100001@example.org'],
      group: 'researcher',
      granted: '2026-11-24',
      expires: '2027-03-31',
      reason: 'CPU-bound work',
    };
    const place = { file: MEMBER, line: 2 };
    expect(between({}, { [MEMBER]: member() })).toEqual([{ kind: 'grant', grant, place }]);
    const { reason: _, ...bare } = grant;
    const event = { kind: 'grant', grant: bare, place };
    expect(between(undefined, { [MEMBER]: member({ reason: undefined }) })).toEqual([event]);
    expect(between({ [MEMBER]: member() }, {})).toEqual([{ kind: 'revoke', grant }]);
  });

  it.each([
    [{ expires: '2027-09-30' }, 'extends researcher of 100001 from 2027-03-31 to 2027-09-30', 'extend', 5],
    [{ expires: 'never' }, 'extends researcher of 100001 from 2027-03-31 to never', 'extend', 5],
    [{ expires: '2027-01-31' }, 'shortens researcher of 100001 from 2027-03-31 to 2027-01-31', 'shorten', 5],
    [{ granted: '2026-12-01' }, 'has researcher of 100001 begin on 2026-12-01 instead of 2026-11-24', 'begin', 4],
    [{ group: 'admin' }, 'moves 100001@example.org from researcher to admin until 2027-03-31', 'move', 2],
    [{ reason: 'other work' }, 'gives another reason for researcher of 100001: other work', 'reason', 3],
    [
      { accounts: '[100001@example.org, s.member@example.org]' },
      'adds s.member@example.org to the accounts of 100001 in researcher',
      'accounts',
      1,
    ],
    [{ github: 'octocat' }, 'sets github of 100001 to octocat', 'setting', 6],
  ] as const)('%j', (more, sentence, kind, line) => {
    const events = between({ [MEMBER]: member() }, { [MEMBER]: member(more) });
    expect(events.map(eventSentence)).toEqual([sentence]);
    expect(events).toMatchObject([{ kind, place: { file: MEMBER, line } }]);
  });

  it('gets and loses what it said before', () => {
    const two = { accounts: '[100001@example.org, s.member@example.org]', github: 'octocat' };
    expect(told({ [MEMBER]: member({ ...two }) }, { [MEMBER]: member({ reason: undefined }) })).toEqual([
      'takes s.member@example.org out of the accounts of 100001 in researcher',
      'takes out the reason for researcher of 100001, which was: CPU-bound work',
      'takes out github of 100001, which was octocat',
    ]);
    expect(told({ [MEMBER]: member({ reason: undefined }) }, { [MEMBER]: member() })).toEqual([
      'gives a reason for researcher of 100001: CPU-bound work',
    ]);
  });

  it('is granted anew with several words of one file, each told for itself', () => {
    const again = { granted: '2027-04-01', expires: '2027-09-30', reason: 'more work' };
    expect(told({ [MEMBER]: member() }, { [MEMBER]: member(again) })).toEqual([
      'extends researcher of 100001 from 2027-03-31 to 2027-09-30',
      'has researcher of 100001 begin on 2027-04-01 instead of 2026-11-24',
      'gives another reason for researcher of 100001: more work',
    ]);
  });

  it('is the same person under another name of the file', () => {
    const both = '[100001@example.org, s.member@example.org]';
    const turned = '[s.member@example.org, 100001@example.org]';
    const before = { [MEMBER]: member({ accounts: both }) };
    expect(told(before, { 'members/s_member.yaml': member({ accounts: turned }) })).toEqual([]);
    expect(told(before, { 'members/s_member.yaml': member({ accounts: '[s.member@example.org]' }) })).toEqual([
      'takes 100001@example.org out of the accounts of s_member in researcher',
    ]);
  });

  it('is the same person under another domain', () => {
    expect(told({ [MEMBER]: member() }, { [MEMBER]: member({ accounts: '[100001@lab.example.org]' }) })).toEqual([
      'takes 100001@example.org out of the accounts of 100001 in researcher, and adds 100001@lab.example.org to them',
    ]);
  });

  it('has its place among the others by its name, whatever happens to it', () => {
    const file = (name: string, more = {}) => {
      return { [`members/${name}.yaml`]: member({ accounts: `[${name}@example.org]`, ...more }) };
    };
    const before = { ...file('b'), ...file('d'), ...file('e') };
    const after = { ...file('a'), ...file('c'), ...file('d', { expires: 'never' }) };
    expect(told(before, after)).toEqual([
      'grants researcher to a@example.org until 2027-03-31: CPU-bound work',
      'takes researcher from b@example.org',
      'grants researcher to c@example.org until 2027-03-31: CPU-bound work',
      'extends researcher of d from 2027-03-31 to never',
      'takes researcher from e@example.org',
    ]);
  });

  it('is another person in the same file: one has gone, the other has come', () => {
    const file = 'members/a_b.yaml';
    const [before, after] = [member({ accounts: '[a.b@example.org]' }), member({ accounts: '[a-b@example.org]' })];
    expect(told({ [file]: before }, { [file]: after })).toEqual([
      'takes researcher from a.b@example.org',
      'grants researcher to a-b@example.org until 2027-03-31: CPU-bound work',
    ]);
  });

  it('of two that swap their files, nobody loses anything', () => {
    const [a, b] = [member({ accounts: '[a@example.org]' }), member({ accounts: '[b@example.org]' })];
    const files = { 'members/a.yaml': a, 'members/b.yaml': b };
    expect(told(files, { 'members/a.yaml': b, 'members/b.yaml': a })).toEqual([]);
  });

  it('has limits of its own, which are told over those of its group', () => {
    const files = {
      'site.yaml': site('limits:\n  per_container: { memory: 16G }\n'),
      [GROUP]: group(`${LIMITS}  per_member: { memory_max: 32G }\n`),
    };
    const own = (limits: string) => ({ ...files, [MEMBER]: `${member()}limits: ${limits}\n` });
    const granted = own('{ per_member: { memory_max: 64G, tasks_max: 4096 }, per_container: { memory: 8G } }');
    expect(told(files, granted)).toEqual([
      'grants researcher to 100001@example.org until 2027-03-31: CPU-bound work',
      'raises memory_max of 100001 to 64G',
      'limits tasks_max of 100001 to 4096, not limited before',
      'lowers memory of each container of 100001 to 8G',
    ]);
    expect(told(granted, own('{ per_member: { memory_max: 16G } }'))).toEqual([
      'lowers memory_max of 100001 from 64G to 16G',
      'removes the limit on tasks_max of 100001, which was 4096',
      'takes out memory of each container of 100001, which was 8G: more is allowed',
    ]);
    // What goes with a grant is not told for itself.
    expect(told(granted, files)).toEqual(['takes researcher from 100001@example.org']);
  });

  it('has limits of its own where nobody knows those of its group', () => {
    const own = `${member()}limits: { per_member: { memory_max: 64G } }\n`;
    expect(told({ [MEMBER]: member() }, { [MEMBER]: own })).toEqual([
      'limits memory_max of 100001 to 64G, not limited before',
    ]);
  });
});

describe('a group', () => {
  it.each([
    [
      'cpu_quota: 1600%',
      'cpu_quota: 12800%',
      'raises cpu_quota of all members of researcher together from 1600% to 12800%',
    ],
    [
      'tasks_max: 65536',
      'tasks_max: 4096',
      'lowers tasks_max of all members of researcher together from 65536 to 4096',
    ],
    [
      'memory_max: 32G',
      'memory_max: unlimited',
      'removes the limit on memory_max of all members of researcher together, which was 32G',
    ],
    ['65536', '65536, cpu_weight: 200', 'raises cpu_weight of all members of researcher together to 200'],
    ['65536', '65536, cpu_weight: 100', 'sets cpu_weight of all members of researcher together to 100'],
    ['65536', '65536, memory_high: unlimited', 'sets memory_high of all members of researcher together to unlimited'],
  ])('"%s" becomes "%s"', (before, after, sentence) => {
    expect(told({ [GROUP]: group(LIMITS) }, { [GROUP]: group(LIMITS.replace(before, after)) })).toEqual([sentence]);
  });

  it('says where each limit stands, and by which words', () => {
    const after = group(`${LIMITS}  per_member:\n    tasks_max: 4096\n    io_weight: 50\n`);
    const owner = { kind: 'group', group: 'researcher' };
    const scope = 'per_member';
    expect(between({ [GROUP]: group(LIMITS) }, { [GROUP]: after })).toEqual([
      {
        ...{ kind: 'limit', owner, scope, field: 'tasks_max', after: '4096', effect: 'imposed' },
        place: { file: GROUP, line: 5 },
      },
      {
        ...{ kind: 'limit', owner, scope, field: 'io_weight', after: '50', effect: 'falls' },
        place: { file: GROUP, line: 6 },
      },
    ]);
  });

  it('writes the same in another way: nothing happens', () => {
    const rates = (text: string) =>
      group(`${LIMITS}  per_member: { io_read_bandwidth_max: ${text}, memory_max: 1024M }\n`);
    const [before, after] = [rates('{ /dev/sda: 500M, /dev/sdb: 1G }'), rates('{ /dev/sdb: 1G, /dev/sda: 500M }')];
    expect(told({ [GROUP]: before }, { [GROUP]: after.replace('1024M', '1G') })).toEqual([]);
  });

  it('limits devices', () => {
    const rates = (text: string) => ({ [GROUP]: group(`${LIMITS}  per_member: { io_read_bandwidth_max: ${text} }\n`) });
    expect(told(rates('{ /dev/sda: 500M }'), rates('{ /dev/sda: 250M, /dev/sdb: 1G }'))).toEqual([
      'lowers io_read_bandwidth_max of each member of researcher from /dev/sda 500M to /dev/sda 250M, /dev/sdb 1G',
    ]);
  });

  it('is told over the site', () => {
    const files = { 'site.yaml': site('limits:\n  per_container: { memory: 16G }\n') };
    const [before, after] = [group(LIMITS), group(`${LIMITS}  per_container: { memory: 32G }\n`)];
    const [all, none] = [
      { ...files, [GROUP]: after },
      { ...files, [GROUP]: before },
    ];
    expect(told(none, all)).toEqual(['raises memory of each container of researcher to 32G']);
    expect(told(all, none)).toEqual([
      'takes out memory of each container of researcher, which was 32G: less is allowed',
    ]);
    const same = { ...files, [GROUP]: after.replace('memory: 32G', 'memory: 16G') };
    expect(told(none, same)).toEqual(['sets memory of each container of researcher to 16G']);
    expect(told(same, none)).toEqual(['takes out memory of each container of researcher, which was 16G']);
    const free = { ...files, [GROUP]: after.replace('memory: 32G', 'memory: unlimited') };
    expect(told(none, free)).toEqual(['removes the limit on memory of each container of researcher']);
    expect(told(free, none)).toEqual([
      'takes out memory of each container of researcher, which was unlimited: less is allowed',
    ]);
  });

  it('comes and goes', () => {
    const files = { [GROUP]: group(LIMITS, 'longest_grant: 180d\n') };
    expect(told({}, files)).toEqual([
      'adds group researcher',
      'limits cpu_quota of all members of researcher together to 1600%, not limited before',
      'limits memory_max of all members of researcher together to 32G, not limited before',
      'limits tasks_max of all members of researcher together to 65536, not limited before',
    ]);
    expect(between({}, files)[0]).toEqual({
      kind: 'group-added',
      group: 'researcher',
      place: { file: GROUP, line: 1 },
    });
    expect(between(files, {})).toEqual([{ kind: 'group-removed', group: 'researcher' }]);
  });

  it('says something else besides limits', () => {
    const [before, after] = [group(LIMITS, 'longest_grant: 180d\n'), group(LIMITS, 'drift: report\n')];
    expect(told({ [GROUP]: before }, { [GROUP]: after.replace('a group', 'another group') })).toEqual([
      'changes description of group researcher from a group to another group',
      'sets drift of group researcher to report',
      'takes out longest_grant of group researcher, which was 180d',
    ]);
  });
});

describe('the site', () => {
  it('changes key by key, with the line of each', () => {
    const more = 'domain_aliases: [a.example.org]\nguards: { min_tasks_max: 4096 }\n';
    const after = site(more, 'ds01: { cpus: 64, gpus: 4 }\n  ds02: { cpus: 64, gpus: 8 }').replace('Berlin', 'Paris');
    const events = between({ 'site.yaml': site() }, { 'site.yaml': after });
    expect(events.map(eventSentence)).toEqual([
      'sets domain_aliases of the site to [a.example.org]',
      'sets guards.min_tasks_max of the site to 4096',
      'changes hosts.ds01 of the site from { cpus: 128, gpus: 4 } to { cpus: 64, gpus: 4 }',
      'sets hosts.ds02 of the site to { cpus: 64, gpus: 8 }',
      'changes time_zone of the site from Europe/Berlin to Europe/Paris',
    ]);
    expect(events.map(({ place }) => place?.line)).toEqual([10, 11, 8, 9, 6]);
    expect(told({ 'site.yaml': site(more) }, { 'site.yaml': site() })).toEqual([
      'takes out domain_aliases of the site, which was [a.example.org]',
      'takes out guards.min_tasks_max of the site, which was 4096',
    ]);
  });

  it('has limits', () => {
    const limits = 'limits:\n  per_member: { tasks_max: 4096 }\n  per_container: { idle_timeout: 48h }\n';
    const [before, after] = [{ 'site.yaml': site() }, { 'site.yaml': site(limits) }];
    expect(told(before, after)).toEqual([
      'limits tasks_max of each member of the site to 4096, not limited before',
      'limits idle_timeout of each container of the site to 2d, not limited before',
    ]);
  });

  it('comes and goes', () => {
    const settings = told({}, { 'site.yaml': site('limits:\n  per_member: { tasks_max: 4096 }\n') });
    expect(settings).toHaveLength(8);
    expect(settings).toContain('sets time_zone of the site to Europe/Berlin');
    expect(settings[0]).toBe('limits tasks_max of each member of the site to 4096, not limited before');
    expect(told({ 'site.yaml': site() }, {})).toContain(
      'takes out hosts.ds01 of the site, which was { cpus: 128, gpus: 4 }',
    );
  });
});

describe('answers to guards', () => {
  const answer = (guard: string, objects: string, expires: string) => {
    return `  - { guard: ${guard}, objects: [${objects}], reason: The course is over, expires: ${expires} }\n`;
  };
  const allow = (...answers: readonly string[]) => ({ 'allow.yaml': `answers:\n${answers.join('')}` });
  const [first, second] = [answer('mass-removal', 'a, b', '2026-12-31'), answer('group-removal', 'x', '2026-12-31')];

  it('come and go', () => {
    expect(between({}, allow(first, second))).toEqual([
      {
        ...{ kind: 'answer-added', guard: 'group-removal', reason: 'The course is over', expires: '2026-12-31' },
        place: { file: 'allow.yaml', line: 3 },
      },
      {
        ...{ kind: 'answer-added', guard: 'mass-removal', reason: 'The course is over', expires: '2026-12-31' },
        place: { file: 'allow.yaml', line: 2 },
      },
    ]);
    expect(told(allow(first, second), {})).toEqual([
      'takes out the answer to guard group-removal, which was until 2026-12-31',
      'takes out the answer to guard mass-removal, which was until 2026-12-31',
    ]);
  });

  it('are the same wherever they stand', () => {
    expect(told(allow(first, second), allow(second, first))).toEqual([]);
    const third = answer('site-renamed', 'x', '2026-12-31');
    expect(told({}, allow(first, third, second))).toEqual(told({}, allow(third, second, first)));
    const other = answer('mass-removal', 'a, b, c', '2026-12-31');
    expect(told(allow(first, second), allow(second, other))).toEqual([
      'answers guard mass-removal once, until 2026-12-31: The course is over',
      'takes out the answer to guard mass-removal, which was until 2026-12-31',
    ]);
  });
});

describe('a file that cannot be read', () => {
  const BROKEN = 'group: [\n';

  it.each([MEMBER, GROUP, 'site.yaml', 'allow.yaml'])('%s afterwards: what it says is not known', (file) => {
    const event = { kind: 'unreadable', file, when: 'after', place: { file, line: 1 } };
    expect(between({}, { [file]: BROKEN })).toEqual([event]);
    expect(between({ [file]: BROKEN }, { [file]: BROKEN })).toEqual([event]);
  });

  it('afterwards takes nothing from anybody', () => {
    expect(told({ [MEMBER]: member() }, { [MEMBER]: BROKEN })).toEqual([
      'leaves members/100001.yaml so that it cannot be read as policy: what it says is not known',
    ]);
  });

  it('before, and now gone', () => {
    expect(between({ [MEMBER]: BROKEN }, {})).toEqual([{ kind: 'unreadable', file: MEMBER, when: 'before' }]);
  });

  it('before: all that it gives is told, and of limits not whether they rise', () => {
    const anew = (file: string) => `writes anew ${file}, which could not be read as policy: what it said is not known`;
    expect(told({ [MEMBER]: BROKEN }, { [MEMBER]: member() })).toEqual([
      anew(MEMBER),
      'grants researcher to 100001@example.org until 2027-03-31: CPU-bound work',
    ]);
    expect(told({ [GROUP]: BROKEN }, { [GROUP]: group(LIMITS) })).toEqual([
      anew(GROUP),
      'sets cpu_quota of all members of researcher together to 1600%',
      'sets memory_max of all members of researcher together to 32G',
      'sets tasks_max of all members of researcher together to 65536',
    ]);
    const text = site('limits:\n  per_member: { tasks_max: 4096 }\n');
    expect(told({ 'site.yaml': BROKEN }, { 'site.yaml': text })).toEqual([
      anew('site.yaml'),
      'sets tasks_max of each member of the site to 4096',
    ]);
    const allow = 'answers:\n  - { guard: mass-removal, objects: [a], reason: Over, expires: 2026-12-31 }\n';
    expect(told({ 'allow.yaml': BROKEN }, { 'allow.yaml': allow })).toEqual([
      anew('allow.yaml'),
      'answers guard mass-removal once, until 2026-12-31: Over',
    ]);
  });

  it('is also one with a limit that nobody can read: it is not taken for removed', () => {
    const limits = (memory: string) => ({ [GROUP]: group(LIMITS.replace('32G', memory)) });
    const event = { kind: 'unreadable', file: GROUP, place: { file: GROUP, line: 1 } };
    expect(between(limits('32G'), limits('32g'))).toEqual([{ ...event, when: 'after' }]);
    expect(between(limits('32g'), limits('32G'))).toMatchObject([
      { ...event, when: 'before' },
      ...['cpu_quota', 'memory_max', 'tasks_max'].map((field) => ({ kind: 'limit', field, effect: 'changes' })),
    ]);
    expect(between({ 'site.yaml': site('limits: { per_member: { memory_max: 32g } }\n') }, {})).toMatchObject([
      { kind: 'unreadable', file: 'site.yaml', when: 'before' },
    ]);
  });
});

it('is the same for files in any order, sorted, and nothing for what did not change', () => {
  const names = ['c', 'a', 'b', 'd'];
  const draft = (order: readonly string[]): Draft => ({
    ...draftOf({}),
    members: order.flatMap(
      (name) => draftOf({ [`members/${name}.yaml`]: member({ accounts: `[${name}@example.org]` }) }).members,
    ),
    groups: order.flatMap((name) => draftOf({ [`groups/${name}.yaml`]: group(LIMITS) }).groups),
  });
  const events = findEvents(undefined, draft(names));
  expect(findEvents(undefined, draft([...names].reverse()))).toEqual(events);
  expect(events.map(eventSentence).filter((sentence) => /^grants|^adds/.test(sentence))).toEqual([
    ...['a', 'b', 'c', 'd'].map((name) => `grants researcher to ${name}@example.org until 2027-03-31: CPU-bound work`),
    ...['a', 'b', 'c', 'd'].map((name) => `adds group ${name}`),
  ]);
  expect(findEvents(draft(names), draft([...names].reverse()))).toEqual([]);
});
