import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { openPolicyRepository } from '../../scripts/host/policy-commits.ts';
import { readPolicyLog } from '../../scripts/host/policy-log.ts';
import { policyFile } from '../support/policy-files.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const CONFIG = ['user.name=a', 'user.email=a@example.org', 'commit.gpgsign=false'].flatMap((line) => ['-c', line]);

it('has each commit of policy with what it wrote and removed, oldest first, and all commits with their words', async () => {
  const folder = temporaryFolder();
  const git = async (...args: readonly string[]) => (await execa('git', [...CONFIG, ...args], { cwd: folder })).stdout;
  const commit = async (files: Readonly<Record<string, string>>, removed: readonly string[], message: string) => {
    for (const path of removed) rmSync(join(folder, path), { recursive: true });
    writeFiles(folder, files);
    await git('add', '--all');
    await git('commit', '--quiet', '--allow-empty', '--message', message);
    return git('rev-parse', 'HEAD');
  };
  await git('init', '--quiet');
  const first = await commit(
    { 'policy/members/a.yaml': 'a\n', 'policy/site.yaml': 'a\n', 'other/a': 'a' },
    [],
    'First',
  );
  const elsewhere = await commit({ 'other/b': 'b' }, [], 'Elsewhere');
  const removal = await commit({}, ['policy/site.yaml'], 'Remove\n\nWords\nof more lines');
  const asFolder = await commit(
    { 'policy/members/a.yaml/b': 'b\n' },
    ['policy/members/a.yaml'],
    'Take a file for a folder',
  );
  const gone = await commit({}, ['policy/members/a.yaml'], 'Remove the folder');
  const { commits, changes } = await readPolicyLog(await openPolicyRepository(join(folder, 'policy')));
  expect(changes).toEqual([
    { commit: first, written: [policyFile('members/a.yaml', 'a\n'), policyFile('site.yaml', 'a\n')], removed: [] },
    { commit: removal, written: [], removed: ['site.yaml'] },
    {
      commit: asFolder,
      written: [expect.objectContaining({ kind: 'unusable', path: 'members/a.yaml' })],
      removed: ['members/a.yaml'],
    },
    { commit: gone, written: [], removed: ['members/a.yaml'] },
  ]);
  expect(commits.map(({ name }) => name)).toEqual([gone, asFolder, removal, elsewhere, first]);
  expect(commits[2]).toEqual({
    name: removal,
    short: await git('rev-parse', '--short', removal),
    parents: [elsewhere],
    at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/),
    author: { name: 'a', mail: 'a@example.org' },
    committer: { name: 'a', mail: 'a@example.org' },
    ...{ subject: 'Remove', body: 'Words\nof more lines\n' },
  });
});
