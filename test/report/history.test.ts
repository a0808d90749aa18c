import { describe, expect, it } from 'vitest';
import type { AccountEntry } from '../../scripts/follow/account-history.ts';
import type { ApplyEvent, Event } from '../../scripts/follow/record.ts';
import { accountText, brokenWords, historyJson, historyText } from '../../scripts/report/history.ts';
import { type Paint, plain } from '../../scripts/report/paint.ts';
import { A, applied, at, B, historyOf, of, refused, word } from '../support/host-history.ts';
import { HOSTILE } from '../support/hostile-plan.ts';

const AUTHOR = 'Somebody <somebody@example.org>';
const MERGER = 'Forge <forge@example.org>';
const PAUSE = { since: at('10:00'), until: at('14:00'), reason: 'an exam', grants: 'expire' } as const;
const RAW = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function text(events: readonly Event[], paint: Paint = plain): string {
  return historyText(historyOf(events), paint);
}

/** Policy of a commit with the people that git has for it. */
function by(people: { readonly author?: string; readonly committer?: string }): ApplyEvent['policy'] {
  return { commit: A, uncommittedChanges: false, ...people };
}

function applyText(policy: ApplyEvent['policy'], more: Partial<ApplyEvent> = {}): string {
  return text([applied(at('09:00'), policy, more)]);
}

describe('the history of a host', () => {
  it('is empty at first', () => {
    expect(text([])).toBe('nothing has happened yet\n');
  });

  it('tells the story, newest first', () => {
    const events = [
      word(at('08:00'), { kind: 'install', by: 'root', remote: 'https://example.org/policy.git' }),
      applied(at('09:00'), of(A), { seconds: 1.25, changes: [{ kind: 'create', path: 'ds01.slice' }] }),
      refused(at('10:00'), of(B)),
      word(at('10:30'), { kind: 'trust', by: 'root', commit: B, reason: 'looked at' }),
      word(at('11:00'), { kind: 'pause', by: 'root', pause: PAUSE }),
      word(at('12:00'), { kind: 'resume', by: 'root' }),
      word(at('13:00'), { kind: 'stop', what: 'ds01.slice was put right 5 times' }),
      word(at('14:00'), { kind: 'uninstall', by: 'root', remote: 'https://example.org/policy.git' }),
    ];
    expect(text(events)).toBe(`\
2026-06-15 14:00 UTC  uninstall, by root
2026-06-15 13:00 UTC  stopped  ds01.slice was put right 5 times
2026-06-15 12:00 UTC  resume, by root
2026-06-15 11:00 UTC  paused until 2026-06-15 14:00 UTC by root: an exam
2026-06-15 10:30 UTC  trusts commit bbbbbbbbbbbb, by root: looked at
2026-06-15 10:00 UTC  refused  commit bbbbbbbbbbbb
  is not signed
2026-06-15 09:00 UTC  applied  commit aaaaaaaaaaaa (commit): 1 change, 1.25 s
  create ds01.slice
2026-06-15 08:00 UTC  install, by root
`);
  });
});

describe('an apply', () => {
  it('has who wrote the commit, who merged it, and every limit before and after', () => {
    const differences = [
      { key: 'TasksMax', before: '512', after: '65536' },
      { key: 'MemoryMax', before: 'infinity', after: '32G' },
      { key: 'CPUQuota', before: '1600%', after: '' },
      { key: 'IOWeight', after: '50' },
      { key: 'CPUWeight', before: '50' },
    ];
    const changes = [{ kind: 'update', path: 'ds01-student.slice', differences }];
    expect(applyText(by({ author: AUTHOR, committer: MERGER }), { changes })).toBe(`\
2026-06-15 09:00 UTC  applied  commit aaaaaaaaaaaa (commit): 1 change
  written by ${AUTHOR}, merged by ${MERGER}
  update ds01-student.slice
    TasksMax 512 → 65536
    MemoryMax unlimited → 32G
    CPUQuota 1600% → unlimited
    IOWeight not set → 50
    CPUWeight 50 → not set
`);
  });

  it('names one person once', () => {
    for (const more of [{ author: AUTHOR }, { author: AUTHOR, committer: AUTHOR }]) {
      expect(applyText(by(more))).toContain(`\n  written by ${AUTHOR}\n`);
    }
    expect(applyText(by({ committer: MERGER }))).not.toContain(MERGER);
  });

  it('has what drift was put right', () => {
    const drift = ['ds01-student.slice TasksMax kernel', 'ds01.slice MemoryMax not-loaded'];
    expect(applyText(of(A), { cause: 'drift', drift })).toBe(`\
2026-06-15 09:00 UTC  applied  commit aaaaaaaaaaaa (drift): 0 changes
  put right: ds01-student.slice TasksMax kernel
  put right: ds01.slice MemoryMax not-loaded
`);
  });

  it('has what was allowed once, and why', () => {
    const objects = Array.from({ length: 12 }, (_, index) => `m${index}`);
    const answer = { guard: 'mass-removal', objects, reason: 'The course is over', expires: '2026-12-31' };
    const answers = [answer, { ...answer, guard: 'group-removal', objects: ['guest'] }];
    expect(applyText(of(A), { answers })).toBe(`\
2026-06-15 09:00 UTC  applied  commit aaaaaaaaaaaa (commit): 0 changes
  allowed once: mass-removal of m0, m1, m2, m3, m4, m5, m6, m7, m8, m9 and 2 more, until 2026-12-31: The course is over
  allowed once: group-removal of guest, until 2026-12-31: The course is over
`);
  });

  it('has who said so, and why, if anybody did', () => {
    expect(applyText(of(A), { cause: 'by-hand', by: 'root', reason: 'jobs fail' })).toBe(`\
2026-06-15 09:00 UTC  applied  commit aaaaaaaaaaaa (by-hand): 0 changes
  by root: jobs fail
`);
    expect(applyText(of(A), { by: 'root' })).toContain('\n  by root\n');
  });

  it('says what policy it was about', () => {
    expect(applyText({ commit: A, uncommittedChanges: true })).toContain(
      'applied  commit aaaaaaaaaaaa with changes that are not committed (commit)',
    );
    expect(applyText({ commit: null, why: 'not in git' })).toContain('applied  policy without a commit (commit)');
  });

  it.each([
    ['applied', 'good', 'applied'],
    ['untouched', 'warning', 'failed'],
    ['restored', 'warning', 'restored'],
    ['broken', 'error', 'DEGRADED'],
  ] as const)('that ended %s is told as that, and why', (result, tone, shown) => {
    const paint: Paint = (colour, words) => `<${colour}>${words}</>`;
    const failure = result === 'applied' ? {} : { failure: 'reload systemd: no' };
    expect(text([applied(at('09:00'), of(A), { result, ...failure })], paint)).toBe(
      `2026-06-15 09:00 UTC  <${tone}>${shown}</>  commit aaaaaaaaaaaa (commit): 0 changes\n` +
        (result === 'applied' ? '' : '  reload systemd: no\n'),
    );
  });
});

