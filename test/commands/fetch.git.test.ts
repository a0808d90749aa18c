import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GitHost } from '../support/git-host.ts';
import { GitWorld, HAS_SSH_KEYGEN } from '../support/git-world.ts';
import { type Run, runCli } from '../support/run-cli.ts';
import { HAS_SSHD, startSshd } from '../support/sshd.ts';
import { listing } from './world.ts';

const CONFIG = 'etc/ds01-policy/config.yaml';

async function host(
  remote?: string,
): Promise<{ readonly world: GitWorld; readonly host: GitHost; readonly first: string }> {
  const world = await GitWorld.make();
  const host = new GitHost(world);
  host.write({ [CONFIG]: `version: 1\nremote: ${remote ?? world.remote}\nhost: ds01\ntrust: none\n` });
  return { world, host, first: await world.head() };
}

/** Runs the program, with nothing in its surroundings that could help or harm git but what is given. */
function fetch(root: string, env: Readonly<Record<string, string>> = {}): Promise<Run> {
  return runCli(['fetch', '--root', root], { env });
}

// When it was last asked, it says.
const isNotFetched = ({ path }: { readonly path: string }) => !path.endsWith('/fetched.json');

const short = (commit: string) => commit.slice(0, 12);

describe('fetch', () => {
  it('says where the branch is, and where it was', async () => {
    const { world, host: one, first } = await host();
    const said = (stdout: string) => ({ exitCode: 0, stdout, stderr: '' });
    expect(await fetch(one.root)).toEqual(said(`main is at ${short(first)}, for the first time\n`));
    const before = listing(one.root).filter(isNotFetched);
    expect(await fetch(one.root)).toEqual(said(`main is at ${short(first)}, as before\n`));
    expect(listing(one.root).filter(isNotFetched)).toEqual(before);
    const second = await world.commit('second');
    // What the user who starts it has in the surroundings does not count.
    const env = { GIT_DIR: '/nonexistent', GIT_SSH_COMMAND: 'false', GIT_CONFIG_COUNT: 'x', LC_ALL: 'de_DE.UTF-8' };
    expect(await fetch(one.root, env)).toEqual(said(`main moved from ${short(first)} to ${short(second)}\n`));
    rmSync(one.fetched('mirror.git/objects'), { recursive: true });
    const third = await world.commit('third');
    expect(await fetch(one.root)).toEqual(
      said(
        'the mirror could not be read any more and was made anew\n' +
          `main moved from ${short(second)} to ${short(third)}\n`,
      ),
    );
    expect(await one.import()).toBe(third);
  });

  it('exits 3 where there is no such branch, and 4 where nothing answers', async () => {
    const { world, host: one, first } = await host();
    await world.point('refs/heads/main', undefined);
    await world.point('refs/tags/main', first);
    expect(await fetch(one.root)).toEqual({
      exitCode: 3,
      stdout: '',
      stderr:
        `ds01-policy: the remote ${world.remote} has no branch "main", only a tag of that name, which anybody may move; ` +
        'push the branch, or name another one in the configuration\nnothing was changed\n',
    });
    rmSync(world.remote, { recursive: true });
    const { exitCode, stdout, stderr } = await fetch(one.root);
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    expect(stderr).toMatch(
      /^ds01-policy: fetch from .*: git ls-remote exits 128: .*; look whether the folder is there, and whether .*\nthe host is as it was before\n$/,
    );
    expect(JSON.parse(readFileSync(one.fetched('fetched.json'), 'utf8'))).toMatchObject({
      version: 1,
      failure: expect.stringContaining('fetch from'),
    });
  });

  it('needs a configuration', async () => {
    const { host: one } = await host();
    rmSync(join(one.root, CONFIG));
    expect(await fetch(one.root)).toEqual({
      exitCode: 3,
      stdout: '',
      stderr:
        'ds01-policy: this host follows no repository: ds01-policy install --remote URL sets it up\nnothing was changed\n',
    });
  });
});

describe.skipIf(!HAS_SSHD || !HAS_SSH_KEYGEN)('fetch over ssh', () => {
  it('gets in with the deploy key, to the host that is known, and says what to look at otherwise', async () => {
    const { world, host: one, first } = await host();
    const server = await startSshd(world.folder);
    const url = `${server.url}${world.remote}`;
    one.write({ [CONFIG]: `version: 1\nremote: ${url}\nhost: ds01\ntrust: none\n` });
    const key = join(one.root, 'etc/ds01-policy/deploy-key');
    const known = 'etc/ds01-policy/known_hosts';
    const failed = async () => {
      const { exitCode, stderr } = await fetch(one.root);
      expect(exitCode).toBe(4);
      expect(stderr).toContain('; look at deploy-key and known_hosts in /etc/ds01-policy\n');
      return stderr;
    };
    copyFileSync(server.key, key);
    one.write({ [known]: '' });
    expect(await failed()).toContain('Host key verification failed; fatal: Could not read from remote repository');
    one.write({ [known]: server.knownHosts });
    copyFileSync(server.wrongKey, key);
    expect(await failed()).toMatch(/Permission denied \(publickey.*\); fatal: Could not read from remote repository/);
    copyFileSync(server.key, key);
    expect(await fetch(one.root)).toEqual({
      exitCode: 0,
      stdout: `main is at ${short(first)}, for the first time\n`,
      stderr: '',
    });
    const second = await world.commit('second');
    expect((await fetch(one.root)).stdout).toBe(`main moved from ${short(first)} to ${short(second)}\n`);
    expect(await one.import()).toBe(second);
  });
});
