import { describe, expect, it } from 'vitest';
import { type AccountNames, accountHistory } from '../../scripts/follow/account-history.ts';
import type { ApplyEvent, Event, RecordedChange, RecordedMove } from '../../scripts/follow/record.ts';
import { A, applied, at, B, C, historyOf, of, refused, word } from '../support/host-history.ts';

const NAMES: AccountNames = {
  account: 's.kaiser@example.org',
  slug: 's_kaiser',
  site: 'ds01',
  defaultGroup: 'student',
};

function historyFor(events: readonly Event[], more: Partial<AccountNames> = {}) {
  return accountHistory(historyOf(events), { ...NAMES, ...more });
}

/** The change of one limit in one file. */
function change(path: string, after: string, key = 'TasksMax'): RecordedChange {
  return { kind: 'update', path, differences: [{ key, before: '512', after }] };
}

function moved(from: string, to: string, more: Partial<RecordedMove> = {}): Partial<ApplyEvent> {
  return { moves: [{ account: NAMES.account, from, to, ...more }] };
}

/** The slices of which a change is told, if all of these files have changed at once. */
function told(paths: readonly string[], more: Partial<ApplyEvent> = {}): readonly string[] {
  const entries = historyFor([
    applied(at('09:00'), of(A), { changes: paths.map((path) => change(path, '1')), ...more }),
  ]);
  return entries.flatMap(({ limits }) => limits.map(({ slice }) => slice));
}

describe('the history of an account', () => {
  it('is empty where nothing has happened to it', () => {
    expect(historyFor([])).toEqual([]);
    const other = { moves: [{ account: 'a@example.org', from: 'student', to: 'admin' }] };
    expect(historyFor([applied(at('09:00'), of(A), other)])).toEqual([]);
  });

  it('tells the story: the limit of all students, a grant, its own limit, and the end of the grant', () => {
    const author = 'Somebody <somebody@example.org>';
    const events = [
      applied(at('09:00'), of(A), { changes: [change('ds01-student.slice', '65536')] }),
      applied(
        at('10:00'),
        { commit: B, uncommittedChanges: false, author, committer: author },
        moved('student', 'researcher', { until: '2026-12-31' }),
      ),
      applied(at('11:00'), of(C), {
        changes: [
          change('ds01-student.slice', '9'),
          change('ds01-researcher-s_kaiser.slice.d/50-ds01-policy.conf', '7'),
        ],
      }),
      applied(at('12:00'), of(C), { cause: 'day', ...moved('researcher', 'student') }),
      applied(
        at('13:00'),
        { commit: null, why: 'not in git' },
        {
          cause: 'by-hand',
          changes: [change('ds01-student.slice', '8')],
        },
      ),
    ];
    const limit = (slice: string, after: string) => [{ slice, key: 'TasksMax', before: '512', after }];
    expect(historyFor(events)).toEqual([
      { at: at('09:00'), cause: 'commit', commit: A, limits: limit('ds01-student.slice', '65536') },
      {
        ...{ at: at('10:00'), cause: 'commit', commit: B, author, limits: [] },
        group: { from: 'student', to: 'researcher', until: '2026-12-31' },
      },
      { at: at('11:00'), cause: 'commit', commit: C, limits: limit('ds01-researcher-s_kaiser.slice', '7') },
      {
        ...{ at: at('12:00'), cause: 'day', commit: C, limits: [] },
        group: { from: 'researcher', to: 'student' },
      },
      { at: at('13:00'), cause: 'by-hand', limits: limit('ds01-student.slice', '8') },
    ]);
  });

  it('has nothing in it that was not in force', () => {
    const more = { changes: [change('ds01.slice', '1')], ...moved('student', 'researcher') };
    const events: readonly Event[] = [
      ...(['untouched', 'restored', 'broken'] as const).map((result) =>
        applied(at('09:00'), of(A), { ...more, result }),
      ),
      refused(at('10:00'), of(B)),
      word(at('11:00'), { kind: 'resume', by: 'root' }),
    ];
    expect(historyFor(events)).toEqual([]);
    // Nor did it get into the other group by that.
    expect(
      historyFor([...events, applied(at('12:00'), of(B), { changes: [change('ds01-researcher.slice', '1')] })]),
    ).toEqual([]);
  });
});

describe('limits are told', () => {
  it('of the site, of the group, of each member of it, and of the account itself', () => {
    const own = [
      ...['ds01.slice', 'ds01-student.slice', 'ds01-student-.slice.d/50-ds01-policy.conf'],
      ...['ds01-student-s_kaiser.slice', 'ds01-student-s_kaiser.slice.d/50-ds01-policy.conf'],
    ];
    expect(told(own)).toEqual([
      ...['ds01.slice', 'ds01-student.slice', 'ds01-student-.slice'],
      ...['ds01-student-s_kaiser.slice', 'ds01-student-s_kaiser.slice'],
    ]);
  });

  it('of the group that it is in since the same apply', () => {
    const paths = ['ds01-student.slice', 'ds01-researcher.slice'];
    expect(told(paths, moved('student', 'researcher'))).toEqual(['ds01-researcher.slice']);
    expect(told(['ds01-student.slice'], { ...moved('student', 'researcher') })).toEqual([]);
  });

  it('of what systemctl set-property had set, wherever that was', () => {
    const path = '/run/systemd/system.control/ds01-student.slice.d/50-TasksMax.conf';
    expect(told([path])).toEqual(['ds01-student.slice']);
  });

  it('of nobody else: not of another group, another member, another site, or a name that only begins alike', () => {
    expect(
      told([
        ...['ds01-researcher.slice', 'ds01-student-a.slice', 'ds01-student-s_kaiser2.slice', 'ds02.slice'],
        ...['ds01-students.slice', 'ds01-researcher-s_kaiser.slice', 'user.slice', 'ds01.slice.conf'],
      ]),
    ).toEqual([]);
  });

  it('and not descriptions and accounting switches, which limit nothing', () => {
    const keys = ['Description', 'CPUAccounting', 'IOAccounting', 'DescriptionMax', 'container memory'];
    const changes = keys.map((key) => change('ds01.slice', 'x', key));
    const [entry] = historyFor([applied(at('09:00'), of(A), { changes })]);
    expect(entry?.limits.map(({ key }) => key)).toEqual(['DescriptionMax', 'container memory']);
    expect(historyFor([applied(at('09:00'), of(A), { changes: changes.slice(0, 3) })])).toEqual([]);
    expect(historyFor([applied(at('09:00'), of(A), { changes: [{ kind: 'update', path: 'ds01.slice' }] })])).toEqual(
      [],
    );
  });
});
