import { describe, expect, it } from 'vitest';
import { eventSentence } from '../../scripts/report/event-words.ts';
import { type AccessEntry, accessLog } from '../../scripts/review/access-log.ts';
import { accountAccess } from '../../scripts/review/account-access.ts';
import type { LoggedChange } from '../../scripts/review/policy-log.ts';
import { change, logged } from './logged-commits.ts';

type Texts = Readonly<Record<string, string | undefined>>;

const MEMBER = 'members/100001.yaml';
const BROKEN = 'group: [\n';
const GROUPS = {
  'groups/researcher.yaml': groupOf('tasks_max: 65536'),
  'groups/student.yaml': groupOf('tasks_max: 4096'),
};

function groupOf(tasks: string): string {
  return `description: a group\nlimits:\n  per_group: { cpu_quota: 1600%, memory_max: 32G, ${tasks} }\n`;
}

function member(accounts = '100001@example.org', expires = '2027-03-31', more = ''): string {
  return `accounts: [${accounts}]\ngroup: researcher\nreason: work\ngranted: 2026-11-24\nexpires: ${expires}\n${more}`;
}

function site(domain = 'example.org'): string {
  const names = `name: ds01\ndefault_group: student\nadmin_group: admin\naccount_domain: ${domain}\n`;
  return `version: 1\n${names}time_zone: Europe/Berlin\nhosts: { ds01: { cpus: 128, gpus: 4 } }\n`;
}

/** The log of a repository with a commit for each of these, called 1, 2, 3. */
function logOf(...texts: readonly Texts[]) {
  const changes: readonly LoggedChange[] = texts.map((files, index) => change(String(index + 1), files));
  const names = changes.map(({ commit }) => commit);
  const commits = names.map((name, index) => logged(name, names.slice(Math.max(0, index - 1), index))).reverse();
  return accessLog({ commits, changes });
}

