import { describe, expect, it } from 'vitest';
import {
  effectText,
  fromTo,
  moveSentence,
  placeOf,
  placeText,
  planSummary,
  subjectOf,
} from '../../scripts/report/plan-words.ts';
import type { Drift } from '../../scripts/units/drift.ts';
import type { Move } from '../../scripts/units/moves.ts';
import { plan } from '../../scripts/units/plan.ts';
import { resolvePolicy } from '../support/resolve-policy.ts';

describe('what a unit is about', () => {
  it.each([
    ['ds01.slice', 'all groups together'],
    ['ds01-student.slice', 'all members of student together'],
    ['ds01-lab_2.slice', 'all members of lab_2 together'],
    ['ds01-student-.slice.d/50-ds01-policy.conf', 'each member of student'],
    ['ds01-student-s_kaiser.slice', 's_kaiser in student'],
    ['ds01-student-204214.slice.d/50-ds01-policy.conf', 'own limits of 204214'],
    ['/run/systemd/system.control/ds01-student.slice.d/50-TasksMax.conf', 'written by systemctl set-property'],
  ])('%s: %s', (path, subject) => {
    expect(subjectOf(path)).toBe(subject);
  });
});

describe('before and after', () => {
  it.each([
    [{ before: '512', after: '65536' }, '512 -> 65536'],
    [{ after: '65536' }, 'none -> 65536'],
    [{ before: '512' }, '512 -> none'],
    [{ before: '', after: 'infinity' }, 'unlimited -> unlimited'],
    [{ before: '32g', after: '32G', ignored: true as const }, '32g (never in force, systemd ignores it) -> 32G'],
  ])('%o: %s', (difference, words) => {
    expect(fromTo({ key: 'TasksMax', ...difference })).toBe(words);
  });
});

describe('what an effect means for what runs', () => {
  it.each([
    [{ effect: 'falls' as const }, 'limit falls'],
    [{ effect: 'falls' as const, inUse: '41.2G' }, 'limit falls, 41.2G in use'],
    [{ effect: 'imposed' as const, inUse: '1700' }, 'limit imposed for the first time, 1700 in use'],
    [{ inUse: '1700' }, ''],
  ])('%o: %s', (difference, words) => {
    expect(effectText({ key: 'TasksMax', ...difference })).toBe(words);
  });
});

describe('who gets another group, and why', () => {
  const move = { account: 'a@b', from: 'x', to: 'y' };
  const cases: readonly (readonly [Move, string])[] = [
    [{ ...move, kind: 'gains', state: 'active', until: '2027-03-31' }, 'gains: x -> y, until 2027-03-31'],
    [{ ...move, kind: 'gains', state: 'active', until: 'never' }, 'gains: x -> y, without an end'],
    [{ ...move, kind: 'moves', state: 'active', until: 'never' }, 'moves: x -> y, without an end'],
    [{ ...move, kind: 'loses', state: 'active' }, 'goes back: x -> y, the member file says so'],
    [{ ...move, kind: 'loses', state: 'expired' }, 'goes back: x -> y, the grant expired'],
    [{ ...move, kind: 'loses', state: 'pending' }, 'goes back: x -> y, the grant has not begun'],
    [{ ...move, kind: 'loses', state: 'unlisted' }, 'goes back: x -> y, no member file lists it any more'],
  ];
  it.each(cases)('%o: %s', (which, sentence) => {
    expect(moveSentence(which)).toBe(sentence);
  });
});

describe('places', () => {
  const place = { file: 'site.yaml', line: 3 };

  it('are a file and a line, or nothing', () => {
    expect(placeText(place, (file) => `policy/${file}`)).toBe('policy/site.yaml:3');
    expect(placeText(undefined, (file) => file)).toBe('');
    expect(placeText({ file: 'a\u001b', line: 1 }, (file) => file)).toBe('a\\u{1b}:1');
  });

  it('of a change that removes there are none', () => {
    expect(placeOf({ kind: 'create', path: 'x', after: '', place, differences: [] })).toBe(place);
    expect(placeOf({ kind: 'remove', path: 'x', before: '', differences: [] })).toBeUndefined();
  });
});

describe('how much a plan does', () => {
  const empty = plan([], resolvePolicy());

  it('is counted in units and in limits that get less, or vanish, or are new', () => {
    expect(planSummary(empty)).toBe('10 to create, 0 to update, 0 to remove; 10 limits imposed for the first time');
    const falls = { key: 'TasksMax', effect: 'falls' } as const;
    const change = { kind: 'remove', path: 'x', before: '', differences: [falls] } as const;
    expect(planSummary({ ...empty, changes: [change] })).toBe('0 to create, 0 to update, 1 to remove; 1 limit falls');
    expect(planSummary({ ...empty, changes: [change, change] })).toMatch(/; 2 limits fall$/);
  });

  it('is counted in units of others that are adopted or cleared, only where there are any', () => {
    const adopt = {
      kind: 'adopt',
      path: 'x',
      before: '',
      after: '',
      place: { file: 'x', line: 1 },
      differences: [],
    } as const;
    const clear = { kind: 'clear', path: 'x', before: '', differences: [] } as const;
    expect(planSummary({ ...empty, changes: [adopt, clear, clear] })).toBe(
      '0 to create, 0 to update, 0 to remove, 1 to adopt, 2 to clear',
    );
  });

  it('is counted in limits that others have a say in', () => {
    const drift = (...actions: readonly Drift['action'][]): readonly Drift[] => {
      return actions.map((action) => ({ slice: 'x', key: 'y', origin: 'file', action, message: '', wayOut: '' }));
    };
    const idle = { ...empty, changes: [] };
    expect(planSummary({ ...idle, drift: drift('reload') })).toBe('1 limit to bring into force by a reload');
    expect(planSummary({ ...idle, drift: drift('reload', 'refuse', 'refuse') })).toBe(
      '1 limit to bring into force by a reload; 2 limits that somebody else has the last word about',
    );
    expect(planSummary({ ...empty, drift: drift('reload', 'reload') })).toMatch(
      /for the first time; 2 limits to bring into force by a reload$/,
    );
    // What policy says to leave is no difference, and what is cleared is a change.
    expect(planSummary({ ...idle, drift: drift('report', 'clear') })).toBe('nothing differs');
  });

  it('is nothing where nothing differs', () => {
    expect(planSummary({ ...empty, changes: [] })).toBe('nothing differs');
  });
});
