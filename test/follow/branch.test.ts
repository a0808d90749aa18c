import { execaSync } from 'execa';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readBranch } from '../../scripts/follow/branch.ts';

it.each(['main', 'release/2.0', 'a_b-c', 'x'.repeat(200), 'head', 'a/b.c/d'])('%s is the name of a branch', (text) => {
  expect(readBranch(text)).toEqual({ ok: true, value: text });
});

it.each([
  ...[
    '',
    '-b',
    'a..b',
    'a.lock',
    'a.lock/b',
    '.a',
    'a/.b',
    'a/-b',
    'a.',
    'a./b',
    '/a',
    'a/',
    'a//b',
    'HEAD',
    'refs/tags/v1',
  ],
  ...['a b', 'a~1', 'a^', 'a:b', 'a?', 'a*', 'a[b', 'a\\b', 'a@{1}', '@', 'a\n', 'a\u202e', '$(id)', 'x'.repeat(201)],
])('%j is none', (text) => {
  const fix = 'write it as git branch lists it: letters, digits, ".", "_", "-", "/"';
  expect(readBranch(text)).toMatchObject({
    ok: false,
    message: expect.stringMatching(/ is not the name of a branch$/),
    fix,
  });
});

it('says how a whole name is shortened', () => {
  const message = '"refs/heads/main" is not the name of a branch';
  expect(readBranch('refs/heads/main')).toEqual({ ok: false, message, fix: 'write main' });
});

it('takes nothing that git does not take', () => {
  const part = fc.constantFrom('a', 'Z', '9', '.', '..', '-', '_', '/', '.lock', 'HEAD', '@');
  const names = fc.sample(
    fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')),
    { numRuns: 400, seed: 1 },
  );
  const taken = [...new Set(names)].filter((name) => readBranch(name).ok);
  expect(taken.length).toBeGreaterThan(20);
  const checks = taken
    .slice(0, 60)
    .map((name) => [name, execaSync('git', ['check-ref-format', '--branch', name], { reject: false }).exitCode]);
  expect(checks.filter(([, exitCode]) => exitCode !== 0)).toEqual([]);
});
