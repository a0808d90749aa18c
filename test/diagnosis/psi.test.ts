import { expect, it } from 'vitest';
import { readWaiting } from '../../scripts/diagnosis/psi.ts';

function psi(some: number, full?: number): string {
  const line = (kind: string, total: number) => `${kind} avg10=99.00 avg60=1.50 avg300=0.00 total=${total}`;
  return [line('some', some), ...(full === undefined ? [] : [line('full', full)])].join('\n');
}

it('is the share of the window, from totals in microseconds', () => {
  expect(readWaiting(psi(1_000_000, 500_000), psi(3_500_000, 1_000_000), 5)).toEqual({ some: 0.5, full: 0.1 });
});

it('of a cgroup that has begun since is counted from zero', () => {
  expect(readWaiting(undefined, psi(2_000_000, 1_000_000), 5)).toEqual({ some: 0.4, full: 0.2 });
});

it('has nobody where an older kernel does not say that all waited', () => {
  expect(readWaiting(psi(0), psi(2_000_000), 4)).toEqual({ some: 0.5, full: 0 });
});

it('is all of the window at most', () => {
  expect(readWaiting(psi(0, 0), psi(5_400_000, 5_000_001), 5)).toEqual({ some: 1, full: 1 });
});

it('is absent where the kernel does not say anything', () => {
  expect(readWaiting(psi(1, 1), undefined, 5)).toBeUndefined();
  expect(readWaiting(psi(1, 1), '', 5)).toBeUndefined();
  expect(readWaiting(psi(1, 1), 'full avg10=0.00 avg60=0.00 avg300=0.00 total=1', 5)).toBeUndefined();
});
