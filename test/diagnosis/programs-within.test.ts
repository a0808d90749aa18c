import { describe, expect, it } from 'vitest';
import type { Program } from '../../scripts/diagnosis/case.ts';
import { programsApart, programsWithin } from '../../scripts/diagnosis/programs-within.ts';

const PATHS = ['/b/c', '/b', '/b.slice', '/b-', '/b0', '/b/', '/b/c/d', '/bc', '/a', '/c', '/b/c', '/b/c\u{10ffff}'];
const programs: readonly Program[] = PATHS.map((cgroup, index) => {
  return { pid: index + 1, uid: 0, name: 'x', cgroup, cpuSeconds: 0, cores: index % 3 };
});

describe('the programs', () => {
  it.each([
    ['/b', [6, 12, 2, 11, 1, 7]],
    ['/b/c', [11, 1, 7]],
    ['/b/c/d', [7]],
    ['/a', [9]],
    ['/c', [10]],
    ['/', []],
    ['/nobody', []],
  ])('in %s are those in it and below, what uses most first', (path, pids) => {
    expect(programsWithin(path, programs).map(({ pid }) => pid)).toEqual(pids);
  });

  it('apart from some cgroups are the others, in their order', () => {
    expect(programsApart(['/b/c', '/a', '/nobody'], programs).map(({ pid }) => pid)).toEqual([
      2, 3, 4, 5, 6, 8, 10, 12,
    ]);
    expect(programsApart([], programs)).toEqual(programs);
  });
});
