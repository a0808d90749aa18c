import { expect, it } from 'vitest';
import { type Happened, happenedText, momentText, newestFirst, weightOfAll } from '../../scripts/diagnosis/happened.ts';
import { NOW } from '../support/case-fixture.ts';

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000] as const;

function ago(age: number): Happened {
  return { kind: 'logged', at: NOW - age };
}

it('says how long ago something was', () => {
  const text = (age: number) => happenedText(ago(age), { now: NOW, window: 5 });
  expect([0, SECOND, 2 * MINUTE - 1].map(text)).toEqual(['0 s ago', '1 s ago', '119 s ago']);
  expect([2 * MINUTE, 2 * HOUR - 1].map(text)).toEqual(['2 min ago', '119 min ago']);
  expect([2 * HOUR, 2 * DAY - 1].map(text)).toEqual(['2 h ago', '47 h ago']);
  expect([2 * DAY, 400 * DAY].map(text)).toEqual(['2 days ago', '400 days ago']);
  // The clock was set back since.
  expect(text(-HOUR)).toBe('0 s ago');
});

it('says what was watched, and what is only counted', () => {
  expect(happenedText({ kind: 'watched' }, { now: NOW, window: 4.96 })).toBe('in 5.0 s');
  expect(happenedText({ kind: 'counted' }, { now: NOW, window: 5 })).toBe('since it began');
});

it('says when, to be found again', () => {
  expect(momentText(NOW + 999)).toBe('2026-06-15 10:00:00 UTC');
});

it('tells the newest first', () => {
  const all = [{ kind: 'counted' } as const, ago(9), { kind: 'watched' } as const, ago(7), ago(8)];
  const sorted = newestFirst(all.map((happened) => ({ happened }))).map(({ happened }) => happened);
  expect(sorted).toEqual([{ kind: 'watched' }, ago(7), ago(8), ago(9), { kind: 'counted' }]);
});

it('weighs what is most likely complained about', () => {
  const weigh = (...all: readonly Happened[]) =>
    weightOfAll(
      all.map((happened) => ({ happened })),
      NOW,
    );
  expect(weigh()).toBe(0);
  expect(weigh({ kind: 'counted' })).toBe(30);
  expect(weigh({ kind: 'watched' })).toBe(95);
  expect([HOUR, HOUR + 1, DAY, DAY + 1].map((age) => weigh(ago(age)))).toEqual([90, 60, 60, 20]);
  expect(weigh(ago(2 * DAY), { kind: 'counted' })).toBe(30);
});
