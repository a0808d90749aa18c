import { describe, expect, it } from 'vitest';
import {
  isSameTree,
  type PolicyCommit,
  revertChange,
  splitChanges,
  type Tree,
  type TreeEntry,
  treeChanges,
  withoutChanges,
} from '../../scripts/follow/revert.ts';

const A: TreeEntry = { mode: '100644', object: 'a' };
const B: TreeEntry = { mode: '100644', object: 'b' };
const C: TreeEntry = { mode: '100644', object: 'c' };

describe('a change of one file is taken back', () => {
  it.each([
    ['edited, and as it left it', B, { before: A, after: B }, { kind: 'put', entry: A }],
    ['added, and as it left it', B, { after: B }, { kind: 'put' }],
    ['removed, and still gone', undefined, { before: A }, { kind: 'put', entry: A }],
    ['edited, and already back', A, { before: A, after: B }, { kind: 'none' }],
    ['added, and already gone', undefined, { after: B }, { kind: 'none' }],
    ['removed, and already back', A, { before: A }, { kind: 'none' }],
    ['edited, and again since', C, { before: A, after: B }, { kind: 'merge', ours: C, base: B, theirs: A }],
    ['edited, and gone since', undefined, { before: A, after: B }, { kind: 'conflict' }],
    ['added, and edited since', C, { after: B }, { kind: 'conflict' }],
    ['removed, and another one there since', C, { before: A }, { kind: 'conflict' }],
    ['edited, and executable since', { ...C, mode: '100755' }, { before: A, after: B }, { kind: 'conflict' }],
    ['edited, and a link since', { ...B, mode: '120000' }, { before: A, after: B }, { kind: 'conflict' }],
  ])('%s', (_what, now, change, step) => {
    expect(revertChange(now, { path: 'x', ...change })).toEqual(step);
  });

  it('a link has no lines to merge, and neither has a submodule', () => {
    for (const mode of ['120000', '160000']) {
      const change = { path: 'x', before: { ...A, mode }, after: { ...B, mode } };
      expect(revertChange({ ...C, mode }, change)).toEqual({ kind: 'conflict' });
    }
  });
});

const tree = (entries: Readonly<Record<string, TreeEntry>>): Tree => new Map(Object.entries(entries));

describe('trees', () => {
  it.each([
    [true, { x: A, y: B }, { y: B, x: A }],
    [false, { x: A }, { x: A, y: B }],
    [false, { x: A }, { y: A }],
    [false, { x: A }, { x: B }],
    [false, { x: A }, { x: { ...A, mode: '100755' } }],
  ])('are the same or not: %s', (same, a, b) => {
    expect(isSameTree(tree(a), tree(b))).toBe(same);
    expect(isSameTree(tree(b), tree(a))).toBe(same);
  });

  it('differ by changes, which lead back as well', () => {
    const [from, to] = [tree({ gone: A, kept: B, edited: A }), tree({ new: C, kept: B, edited: C })];
    const changes = treeChanges(from, to);
    expect(changes).toEqual([
      { path: 'edited', before: A, after: C },
      { path: 'gone', before: A },
      { path: 'new', after: C },
    ]);
    expect(withoutChanges(to, changes)).toEqual(from);
    expect(treeChanges(from, from)).toEqual([]);
  });
});

it('a commit is split by the folder, not by how its name begins', () => {
  const commit: PolicyCommit = { name: 'f', short: 'f', parents: [], date: '2026-11-24', subject: '' };
  const paths = ['README.md', 'policy/site.yaml', 'policy.md', 'sub/policy/site.yaml'];
  const changes = paths.map((path) => ({ path, after: A }));
  expect(splitChanges(commit, changes, 'policy/')).toEqual({
    commit,
    changes: [{ path: 'policy/site.yaml', after: A }],
    others: ['README.md', 'policy.md', 'sub/policy/site.yaml'],
  });
});
