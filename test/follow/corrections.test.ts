import { describe, expect, it } from 'vitest';
import { findTooOften } from '../../scripts/follow/corrections.ts';
import type { ApplyEvent, Event } from '../../scripts/follow/record.ts';
import { A, applied, historyOf, of, word } from '../support/host-history.ts';

const NOW = new Date('2026-06-15T10:00:00.000Z');
const SLICE = 'ds01-student.slice';
const KERNEL = 'ds01-student.slice TasksMax kernel';

function ago(minutes: number): string {
  return new Date(NOW.getTime() - minutes * 60_000).toISOString();
}

/** Something was put right, so many minutes ago. */
function put(minutes: number, more: Partial<ApplyEvent> = {}): Event {
  return applied(ago(minutes), of(A), { cause: 'drift', changes: [{ kind: 'update', path: SLICE }], ...more });
}

function resumed(minutes: number): Event {
  return word(ago(minutes), { kind: 'resume', by: 'root' });
}

function find(events: readonly Event[], things: readonly string[] = [SLICE], limit = 3) {
  return findTooOften(historyOf(events), things, limit, NOW);
}

describe('what was put right again and again', () => {
  it('is told once it is as often as it may be, with the first time of the hour', () => {
    expect(find([put(50), put(40)])).toBeUndefined();
    expect(find([put(50), put(40), put(1)])).toEqual({ what: SLICE, times: 3, since: ago(50) });
    expect(find([put(50), put(40), put(30), put(20)])).toEqual({ what: SLICE, times: 4, since: ago(50) });
  });

  it('is a file, or a limit that something else has changed', () => {
    const limits = { changes: [], drift: [KERNEL] };
    const events = [put(50, limits), put(40, limits), put(30, limits)];
    expect(find(events, [KERNEL])).toEqual({ what: KERNEL, times: 3, since: ago(50) });
    expect(find(events, [SLICE])).toBeUndefined();
    expect(find([put(50), put(40), put(30)], [KERNEL])).toBeUndefined();
  });

  it('is what has to be put right now: the first of these things, and nothing if there is none', () => {
    const events = [put(50), put(40), put(30), put(20, { changes: [{ kind: 'update', path: 'ds01.slice' }] })];
    expect(find(events, ['ds01.slice', SLICE])?.what).toBe(SLICE);
    expect(find(events, ['ds01.slice'])).toBeUndefined();
    expect(find(events, [])).toBeUndefined();
    expect(find([])).toBeUndefined();
  });

  it('does not add up different things to one', () => {
    const other = { changes: [{ kind: 'update', path: 'ds01-admin.slice' }] };
    expect(find([put(50), put(40, other), put(30), put(20, other)], [SLICE, 'ds01-admin.slice'])).toBeUndefined();
  });
});

describe('what does not count', () => {
  it('is older than an hour', () => {
    expect(find([put(60), put(40), put(1)])).toBeUndefined();
    expect(find([put(59.99), put(40), put(1)])?.times).toBe(3);
  });

  it('was recorded by a clock that was ahead', () => {
    expect(find([put(-60), put(-600_000), put(1)])).toBeUndefined();
    // A little ahead is of this hour: nobody gets away by turning the clock.
    expect(find([put(-5), put(-4), put(1)])?.times).toBe(3);
  });

  it('was before somebody said to go on', () => {
    expect(find([put(50), put(40), resumed(30), put(20), put(10)])).toBeUndefined();
    expect(find([resumed(55), put(50), put(40), resumed(30), put(20), put(10), put(1)])?.since).toBe(ago(20));
  });

  it.each([
    ['a new commit', { cause: 'commit' }],
    ['a new day', { cause: 'day' }],
    ['somebody’s hands', { cause: 'by-hand' }],
  ] as const)('was done by %s', (_what, more) => {
    expect(find([put(50, more), put(40), put(30)])).toBeUndefined();
  });

  it.each(['untouched', 'restored', 'broken'] as const)('was tried only, and ended %s', (result) => {
    expect(find([put(50, { result }), put(40), put(30)])).toBeUndefined();
  });

  it('is anything else that happened', () => {
    const pause = { since: ago(9), until: ago(0), reason: 'r', grants: 'expire' } as const;
    const between: readonly Event[] = [
      word(ago(45), { kind: 'stop', what: SLICE }),
      word(ago(9), { kind: 'pause', by: 'root', pause }),
    ];
    expect(find([put(50), ...between, put(30)])).toBeUndefined();
    expect(find([put(50), ...between, put(30), put(1)])?.times).toBe(3);
  });
});
