import { describe, expect, it } from 'vitest';
import { drainLines, driftLines, unenforcedLines, verifiedText } from '../../scripts/report/drift.ts';
import type { Drift } from '../../scripts/units/drift.ts';

const label = (file: string) => `policy/${file}`;
const PLACE = { file: 'groups/student.yaml', line: 6 };

describe('a limit that something else has a say in', () => {
  const drift: Drift = {
    slice: 'ds01-student.slice',
    key: 'TasksMax',
    origin: 'file',
    action: 'refuse',
    message: 'TasksMax is 512',
    wayOut: 'take it away',
  };

  it('has its sentence, and below it the line of policy and what to do', () => {
    expect(driftLines([{ ...drift, place: PLACE }, drift], label)).toEqual([
      ...['  TasksMax is 512', '    policy/groups/student.yaml:6; take it away'],
      ...['  TasksMax is 512', '    take it away'],
    ]);
    expect(driftLines([], label)).toEqual([]);
  });

  it('stays on its lines, whatever the file is called', () => {
    expect(driftLines([{ ...drift, message: 'a\nb', wayOut: 'c\u001bd' }], label)).toEqual([
      ...['  a\\u{a}b', '    c\\u{1b}d'],
    ]);
  });
});

describe('a slice that goes when its last program ends', () => {
  const slice = 'ds01-researcher-m001.slice';

  it('has what runs there, and where new work goes', () => {
    expect(drainLines([{ slice, work: ['container training', 'session-4.scope'] }])).toEqual([
      `  ${slice} keeps its limits until these have ended or were made anew: container training, session-4.scope`,
    ]);
    const [line] = drainLines([{ slice, to: 'ds01-student-m001.slice', work: ['a'] }]);
    expect(line).toMatch(/: a; new work goes to ds01-student-m001[.]slice$/);
  });

  it('has ten of many, and how many more', () => {
    const work = Array.from({ length: 12 }, (_, index) => `w${index}`);
    expect(drainLines([{ slice, work }])[0]).toMatch(/: w0, w1, .*, w9 and 2 more$/);
    expect(drainLines([{ slice, work: work.slice(0, 10) }])[0]).toMatch(/, w9$/);
  });

  it('stays on its line, whatever is called how', () => {
    expect(drainLines([{ slice: 'a\nb', to: 'c\nd', work: ['e\nf'] }])).toEqual([
      expect.stringMatching(/^ {2}a\\u[{]a[}]b .*: e\\u[{]a[}]f; .* c\\u[{]a[}]d$/),
    ]);
  });
});

describe('a limit that the machine cannot enforce', () => {
  const limit = { key: 'IOWeight', wanted: '50', slices: ['a.slice'], why: 'the kernel has no io.weight here' };
  const none = { limits: 0, slices: 0 };
  const lines = (...unenforced: readonly (typeof limit & { place?: typeof PLACE })[]) => {
    return unenforcedLines({ unenforced, inKernel: none, inSystemd: none }, label);
  };

  it('has why, how many slices it is about, and the line of policy', () => {
    expect(lines(limit)).toEqual(['  IOWeight 50 of a.slice: the kernel has no io.weight here']);
    expect(lines({ ...limit, slices: ['a.slice', 'b.slice', 'c.slice'], place: PLACE })).toEqual([
      '  IOWeight 50 of a.slice and 2 more: the kernel has no io.weight here; policy/groups/student.yaml:6',
    ]);
  });

  it('stays on its line', () => {
    expect(lines({ ...limit, why: 'a\nb' })[0]).toMatch(/: a\\u[{]a[}]b$/);
  });
});

describe('how much was found in force', () => {
  const text = (kernel: readonly [number, number], systemd: readonly [number, number]) => {
    const [inKernel, inSystemd] = [kernel, systemd].map(([limits, slices]) => ({ limits, slices }));
    return verifiedText({ unenforced: [], inKernel: inKernel ?? none, inSystemd: inSystemd ?? none });
  };
  const none = { limits: 0, slices: 0 };

  it('is told by limits and slices, in the kernel and in systemd', () => {
    expect(text([12, 3], [1, 1])).toBe(
      'verified: 12 limits of 3 slices in the kernel; 1 limit of 1 slice in systemd, because nothing runs there',
    );
    expect(text([1, 1], [0, 0])).toBe('verified: 1 limit of 1 slice in the kernel');
    expect(text([0, 0], [2, 2])).toBe('verified: 2 limits of 2 slices in systemd, because nothing runs there');
    expect(text([0, 0], [0, 0])).toBe('verified: no limit to verify');
  });
});