describe('what one account had', () => {
  const entry: AccountEntry = { at: at('09:00'), cause: 'commit', commit: A, author: AUTHOR, limits: [] };

  it('is nothing else than the default group, as far as anybody knows', () => {
    expect(accountText('a@example.org', [], 'student')).toBe(
      'a@example.org was in group student for as long as this host knows\n',
    );
  });

  it('is told oldest first, with the group, until when, the limits, and through which commit', () => {
    const entries: readonly AccountEntry[] = [
      { ...entry, group: { from: 'student', to: 'researcher', until: '2026-12-31' } },
      {
        ...{ at: at('10:00'), cause: 'commit', commit: B },
        limits: [{ slice: 'ds01-researcher.slice', key: 'TasksMax', before: '65536', after: '131072' }],
      },
      { ...entry, at: at('11:00'), group: { from: 'researcher', to: 'admin', until: 'never' } },
      { at: at('12:00'), cause: 'day', group: { from: 'admin', to: 'student' }, limits: [] },
    ];
    expect(accountText('a@example.org', entries, 'student')).toBe(`\
a@example.org
2026-06-15 09:00 UTC  through commit aaaaaaaaaaaa by ${AUTHOR} (commit)
  group student → researcher until 2026-12-31
2026-06-15 10:00 UTC  through commit bbbbbbbbbbbb (commit)
  ds01-researcher.slice  TasksMax 65536 → 131072
2026-06-15 11:00 UTC  through commit aaaaaaaaaaaa by ${AUTHOR} (commit)
  group researcher → admin, never ends
2026-06-15 12:00 UTC  through policy without a commit (day)
  group admin → student
`);
  });
});

describe('text of others', () => {
  function hostile(said: string): string {
    const by = said;
    const reason = said;
    const policy = { commit: said, uncommittedChanges: false, author: said, committer: `${said}2` };
    const changes = [{ kind: 'update', path: said, differences: [{ key: said, before: said, after: said }] }];
    const answers = [{ guard: said, objects: [said], reason, expires: said }];
    const more = { changes, by, reason, failure: said, answers, drift: [said] };
    return text([
      applied(said, policy, more),
      { version: 1, at: said, kind: 'refuse', policy, exitCode: 3, why: said, blame: 'commit' },
      word(said, { kind: 'pause', by, pause: { ...PAUSE, until: said, reason } }),
      word(said, { kind: 'trust', by, commit: said, reason }),
      word(said, { kind: 'stop', what: said }),
      word(said, { kind: 'resume', by }),
    ]);
  }

  it('stays on its line', () => {
    expect(hostile(HOSTILE).replaceAll('\n', '')).not.toMatch(RAW);
    expect(hostile(HOSTILE).split('\n')).toHaveLength(hostile('x').split('\n').length);
  });

  it('stays on its line in the history of an account', () => {
    const said = (it: string): string => {
      const limits = [{ slice: it, key: it, before: it, after: it }];
      const group = { from: it, to: it, until: it };
      return accountText(it, [{ at: it, commit: it, author: it, cause: 'commit', group, limits }], it);
    };
    expect(said(HOSTILE).replaceAll('\n', '')).not.toMatch(RAW);
    expect(said(HOSTILE).split('\n')).toHaveLength(said('x').split('\n').length);
    expect(accountText(HOSTILE, [], HOSTILE).trimEnd()).not.toMatch(RAW);
  });
});

describe('the history for programs', () => {
  const records = historyOf([applied(at('09:00'), of(A))]);

  it('has the records as they are, and that none was touched', () => {
    expect(JSON.parse(historyJson(records, undefined))).toEqual({ version: 1, whole: true, entries: records });
    expect(historyJson(records, undefined).endsWith('}\n')).toBe(true);
  });

  it('has the line from which on it cannot be believed', () => {
    expect(JSON.parse(historyJson(records, 2))).toEqual({ version: 1, whole: false, broken: 2, entries: records });
  });
});

it('a history that was changed is said to be', () => {
  expect(brokenWords(7)).toBe(
    'line 7 of the history does not fit to the line before it: one of them was changed, taken out or put in by hand',
  );
  expect(brokenWords(1)).toBe(
    'line 1 of the history is not its beginning: it was changed, or what was before it was taken out by hand',
  );
});
