import { describe, expect, it } from 'vitest';
import type { MemoryMeter, Meter } from '../../scripts/diagnosis/meter.ts';
import { strainsOf } from '../../scripts/diagnosis/usage-strains.ts';
import { aMeter, GROUP, QUIET } from '../support/case-fixture.ts';

function strains(more: Partial<Meter>): readonly string[] {
  return strainsOf(aMeter(GROUP, more)).map(({ what, grade }) => `${what} ${grade}`);
}

function memory(more: Partial<MemoryMeter>): Partial<Meter> {
  return { memory: { current: 0, held: 0, ...more } };
}

const NO_EVENTS = { high: 0, max: 0, kills: 0 };

it('what the kernel does not count hurts nobody', () => {
  expect(strains({})).toEqual([]);
  expect(strains({ pressure: {} })).toEqual([]);
});

describe('tasks', () => {
  it.each([
    [949, 1000, []],
    [950, 1000, ['tasks held-up']],
    [999, 1000, ['tasks held-up']],
    [1000, 1000, ['tasks fails']],
    [2000, 1000, ['tasks fails']],
  ])('%d of %d', (current, max, expected) => {
    expect(strains({ tasks: { current, max } })).toEqual(expected);
  });

  it('without a limit are never too many', () => {
    expect(strains({ tasks: { current: 4_000_000 } })).toEqual([]);
  });

  it('that were refused in the window failed, wherever the limit is; what was refused before is over', () => {
    expect(strains({ tasks: { current: 3, refused: 1, refusedEver: 1 } })).toEqual(['tasks fails']);
    expect(strains({ tasks: { current: 3, refused: 0, refusedEver: 7, peak: 9, max: 9 } })).toEqual([]);
  });
});

describe('memory', () => {
  it.each([
    [94, { max: 100 }, []],
    [95, { max: 100 }, ['memory held-up']],
    [100, { max: 100 }, ['memory held-up']],
    [95, { max: 200, high: 100 }, ['memory held-up']],
    [95, { max: 100, high: 200 }, ['memory held-up']],
    [94, { max: 200, high: 100 }, []],
    [95, {}, []],
  ])('held %d of %o', (held, limits, expected) => {
    expect(strains(memory({ held, ...limits }))).toEqual(expected);
  });

  it('that can be given back is no reason', () => {
    expect(strains(memory({ current: 100, held: 10, max: 100, events: { ...NO_EVENTS, max: 5 } }))).toEqual([]);
  });

  it('for which something was killed in the window failed', () => {
    const eventsEver = { ...NO_EVENTS, kills: 3 };
    expect(strains(memory({ events: { ...NO_EVENTS, kills: 1 }, eventsEver }))).toEqual(['memory fails']);
    expect(strains(memory({ events: NO_EVENTS, eventsEver }))).toEqual([]);
  });
});

it('a quota that throttles is a strain when doctor calls it one', () => {
  const cpu = (throttled: number) => ({
    cpu: { cores: 1, quota: 1, throttling: { periods: 20, throttled, seconds: 1 } },
  });
  expect(strains(cpu(1))).toEqual([]);
  expect(strains(cpu(2))).toEqual(['throttling held-up']);
});

describe('waiting', () => {
  const waiting = (what: 'cpu' | 'memory' | 'io', some: number) =>
    strains({ pressure: { cpu: QUIET, memory: QUIET, io: QUIET, [what]: { some, full: 0 } } });

  it.each([
    ['cpu', 0.59, 0.6],
    ['memory', 0.09, 0.1],
    ['io', 0.19, 0.2],
  ] as const)('for %s is felt from some share of the window on', (what, little, much) => {
    expect(waiting(what, little)).toEqual([]);
    expect(waiting(what, much)).toEqual([`${what}-wait waits`]);
  });
});

it('all that hurts is named', () => {
  const some = { some: 0.9, full: 0 };
  expect(
    strains({
      tasks: { current: 1, max: 1 },
      memory: { current: 99, held: 99, max: 100 },
      cpu: { cores: 1, quota: 1, throttling: { periods: 20, throttled: 19, seconds: 9 } },
      pressure: { cpu: some, memory: some, io: some },
    }),
  ).toEqual([
    ...['tasks fails', 'memory held-up', 'throttling held-up'],
    ...['cpu-wait waits', 'memory-wait waits', 'io-wait waits'],
  ]);
});
