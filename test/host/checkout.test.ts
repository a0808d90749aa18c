import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { readCheckout } from '../../scripts/host/checkout.ts';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.ts';

const AUTHOR = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false'];

async function git(folder: string, ...args: readonly string[]): Promise<string> {
  return (await execa('git', [...AUTHOR, ...args], { cwd: folder })).stdout;
}

async function repository(): Promise<string> {
  const folder = temporaryFolder();
  writeFiles(folder, { 'policy/site.yaml': 'a\n', 'README.md': 'b\n' });
  await git(folder, 'init', '--quiet');
  await git(folder, 'add', '.');
  await git(folder, 'commit', '--quiet', '-m', 'first');
  return folder;
}

describe('the checkout that policy is in', () => {
  it('is told by its commit', async () => {
    const folder = await repository();
    const commit = await git(folder, 'rev-parse', 'HEAD');
    expect(await readCheckout(join(folder, 'policy'))).toEqual({ commit, uncommittedChanges: false });
  });

  it('has uncommitted changes if they are in the policy folder, and only then', async () => {
    const folder = await repository();
    writeFileSync(join(folder, 'README.md'), 'c\n');
    expect(await readCheckout(join(folder, 'policy'))).toMatchObject({ uncommittedChanges: false });
    writeFiles(folder, { 'policy/members/new.yaml': 'x\n' });
    expect(await readCheckout(join(folder, 'policy'))).toMatchObject({ uncommittedChanges: true });
  });

  it('is unknown outside of a repository, before the first commit, and where nothing is; and says why', async () => {
    const folder = temporaryFolder();
    expect(await readCheckout(folder)).toEqual({ commit: null, why: expect.stringContaining('not a git repository') });
    await git(folder, 'init', '--quiet');
    expect(await readCheckout(folder)).toMatchObject({ commit: null, why: expect.stringMatching(/./) });
    expect(await readCheckout(join(folder, 'missing'))).toMatchObject({
      commit: null,
      why: expect.stringMatching(/./),
    });
  });

  it('does not get to run a program that its configuration names', async () => {
    const folder = await repository();
    writeFileSync(join(folder, 'monitor'), `#!/bin/sh\ntouch "${join(folder, 'ran')}"\n`);
    chmodSync(join(folder, 'monitor'), 0o755);
    await git(folder, 'config', 'core.fsmonitor', join(folder, 'monitor'));
    await readCheckout(join(folder, 'policy'));
    expect(existsSync(join(folder, 'ran'))).toBe(false);
    // git itself does: the test can fail.
    await git(folder, 'status');
    expect(existsSync(join(folder, 'ran'))).toBe(true);
  });
});
