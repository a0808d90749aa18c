import { describe, expect, it } from 'vitest';
import { accessLogJson, accessLogText } from '../../scripts/report/access-log.ts';
import { accessLogCsv } from '../../scripts/report/access-log-csv.ts';
import { plain } from '../../scripts/report/paint.ts';
import { policyChangelog } from '../../scripts/report/policy-changelog.ts';
import type { AccessEntry } from '../../scripts/review/access-log.ts';
import type { Grant, PolicyEvent } from '../../scripts/review/events.ts';

const GRANT: Grant = {
  member: '100001',
  accounts: ['100001@example.org'],
  group: 'researcher',
  granted: '2026-11-24',
  expires: '2027-03-31',
  reason: 'CPU-bound work',
};

function entry(more: Partial<AccessEntry> = {}): AccessEntry {
  return {
    ...{ commit: '5feceb66ffc86f38d952786c6d696c79c2dbc239', short: '5feceb6', at: '2026-11-24T23:30:00-08:00' },
    ...{ subject: 'Grant it', authors: [{ name: 'Ada', mail: 'ada@example.org' }] },
    events: [{ kind: 'grant', grant: GRANT }],
    ...more,
  };
}

const MERGED = entry({
  authors: [
    { name: 'Ada', mail: 'ada@example.org' },
    { name: '', mail: 'bob@example.org' },
  ],
  merger: { name: 'Lead', mail: 'lead@example.org' },
  pullRequest: '#12',
  events: [
    { kind: 'extend', grant: GRANT, from: '2026-12-31' },
    { kind: 'group-removed', group: 'guest' },
  ],
});

const HOSTILE = '=1+1"\r\n@everyone <img src=x> [a](http://evil.example.org) `| \u001b[2J\u202e, #7';
const ATTACK = entry({
  subject: HOSTILE,
  authors: [{ name: HOSTILE, mail: HOSTILE }],
  merger: { name: HOSTILE, mail: HOSTILE },
  events: [
    { kind: 'grant', grant: { ...GRANT, accounts: [HOSTILE], member: HOSTILE, group: HOSTILE, reason: HOSTILE } },
  ],
});

describe('for people', () => {
  it('each commit with its people, and a sentence for all that it does', () => {
    expect(accessLogText({ entries: [MERGED, entry()] }, plain)).toBe(
      [
        '2026-11-24  commit 5feceb6, pull request #12',
        '  written by Ada <ada@example.org>, <bob@example.org>, merged by Lead <lead@example.org>',
        '  extends researcher of 100001 from 2026-12-31 to 2027-03-31',
        '  removes group guest',
        '2026-11-24  commit 5feceb6',
        '  written by Ada <ada@example.org>',
        '  grants researcher to 100001@example.org until 2027-03-31: CPU-bound work',
        '',
      ].join('\n'),
    );
  });

  it('of one account, by its name', () => {
    const account = '100001@example.org';
    expect(accessLogText({ entries: [entry()], account }, plain)).toMatch(/^100001@example[.]org\n2026-11-24 /);
    expect(accessLogText({ entries: [], account }, plain)).toBe('nothing is told of 100001@example.org\n');
    expect(accessLogText({ entries: [] }, plain)).toBe('policy was not changed\n');
  });

  it('every line is one of this program', () => {
    const lines = accessLogText({ entries: [ATTACK] }, plain).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines.join('')).not.toMatch(/\p{Cc}|\p{Cf}/u);
  });
});

it('for programs: entries as they are, each event with its sentence', () => {
  const sentence = 'grants researcher to 100001@example.org until 2027-03-31: CPU-bound work';
  expect(JSON.parse(accessLogJson({ entries: [entry()], account: 'a' }))).toEqual({
    version: 1,
    account: 'a',
    entries: [{ ...entry(), events: [{ kind: 'grant', grant: GRANT, sentence }] }],
  });
  expect(JSON.parse(accessLogJson({ entries: [] }))).toEqual({ version: 1, entries: [] });
});

