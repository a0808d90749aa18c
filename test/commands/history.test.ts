import { expect, it } from 'vitest';
import { UsageError } from '../../scripts/cli/usage-error.ts';
import { history } from '../../scripts/history.ts';
import { plain } from '../../scripts/report/paint.ts';

// In the folder of this repository, which has one called "policy".
it.each([
  ['--since v0.1.0', '--since is for the access log: add --policy'],
  ['--format csv', '--format csv is for the access log: add --policy'],
  ['--format markdown a', '--format markdown is for the access log: add --policy'],
  ['--policy --root root', '--root is a host, and --policy a checkout: leave one out'],
  [
    '--policy policy',
    '"policy" is a folder: write --policy=policy; an account that is called so is written with its domain',
  ],
  [
    'a --policy policy',
    'argument "policy" is one too many; the value of --policy is written behind "=": --policy=policy',
  ],
])('history %s', async (line, message) => {
  const run = history.run(line.split(' '), { now: new Date('2026-11-24T12:00:00Z'), paint: plain });
  await expect(run).rejects.toThrow(new UsageError(message, 'history'));
});
