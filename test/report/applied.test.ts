import { describe, expect, it } from 'vitest';
import { appliedText, settledText } from '../../scripts/report/applied.ts';
import { type Plan, plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { asFound, resolvePolicy } from '../support/resolve-policy.ts';

const label = (file: string) => `policy/${file}`;
const first = plan([], resolvePolicy());
const done = plan(asFound(render(resolvePolicy())), resolvePolicy());

function verified(of: Plan, ...keys: readonly string[]): Plan {
  const unenforced = keys.map((key) => ({ key, wanted: '50', slices: ['ds01.slice'], why: 'it cannot' }));
  return { ...of, verified: { unenforced, inKernel: { limits: 2, slices: 1 }, inSystemd: { limits: 0, slices: 0 } } };
}

describe('what an apply did', () => {
  it('is how many changes to which host; of a directory nobody can say what is in force', () => {
    expect(appliedText(first, done, 'root', label)).toBe('applied 10 changes to root\n');
    const one = { ...first, changes: first.changes.slice(0, 1) };
    expect(appliedText(one, done, 'a\nb', label)).toBe('applied 1 change to a\\u{a}b\n');
  });

  it('is only a reload where all files were as policy says', () => {
    expect(appliedText(done, done, 'ds01', label)).toBe('had systemd read its files again on ds01\n');
  });

  it('has what was found in force afterwards', () => {
    expect(appliedText(verified(first), verified(done), 'ds01', label)).toBe(
      'applied 10 changes to ds01\nverified: 2 limits of 1 slice in the kernel\n',
    );
  });

  it('has what the machine cannot enforce, unless the plan has said that already', () => {
    const [before, after] = [verified(first, 'IOWeight'), verified(done, 'IOWeight', 'MemoryHigh')];
    expect(appliedText(before, after, 'ds01', label).split('\n').slice(1)).toEqual([
      ...['verified: 2 limits of 1 slice in the kernel', 'not enforced by this machine'],
      ...['  MemoryHigh 50 of ds01.slice: it cannot', ''],
    ]);
    expect(appliedText(first, after, 'ds01', label)).toContain('\n  IOWeight 50 of ds01.slice: it cannot\n');
    expect(appliedText(after, after, 'ds01', label)).not.toContain('not enforced');
  });
});

describe('what became of an apply that was ended half-way', () => {
  const at = '2026-06-14T03:10:00.000Z';
  it.each([
    ['restored', `the apply of ${at} was ended half-way: its changes were taken back first\n`],
    ['applied', `the apply of ${at} was ended half-way: its files were complete, and are in force and recorded now\n`],
  ])('%s', (kind, text) => {
    expect(settledText({ kind, at })).toBe(text);
  });

  it('is not said where there was none', () => {
    expect(settledText({ kind: 'nothing' })).toBe('');
  });
});
