import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rollbackBranches } from '../../scripts/follow/rollback-branches.ts';

const NONE = new Set<string>();

it.each([
  ['Raise quota', 'raise-quota'],
  ['  "Raise" the quota: 50 %!  ', 'raise-the-quota-50'],
  ['Für die Größe', 'fur-die-gro-e'],
  ['../../etc/passwd @{-1} ~^:?*[\\', 'etc-passwd-1'],
  ['refs.lock', 'refs-lock'],
  ['\u001b[2J', '2j'],
  ['a'.repeat(60), 'a'.repeat(40)],
  [`${'a'.repeat(40)} b`, 'a'.repeat(40)],
  [`${'a'.repeat(38)} bc`, 'a'.repeat(38)],
  ['Lower the task limit of students to what it was', 'lower-the-task-limit-of-students-to-what'],
  ['Ограничить', '0123456'],
  ['', '0123456'],
])('%s', (words, slug) => {
  expect(rollbackBranches('2026-11-24', words, '0123456', NONE)).toEqual({
    rollback: `rollback/2026-11-24-${slug}`,
    backup: `backup/2026-11-24-${slug}`,
  });
});

it('gives both the same number if one of them is taken', () => {
  const taken = new Set(['backup/2026-11-24-a', 'rollback/2026-11-24-a-2', 'rollback/2026-11-24-a-4', 'a']);
  const branches = rollbackBranches('2026-11-24', 'a', '0', taken);
  expect(branches).toEqual({ rollback: 'rollback/2026-11-24-a-3', backup: 'backup/2026-11-24-a-3' });
});

it('makes a name of a branch of any words', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (words) => {
      const { rollback } = rollbackBranches('2026-11-24', words, '0123456', NONE);
      expect(rollback).toMatch(/^rollback\/2026-11-24-[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(rollback.length).toBeLessThanOrEqual('rollback/2026-11-24-'.length + 40);
    }),
  );
});
