import { describe, expect, it } from 'vitest';
import { findMoves, type Move } from '../../scripts/units/moves.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { asFound, groupText, memberText, resolvePolicy } from '../support/resolve-policy.ts';

type Texts = Readonly<Record<string, string | undefined>>;

function moves(before: Texts, after: Texts, day?: string): readonly Move[] {
  return plan(asFound(render(resolvePolicy(before))), resolvePolicy(after, day)).moves;
}

const LIMITS = 'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536';
const m1 = (group: string, more?: string) => ({ 'members/m1.yaml': memberText('m1', group, more) });
const account = 'm1@hertie-school.lan';
const place = { file: 'members/m1.yaml', line: 2 };

describe('an account', () => {
  it('gains a group, until its last day or without an end', () => {
    expect(moves({}, m1('researcher'))).toEqual([
      { account, kind: 'gains', from: 'student', to: 'researcher', until: 'never', state: 'active', place },
    ]);
    expect(moves({}, m1('researcher', 'expires: 2027-03-31\n'))).toMatchObject([
      { kind: 'gains', until: '2027-03-31' },
    ]);
  });

  it('moves between two groups that are not the default one', () => {
    const lab = { 'groups/lab.yaml': groupText(LIMITS) };
    expect(moves({ ...lab, ...m1('lab') }, { ...lab, ...m1('researcher') })).toEqual([
      { account, kind: 'moves', from: 'lab', to: 'researcher', until: 'never', state: 'active', place },
    ]);
  });

  it('loses its group: with its file, by its file, at the end of its grant, before its beginning', () => {
    const before = m1('researcher', 'expires: 2026-12-31\n');
    const loses = { account, kind: 'loses', from: 'researcher', to: 'student' };
    expect(moves(before, {})).toEqual([{ ...loses, state: 'unlisted' }]);
    expect(moves(before, m1('student'))).toEqual([{ ...loses, state: 'active', place }]);
    expect(moves(before, before, '2026-12-31')).toEqual([]);
    expect(moves(before, before, '2027-01-01')).toEqual([{ ...loses, state: 'expired', place: { ...place, line: 5 } }]);
    const later = { 'members/m1.yaml': memberText('m1', 'researcher').replace('2025-12-05', '2026-06-16') };
    expect(moves(before, later)).toEqual([{ ...loses, state: 'pending', place: { ...place, line: 4 } }]);
  });

  it('of a member with two accounts moves on its own', () => {
    const one = { 'members/204214.yaml': memberText('204214', 'researcher') };
    expect(moves({}, one)).toMatchObject([{ account: 's.kaiser@hertie-school.lan', kind: 'loses', state: 'unlisted' }]);
  });

  it('does not move if it is listed in the group that it has anyway', () => {
    expect(moves({}, m1('student'))).toEqual([]);
    expect(moves(m1('student'), {})).toEqual([]);
    expect(moves(m1('researcher'), m1('researcher', 'expires: 2030-01-01\n'))).toEqual([]);
  });
});

it('moves are sorted by account', () => {
  const all = plan([], resolvePolicy({ ...m1('researcher'), 'members/a1.yaml': memberText('a1', 'researcher') })).moves;
  expect(all.map((move) => move.account)).toEqual([
    '204214@hertie-school.lan',
    'a1@hertie-school.lan',
    'datasciencelab@hertie-school.lan',
    account,
    's.kaiser@hertie-school.lan',
  ]);
});

it('another default group moves only who was listed in the old one', () => {
  const resolved = resolvePolicy({ ...m1('student') });
  const before = {
    accounts: new Map([['x@hertie-school.lan', { group: 'pupil', member: 'x' }]]),
    groups: new Set<string>(),
  };
  // On the host, everybody without a unit is in "pupil".
  const found = findMoves({ ...before, defaultGroup: 'pupil' }, resolved);
  expect(found.filter((move) => move.kind === 'loses')).toMatchObject([
    { account, from: 'pupil', to: 'student', state: 'active' },
    { account: 'x@hertie-school.lan', from: 'pupil', to: 'student', state: 'unlisted' },
  ]);
});
