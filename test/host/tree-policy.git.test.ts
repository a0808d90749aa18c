import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { openPolicyRepository, readPolicyTree } from '../../scripts/host/policy-commits.ts';
import { readPolicyFolder } from '../../scripts/host/policy-folder.ts';
import { assertReadable, readTreePolicies } from '../../scripts/host/tree-policy.ts';
import type { PolicyFile } from '../../scripts/policy/load.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const CONFIG = ['user.name=a', 'user.email=a@example.org', 'commit.gpgsign=false'].flatMap((line) => ['-c', line]);

async function repository(script: string): Promise<string> {
  const folder = temporaryFolder();
  const git = (...args: readonly string[]) => execa('git', [...CONFIG, ...args], { cwd: folder });
  await git('init', '--quiet');
  writeFiles(folder, {
    'policy/site.yaml': 'a\n',
    'policy/groups/x.yaml': new Uint8Array([0xff, 0x0a, 0x00]),
    'policy/members/empty.yaml': '',
    'policy/members/same.yaml': 'a\n',
    'policy/members/large.yaml': 'x'.repeat(64 * 1024),
    'policy/members/larger.yaml': 'x'.repeat(64 * 1024 + 1),
    'policy/members/more/deep.yaml': 'a\n',
    'policy/ünd "so".yaml': 'a\n',
    'policy2/site.yaml': 'a\n',
  });
  await execa('sh', ['-c', script], { cwd: folder });
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'first');
  return folder;
}

async function readCommit(folder: string): Promise<readonly PolicyFile[]> {
  const opened = await openPolicyRepository(join(folder, 'policy'));
  const [files = []] = await readTreePolicies(opened, [await readPolicyTree(opened, opened.head)]);
  return files;
}

function sorted(files: readonly PolicyFile[]): readonly PolicyFile[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
}

it('policy at a commit is what a folder of the same files is', async () => {
  const folder = await repository('ln -s site.yaml policy/link.yaml');
  expect(sorted(await readCommit(folder))).toEqual(sorted(readPolicyFolder(join(folder, 'policy'))));
});

it('a repository inside of policy is no policy', async () => {
  const folder = await repository(
    'git init --quiet policy/members/sub && cd policy/members/sub && git -c user.name=a -c user.email=a@example.org commit --quiet --allow-empty -m x',
  );
  expect(await readCommit(folder)).toContainEqual({
    kind: 'unusable',
    path: 'members/sub',
    rule: 'file-type',
    reason: '"members/sub" is a repository of its own',
    fix: 'move it out of the policy folder',
  });
});

it('no policy at a commit is what no folder is', async () => {
  const folder = await repository('rm -r policy');
  expect(await readCommit(folder)).toEqual(readPolicyFolder(join(folder, 'policy')));
});

it('a file that git has lost is not taken for one that is not there', async () => {
  const folder = await repository('true');
  const { stdout: name } = await execa('git', ['rev-parse', 'HEAD:policy/site.yaml'], { cwd: folder });
  rmSync(join(folder, '.git/objects', name.slice(0, 2), name.slice(2)));
  await expect(readCommit(folder)).rejects.toThrow(`git has lost "${name}", which is a file of policy; see git fsck`);
});

it.each([
  ['10,001 files', 10_001, 'a\n', 'there are more than 10000 files in "policy/members/": no host reads them'],
  ['1,025 large ones', 1025, 'x'.repeat(64 * 1024), 'the files of policy are larger than 64 MiB together'],
])('%s are more than a host reads, and are not read', async (_, number, text, why) => {
  const folder = await repository('true');
  const { git } = await openPolicyRepository(join(folder, 'policy'));
  const { stdout: object } = await execa('git', ['hash-object', '-w', '--stdin'], { cwd: folder, input: text });
  const file = { mode: '100644', object };
  const files = Array.from({ length: number }, (_, index) => [`policy/members/${index}.yaml`, file] as const);
  await expect(assertReadable(git, new Map(files))).rejects.toThrow(why);
  await expect(assertReadable(git, new Map(files.slice(1)))).resolves.toBeUndefined();
});
