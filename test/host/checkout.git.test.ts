import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { GitRefusal, gitIn, readCheckout } from '../../scripts/host/checkout.ts';
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

describe('git in a checkout', () => {
  it('is in that one, whatever the surroundings say', async () => {
    const [folder, other] = [await repository(), await repository()];
    const head = await git(folder, 'rev-parse', 'HEAD');
    await git(other, 'commit', '--quiet', '--allow-empty', '-m', 'second');
    vi.stubEnv('GIT_DIR', join(other, '.git'));
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await gitIn(folder).run(['rev-parse', 'HEAD'])).toBe(`${head}\n`);
  });

  it('takes every exit code but 0 for an error, and says what git said', async () => {
    const folder = await repository();
    const refusal = (args: readonly string[]) =>
      gitIn(folder)
        .run(args)
        .catch((error: unknown) => error);
    expect(await refusal(['rev-parse', '--verify', '--quiet', 'nowhere'])).toEqual(
      new GitRefusal('git rev-parse: it does not say why', 1),
    );
    expect(await refusal(['rev-parse', '--verify', 'nowhere'])).toEqual(
      new GitRefusal('git rev-parse: Needed a single revision', 128),
    );
    vi.stubEnv('PATH', folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await refusal(['version'])).toMatchObject({ message: 'git version: git is not installed' });
  });

  it('is not waited for without an end', async () => {
    const folder = await repository();
    await git(folder, 'config', 'alias.wait', '!sleep 5');
    expect(
      await gitIn(folder)
        .run(['wait'], { patience: 50 })
        .catch((error: unknown) => error),
    ).toEqual(new GitRefusal('git wait: it said nothing for 0.05 s', undefined));
  });

  it('gives and takes bytes and texts', async () => {
    const folder = await repository();
    const name = (await gitIn(folder).run(['hash-object', '-w', '--stdin'], { input: 'ü\n' })).trim();
    expect(await gitIn(folder).readObjects([name])).toEqual(Buffer.from(`${name} blob 3\nü\n\n`));
  });
});
