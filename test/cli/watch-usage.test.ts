import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ScreenEvent } from '../../scripts/cli/live-screen.ts';
import type { UsageSource } from '../../scripts/cli/usage-source.ts';
import { watchUsage } from '../../scripts/cli/watch-usage.ts';
import { plain } from '../../scripts/report/paint.ts';
import { aUsage } from '../support/usage-fixture.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What happens on a terminal: a look that is due, a key, or something else. */
type Happening = 'look' | ScreenEvent;

const key = (name: string): ScreenEvent => ({ kind: 'key', name });
const END: ScreenEvent = { kind: 'end' };

/** Watches with a terminal on which this happens; gives what was shown, and how long it waited for each. */
async function watched(happenings: readonly Happening[], size = { width: 80, height: 9 }) {
  const shown: (readonly string[])[] = [];
  const waits: number[] = [];
  let looks = 0;
  const left = [...happenings];
  const screen = {
    size,
    draw: (lines: readonly string[]) => void shown.push(lines),
    next: async (milliseconds: number) => {
      waits.push(milliseconds);
      const happening = left.shift() ?? END;
      // A key takes a tenth of a second to be typed.
      vi.advanceTimersByTime(happening === 'look' ? milliseconds : 100);
      return happening === 'look' ? undefined : happening;
    },
  };
  const next = () => aUsage(undefined, { seconds: ++looks });
  const source: Pick<UsageSource, 'next'> = { next };
  const signal = await watchUsage(source, screen, { every: 5, paint: plain });
  return { shown, waits, looks, signal };
}

/** First words of the lines of the table that were shown last. */
async function rows(...happenings: readonly Happening[]): Promise<readonly (string | undefined)[]> {
  const { shown } = await watched(['look', ...happenings]);
  return shown
    .at(-1)!
    .slice(3, -1)
    .map((line) => line.trim().split(' ')[0]);
}

describe('what is shown', () => {
  it('is a word until there is something, and then each look', async () => {
    const { shown, looks } = await watched(['look', 'look']);
    expect(shown[0]).toEqual(['looking …']);
    expect(shown.slice(1).map(([title]) => title)).toEqual([
      'ds01 on node1, 10:00:00 UTC, watched for 1.0 s',
      'ds01 on node1, 10:00:00 UTC, watched for 2.0 s',
    ]);
    expect(looks).toBe(2);
  });

  it('comes first after a second, then as often as somebody wants it, whatever is typed meanwhile', async () => {
    const { waits, looks } = await watched([key('x'), 'look', key('down'), { kind: 'redraw' }, 'look']);
    expect(waits).toEqual([1000, 900, 5000, 4900, 4800, 5000]);
    expect(looks).toBe(2);
  });

  it('is drawn anew when the terminal has another size, without another look', async () => {
    const size = { width: 80, height: 9 };
    const before = watched(['look', { kind: 'redraw' }], size);
    size.height = 12;
    const { shown, looks } = await before;
    expect(shown.at(-1)).toHaveLength(12);
    expect(looks).toBe(1);
  });
});

describe('keys', () => {
  it('move what is shown, as far as there is anything', async () => {
    expect(await rows()).toEqual(['ds01', 'student', '100001', 'train', 'a_name_that_is_l…']);
    expect((await rows(key('down')))[0]).toBe('student');
    expect((await rows(key('down'), key('down'), key('up')))[0]).toBe('student');
    expect((await rows(key('up')))[0]).toBe('ds01');
    expect((await rows(key('pagedown')))[0]).toBe('a_name_that_is_l…');
    expect((await rows(key('space')))[0]).toBe('a_name_that_is_l…');
    expect((await rows(key('pagedown'), key('pageup')))[0]).toBe('ds01');
    expect((await rows(key('end'))).at(-1)).toBe('0a1b2c3d0a1b');
    expect((await rows(key('end'), key('down'))).at(-1)).toBe('0a1b2c3d0a1b');
    expect((await rows(key('end'), key('up')))[0]).toBe('2');
    expect((await rows(key('end'), key('home')))[0]).toBe('ds01');
  });

  it('that mean nothing do nothing', async () => {
    for (const name of ['x', 'escape', '', 'constructor', 'toString']) {
      expect((await rows(key('down'), key(name)))[0]).toBe('student');
    }
  });

  it('that come before the first table do nothing', async () => {
    const { shown } = await watched([key('down'), 'look']);
    expect(shown.at(-1)![3]).toMatch(/^ds01 /);
  });

  it('keep their place from one look to the next', async () => {
    expect((await rows(key('down'), 'look'))[0]).toBe('student');
  });
});

describe('the end', () => {
  it('is told with the signal, if it was one', async () => {
    expect((await watched([])).signal).toBeUndefined();
    expect((await watched(['look', { kind: 'end', signal: 'SIGTERM' }])).signal).toBe('SIGTERM');
  });

  it('is also a look that fails', async () => {
    const screen = { size: { width: 80, height: 24 }, draw: () => undefined, next: async () => undefined };
    const next = () => {
      throw new Error('gone');
    };
    await expect(watchUsage({ next }, screen, { every: 1, paint: plain })).rejects.toThrow('gone');
  });
});