describe('for spreadsheets', () => {
  const HEADER = 'date,commit,event,subject,group,from,to,reason,author,merger,pull request,sentence';
  const COMMIT = '5feceb66ffc86f38d952786c6d696c79c2dbc239';

  it('a row for each event', () => {
    expect(accessLogCsv([MERGED])).toBe(
      [
        HEADER,
        `2026-11-24,${COMMIT},extend,100001,researcher,2026-12-31,2027-03-31,CPU-bound work,"Ada <ada@example.org>; <bob@example.org>",Lead <lead@example.org>,#12,extends researcher of 100001 from 2026-12-31 to 2027-03-31`,
        `2026-11-24,${COMMIT},group-removed,group guest,guest,,,,"Ada <ada@example.org>; <bob@example.org>",Lead <lead@example.org>,#12,removes group guest`,
        '',
      ].join('\r\n'),
    );
    expect(accessLogCsv([])).toBe(`${HEADER}\r\n`);
  });

  const owner = { kind: 'group', group: 'researcher' } as const;
  it.each<readonly [PolicyEvent, string]>([
    [{ kind: 'grant', grant: GRANT }, 'grant,100001,researcher,2026-11-24,2027-03-31,CPU-bound work,'],
    [{ kind: 'revoke', grant: GRANT }, 'revoke,100001,researcher,2026-11-24,2027-03-31,CPU-bound work,'],
    [{ kind: 'shorten', grant: GRANT, from: 'never' }, 'shorten,100001,researcher,never,2027-03-31,CPU-bound work,'],
    [
      { kind: 'begin', grant: GRANT, from: '2026-11-01' },
      'begin,100001,researcher,2026-11-01,2026-11-24,CPU-bound work,',
    ],
    [{ kind: 'move', grant: GRANT, from: 'student' }, 'move,100001,researcher,student,researcher,CPU-bound work,'],
    [
      { kind: 'accounts', grant: GRANT, added: ['a', 'b'], removed: ['c'] },
      'accounts,100001,researcher,c,a b,CPU-bound work,',
    ],
    [{ kind: 'reason', grant: GRANT, from: 'x' }, 'reason,100001,researcher,x,CPU-bound work,CPU-bound work,'],
    [
      { kind: 'limit', owner, scope: 'per_group', field: 'tasks_max', before: '1', after: '2', effect: 'rises' },
      'limit,group researcher,researcher,1,2,,',
    ],
    [{ kind: 'setting', owner: { kind: 'site' }, key: 'drift', after: 'report' }, 'setting,the site,,,report,,'],
    [{ kind: 'group-added', group: 'guest' }, 'group-added,group guest,guest,,,,'],
    [
      { kind: 'answer-added', guard: 'mass-removal', reason: 'over', expires: '2026-12-31' },
      'answer-added,guard mass-removal,,,2026-12-31,over,',
    ],
    [{ kind: 'unreadable', file: 'site.yaml', when: 'after' }, 'unreadable,site.yaml,,,,,'],
  ])('%j', (event, cells) => {
    expect(accessLogCsv([entry({ events: [event] })])).toContain(`\r\n2026-11-24,${COMMIT},${cells}`);
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(1)', "'@SUM(1)"],
    [' =1', "' =1"],
    ['＝1', "'＝1"],
    ['\t=1', '\\u{9}=1'],
    ['\r\n=1', '\\u{d}\\u{a}=1'],
    ['=1,2', `"'=1,2"`],
    ['"=1"', '"""=1"""'],
    ['1-1=0', '1-1=0'],
  ])('%j is no formula', (reason, cell) => {
    const event = { kind: 'answer-added', guard: 'x', reason, expires: '2026-12-31' } as const;
    expect(accessLogCsv([entry({ events: [event] })])).toContain(`,answer-added,guard x,,,2026-12-31,${cell},Ada <`);
  });

  it('no text ends a cell or a row', () => {
    const [header, row, ...rest] = accessLogCsv([ATTACK]).split('\r\n');
    expect([header, rest]).toEqual([HEADER, ['']]);
    expect(row).not.toMatch(/\p{Cc}|\p{Cf}/u);
    const cells = [...`${row},`.matchAll(/("(?:[^"]|"")*"|[^",]*),/g)];
    expect(cells.map(([cell]) => cell).join('')).toBe(`${row},`);
    expect(cells).toHaveLength(12);
  });
});

describe('for the changelog of a release', () => {
  it('a line for each event, with names, and without addresses of who wrote it', () => {
    expect(policyChangelog([MERGED, entry()])).toBe(
      [
        '- 2026-11-24: `extends researcher of 100001 from 2026-12-31 to 2027-03-31` (by `Ada`, `bob@example.org`; merged by `Lead`; #12)',
        '- 2026-11-24: `removes group guest` (by `Ada`, `bob@example.org`; merged by `Lead`; #12)',
        '- 2026-11-24: `grants researcher to 100001@example.org until 2027-03-31: CPU-bound work` (by `Ada`)',
        '',
      ].join('\n'),
    );
    expect(policyChangelog([])).toBe('');
  });

  it('in which nothing is a link, a mention, HTML, or another line', () => {
    const markdown = policyChangelog([ATTACK]);
    expect(markdown.trimEnd()).not.toMatch(/\n|\p{Cc}|\p{Cf}/u);
    // What is left without the code spans is of this program.
    expect(markdown.replaceAll(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, 'CODE')).toBe(
      '- 2026-11-24: CODE (by CODE; merged by CODE)\n',
    );
  });
});