function told(entries: readonly AccessEntry[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(entries.map(({ commit, events }) => [commit, events.map(eventSentence)]));
}

describe('the access log', () => {
  it('has the newest first, and only commits that do something', () => {
    const { entries, site: last } = logOf(
      { 'site.yaml': site('old.example.org'), ...GROUPS },
      { [MEMBER]: member() },
      { 'README.md': 'words' },
      { [MEMBER]: `# words\n${member()}` },
      { [MEMBER]: member(undefined, 'never'), 'site.yaml': site() },
      { [MEMBER]: undefined },
    );
    expect(entries.map(({ commit }) => commit)).toEqual(['6', '5', '2', '1']);
    expect(told(entries.slice(0, 3))).toEqual({
      6: ['takes researcher from 100001@example.org'],
      5: [
        'extends researcher of 100001 from 2027-03-31 to never',
        'changes account_domain of the site from old.example.org to example.org',
      ],
      2: ['grants researcher to 100001@example.org until 2027-03-31: work'],
    });
    expect(entries[2]).toEqual({
      ...{ commit: '2', short: '2', at: '2026-11-02T12:00:00+01:00', subject: 'Do 2' },
      ...{ authors: [{ name: 'a', mail: 'a@example.org' }], events: [expect.objectContaining({ kind: 'grant' })] },
    });
    expect(last?.accountDomain).toBe('example.org');
  });

  it('of nothing is empty, and a change of no commit is none', () => {
    expect(accessLog({ commits: [], changes: [] })).toEqual({ entries: [] });
    expect(accessLog({ commits: [logged('1', [])], changes: [change('x', { [MEMBER]: member() })] }).entries).toEqual(
      [],
    );
  });

  it('compares a file that could not be read for a while with what it said before', () => {
    const words = 'so that it cannot be read as policy: what it says is not known';
    const anew = 'which could not be read as policy: what it said is not known';
    const extended = 'extends researcher of 100001 from 2027-03-31 to never';
    const allow = 'answers:\n  - { guard: mass-removal, objects: [a], reason: Over, expires: 2026-12-31 }\n';
    const { entries } = logOf(
      { [MEMBER]: member(), 'allow.yaml': allow },
      { [MEMBER]: BROKEN },
      { [MEMBER]: member(undefined, 'never') },
      { [MEMBER]: BROKEN, 'allow.yaml': BROKEN },
      { [MEMBER]: undefined, 'allow.yaml': undefined },
    );
    expect(told(entries)).toEqual({
      5: [
        `removes ${MEMBER}, ${anew}`,
        `removes allow.yaml, ${anew}`,
        'takes researcher from 100001@example.org',
        'takes out the answer to guard mass-removal, which was until 2026-12-31',
      ],
      4: [`leaves ${MEMBER} ${words}`, `leaves allow.yaml ${words}`],
      3: [`writes anew ${MEMBER}, ${anew}`, extended],
      2: [`leaves ${MEMBER} ${words}`],
      1: [
        'grants researcher to 100001@example.org until 2027-03-31: work',
        'answers guard mass-removal once, until 2026-12-31: Over',
      ],
    });
  });

  it('knows of a file that is a folder since that it is not gone', () => {
    const { entries } = logOf({ [MEMBER]: member() });
    expect(told(entries)).toHaveProperty('1');
    const folder = { path: MEMBER, kind: 'unusable', reason: 'a folder', fix: '', rule: 'file-type' } as const;
    const log = accessLog({
      commits: [logged('2', ['1']), logged('1', [])],
      changes: [change('1', { [MEMBER]: member() }), { commit: '2', written: [folder], removed: [MEMBER] }],
    });
    expect(told(log.entries)[2]).toEqual([
      'leaves members/100001.yaml so that it cannot be read as policy: what it says is not known',
    ]);
  });

  it('tells limits of a member over those that its group has at that time', () => {
    const own = 'limits: { per_member: { memory_max: 16G } }\n';
    const more = '  per_member: { memory_max: 8G }\n';
    const { entries } = logOf(
      { ...GROUPS, 'groups/researcher.yaml': `${groupOf('tasks_max: 65536')}${more}`, [MEMBER]: member() },
      { [MEMBER]: member(undefined, undefined, own) },
      { 'groups/researcher.yaml': groupOf('tasks_max: 65536') },
      { [MEMBER]: member() },
    );
    expect(told(entries)).toMatchObject({
      4: ['removes the limit on memory_max of 100001, which was 16G'],
      3: ['removes the limit on memory_max of each member of researcher, which was 8G'],
      2: ['raises memory_max of 100001 to 16G'],
    });
  });
});

describe('what concerns one account', () => {
  const own = 'limits: { per_member: { memory_max: 16G } }\n';
  const { entries } = logOf(
    { 'site.yaml': site('old.example.org'), ...GROUPS },
    { [MEMBER]: member('100001@old.example.org'), 'members/a_b.yaml': member('a.b@old.example.org') },
    { [MEMBER]: member('100001@old.example.org, s.member@old.example.org') },
    { [MEMBER]: member('100001@example.org', undefined, own), 'site.yaml': site() },
    { [MEMBER]: undefined, 'groups/researcher.yaml': groupOf('tasks_max: 512') },
  );
  const of = (account: string) => Object.keys(told(accountAccess(entries, account)));

  it('is its member file, also when that is gone, and nothing of groups or others', () => {
    expect(told(accountAccess(entries, '100001@example.org'))).toEqual({
      5: ['takes researcher from 100001@example.org'],
      4: [
        'takes 100001@old.example.org, s.member@old.example.org out of the accounts of 100001 in researcher, and adds 100001@example.org to them',
        'limits memory_max of 100001 to 16G, not limited before',
      ],
      3: ['adds s.member@old.example.org to the accounts of 100001 in researcher'],
      2: ['grants researcher to 100001@old.example.org until 2027-03-31: work'],
    });
  });

  it.each([
    ['s.member@example.org', ['3', '4']],
    ['a.b@example.org', ['2']],
    // As it is called in the name of its slice.
    ['a_b@example.org', ['2']],
    ['nobody@example.org', []],
  ])('%s', (account, commits) => {
    expect(of(account)).toEqual(commits);
  });
});
