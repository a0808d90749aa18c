import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FETCH_FOLDER, readFetched } from '../../scripts/host/fetched.ts';
import { HostFailure, HostRefusal } from '../../scripts/host/host-failure.ts';
import { takeLock } from '../../scripts/host/lock.ts';
import { bringBranch } from '../../scripts/host/mirror.ts';
import { listing } from '../commands/world.ts';
import { type Following, following, GitHost, NOW } from '../support/git-host.ts';
import { GitWorld } from '../support/git-world.ts';
import { temporaryFolder, unprivilegedAsync } from '../support/temporary-folder.ts';

function isNotFetched({ path }: { readonly path: string }): boolean {
  return !path.endsWith('/fetched.json');
}

const LATER = new Date('2026-11-24T08:20:00.000Z');

/** A host that has not fetched anything yet. */
async function fresh(): Promise<Following> {
  const world = await GitWorld.make();
  return { world, host: new GitHost(world), first: await world.head() };
}

/** What the bundle says it is of. */
function bundleHead(host: GitHost): string {
  return readFileSync(host.fetched('branch.bundle'), 'latin1').split('\n\n')[0] ?? '';
}

describe('a branch', () => {
  it('comes with its whole history, in one file that everybody can read', async () => {
    const { world, host, first } = await fresh();
    const second = await world.commit('second', { files: { 'policy/site.yaml': 'version: 2\n' } });
    process.umask(0o077);
    expect(await host.fetch()).toEqual({ commit: second, remade: false });
    expect(bundleHead(host)).toBe(`# v2 git bundle\n${second} refs/heads/main`);
    expect(statSync(host.fetched('branch.bundle')).mode & 0o777).toBe(0o644);
    await world.git(['clone', '--quiet', '--branch', 'main', host.fetched('branch.bundle'), 'copy'], world.folder);
    expect(await world.git(['rev-list', 'HEAD'], join(world.folder, 'copy'))).toBe(`${second}\n${first}`);
    expect(await readFetched(host.root)).toEqual({
      ...{ version: 1, at: NOW.toISOString(), commit: second, asked: NOW.toISOString() },
    });
  });

  it('that has not moved changes nothing on this host but when it was asked', async () => {
    const { host, first } = await following();
    await host.fetch();
    const before = listing(host.root).filter(isNotFetched);
    expect(await host.fetch(LATER)).toEqual({ commit: first, before: first, remade: false });
    expect(listing(host.root).filter(isNotFetched)).toEqual(before);
    expect(await readFetched(host.root)).toMatchObject({ at: NOW.toISOString(), asked: LATER.toISOString() });
  });

  it('is fetched wherever it goes: forward, back, or to another history', async () => {
    const { world, host, first } = await following();
    await host.fetch();
    const second = await world.commit('second');
    expect(await host.fetch()).toEqual({ commit: second, before: first, remade: false });
    const amended = await world.commit('amended', { amend: true });
    expect(await host.fetch()).toMatchObject({ commit: amended, before: second });
    expect(await world.reset(first)).toBe(first);
    expect(await host.fetch()).toMatchObject({ commit: first, before: amended });
    const orphan = await world.orphan();
    expect(await host.fetch()).toMatchObject({ commit: orphan, before: first });
    expect(bundleHead(host)).toContain(orphan);
  });

  it('can give way to another one whose name could not stand beside it', async () => {
    const { world, host, first } = await following();
    await host.fetch();
    await world.point('refs/heads/main', undefined);
    await world.point('refs/heads/main/site', first);
    const other = await bringBranch(host.root, { url: world.remote, branch: 'main/site' }, NOW);
    expect(other).toEqual({ commit: first, before: first, remade: false });
    expect(bundleHead(host)).toBe(`# v2 git bundle\n${first} refs/heads/main/site`);
  });

  it('is not taken from a tag of that name, and is missed if it is not there', async () => {
    const { world, host, first } = await fresh();
    await world.point('refs/tags/v1', first);
    await world.point('refs/heads/other/refs/heads/v1', first);
    const fetch = (branch: string) => bringBranch(host.root, { url: world.remote, branch }, NOW);
    await expect(fetch('v1')).rejects.toThrow(
      new HostRefusal(
        `the remote ${world.remote} has no branch "v1", only a tag of that name, which anybody may move; ` +
          'push the branch, or name another one in the configuration',
      ),
    );
    await expect(fetch('v2')).rejects.toThrow(`the remote ${world.remote} has no branch "v2"; push the branch`);
    expect(existsSync(host.fetched('branch.bundle'))).toBe(false);
    expect(await host.fetch()).toMatchObject({ remade: false });
  });

  it('comes without tags and other branches', async () => {
    const { world, host, first } = await fresh();
    await world.point('refs/tags/v1', first);
    await world.point('refs/heads/other', first);
    await host.fetch();
    expect(await world.git(['for-each-ref', '--format=%(refname) %(objectname)'], host.fetched('mirror.git'))).toBe(
      `refs/heads/main ${first}`,
    );
  });

  it('that was rewritten over and over does not fill the disk', async () => {
    const { world, host } = await following();
    await world.commit('second');
    // What as many fetches would leave, each a pack of commits that nothing leads to any more.
    const stream = Array.from(
      { length: 9 },
      (_, index) => `blob\ndata ${String(index).length}\n${index}\ncheckpoint\n`,
    ).join('');
    for (const repository of [host.fetched('mirror.git'), host.repository]) {
      await world.git(['-c', 'fastimport.unpackLimit=0', 'fast-import', '--quiet'], repository, stream);
      expect(packsIn(repository).length).toBeGreaterThan(8);
    }
    await host.follow();
    expect([packsIn(host.fetched('mirror.git')).length, packsIn(host.repository).length]).toEqual([1, 1]);
    const objects = (await world.git(['rev-list', '--objects', 'newest'], host.repository)).split('\n');
    const all = await world.git(['cat-file', '--batch-check', '--batch-all-objects'], host.repository);
    expect(all.split('\n').length).toBe(objects.length);
  });
});

/** Whether a process is more than an entry that its parent has not looked at yet: proc_pid_stat(5). */
function isRunning(pid: string): boolean {
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : 'Z';
  return !/(^|[)] )Z/.test(stat);
}

function packsIn(repository: string): readonly string[] {
  return readdirSync(join(repository, 'objects/pack')).filter((name) => name.endsWith('.pack'));
}

describe('a remote', () => {
  it('that cannot be reached is a failure with what to look at, and since when is noted', async () => {
    const { world, host, first } = await following();
    await host.fetch();
    rmSync(world.remote, { recursive: true });
    const failure = host.fetch(LATER);
    await expect(failure).rejects.toThrow(HostFailure);
    await expect(failure).rejects.toThrow(
      `fetch from ${world.remote}: git ls-remote exits 128: fatal: '${world.remote}' does not appear to be a git ` +
        'repository; fatal: Could not read from remote repository; look whether the folder is there, and whether the user ' +
        'ds01-policy may read it',
    );
    const noted = await readFetched(host.root);
    expect(noted).toEqual({
      version: 1,
      at: LATER.toISOString(),
      commit: first,
      failure: expect.stringContaining('does not appear to be a git repository'),
      asked: LATER.toISOString(),
    });
    // It goes on failing since then.
    await expect(host.fetch(new Date('2026-12-01T00:00:00Z'))).rejects.toThrow(HostFailure);
    expect(await readFetched(host.root)).toEqual({ ...noted, asked: '2026-12-01T00:00:00.000Z' });
  });

  it('over ssh is asked with the listed keys only, and nobody is asked for anything', async () => {
    const { host } = await following();
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'ssh'),
      `#!/bin/sh\nprintf '%s\\n' "$PWD" "$@" "$SSH_AUTH_SOCK" > ${folder}/log\nexit 255\n`,
    );
    chmodSync(join(folder, 'ssh'), 0o755);
    const { PATH } = process.env;
    Object.assign(process.env, { PATH: `${folder}:${PATH}`, SSH_AUTH_SOCK: '/an/agent', GIT_SSH_COMMAND: 'false' });
    onTestFinished(() => {
      process.env.PATH = PATH;
      delete process.env.SSH_AUTH_SOCK;
      delete process.env.GIT_SSH_COMMAND;
    });
    host.write({ 'etc/ds01-policy/known_hosts': '' });
    const fetch = bringBranch(host.root, { url: 'git@git.example.org:lab/policy.git', branch: 'main' }, NOW);
    await expect(fetch).rejects.toThrow('look at deploy-key and known_hosts in /etc/ds01-policy');
    const [place, ...args] = readFileSync(join(folder, 'log'), 'utf8').trimEnd().split('\n');
    expect(place).toBe(join(host.root, 'etc/ds01-policy'));
    expect(args.slice(0, 4)).toEqual(['-F', '/dev/null', '-i', 'deploy-key']);
    expect(args).toEqual(
      expect.arrayContaining([
        'BatchMode=yes',
        'StrictHostKeyChecking=yes',
        'IdentitiesOnly=yes',
        'IdentityAgent=none',
      ]),
    );
    expect(args).toContain('UserKnownHostsFile=known_hosts');
    expect(args.at(-1)).toMatch(/^git-upload-pack '/);
  });

  it('that never answers is given up, with all that git has started', async () => {
    const { host } = await following();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'ssh'), `#!/bin/sh\necho $$ > ${folder}/pid\nexec sleep 60\n`);
    chmodSync(join(folder, 'ssh'), 0o755);
    const { PATH } = process.env;
    process.env.PATH = `${folder}:${PATH}`;
    onTestFinished(() => {
      process.env.PATH = PATH;
    });
    host.write({ 'etc/ds01-policy/known_hosts': '' });
    const remote = { url: 'ssh://git@git.example.org/policy.git', branch: 'main' };
    const began = Date.now();
    await expect(bringBranch(host.root, remote, NOW, { ask: 1000, fetch: 1000 })).rejects.toThrow(
      'git ls-remote did not end within 1 s',
    );
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(isRunning(readFileSync(join(folder, 'pid'), 'utf8').trim())).toBe(false);
  });

  it.each([
    'ext::sh -c "touch ran"',
    'git://git.example.org/policy',
    'http://git.example.org/policy',
    '--upload-pack=touch',
    'ssh://-oProxyCommand=touch/x',
    'git@-oProxyCommand=touch:x',
    'relative/path',
    'https://name:secret@git.example.org/policy',
    'fd::17',
    '',
  ])('is not spoken with as %s', async (url) => {
    const root = temporaryFolder();
    await expect(bringBranch(root, { url, branch: 'main' }, NOW)).rejects.toThrow(HostRefusal);
    expect(existsSync(join(root, FETCH_FOLDER))).toBe(false);
  });

  it.each(['-x', 'a:b', '+a', 'a b', 'a*', ''])('has no branch %j', async (branch) => {
    await expect(bringBranch(temporaryFolder(), { url: '/x', branch }, NOW)).rejects.toThrow(
      `"${branch}" is not the name of a branch`,
    );
  });

  const isRoot = process.getuid?.() === 0;
  if (!isRoot) console.warn('skipped: repositories of other users; only root can make one');
  it.skipIf(!isRoot)('of another user on the same disk is read, and its configuration runs nothing', async () => {
    const { world, host, first } = await following();
    const config = join(world.remote, 'config');
    writeFileSync(join(world.folder, 'program'), `#!/bin/sh\ntouch ${world.folder}/ran\n`, { mode: 0o755 });
    writeFileSync(
      config,
      `${readFileSync(config)}[uploadpack]\n\tpackObjectsHook = ${world.folder}/program\n[core]\n\tfsmonitor = ${world.folder}/program\n`,
    );
    for (const { path } of listing(world.remote)) chownSync(join(world.remote, path), 65_534, 65_534);
    chownSync(world.remote, 65_534, 65_534);
    expect(await host.fetch()).toMatchObject({ commit: first });
    expect(existsSync(join(world.folder, 'ran'))).toBe(false);
  });
});

describe('the folder of the unprivileged step', () => {
  const isRoot = process.getuid?.() === 0;
  it.skipIf(!isRoot)('is not worked in by root: its user could name programs there', async () => {
    const { host } = await following();
    mkdirSync(host.fetched('mirror.git'), { recursive: true });
    chownSync(host.fetched(), 65_534, 65_534);
    await expect(host.fetch()).rejects.toThrow(
      new HostRefusal(
        `${host.fetched()} belongs to another user: run this as that user, sudo -u ds01-policy ds01-policy fetch`,
      ),
    );
    chownSync(host.fetched(), 0, 0);
    chownSync(host.fetched('mirror.git'), 65_534, 65_534);
    await expect(host.fetch()).rejects.toThrow(`${host.fetched('mirror.git')} belongs to another user`);
  });

  it('that cannot be written is a failure that says so', async () => {
    const { host } = await following();
    await host.fetch();
    const second = await host.world.commit('second');
    chmodSync(host.fetched(), 0o555);
    if (process.getuid?.() === 0) return;
    await expect(unprivilegedAsync(() => host.fetch())).rejects.toThrow(HostFailure);
    chmodSync(host.fetched(), 0o755);
    expect(await host.fetch()).toMatchObject({ commit: second });
  });

  it('is worked in by one at a time', async () => {
    const { host, first } = await following();
    await host.fetch();
    const lock = await takeLock(host.fetched('lock'));
    // Nothing to bring: nobody is in the way.
    expect(await host.fetch()).toMatchObject({ commit: first });
    const second = await host.world.commit('second');
    const before = readFileSync(host.fetched('fetched.json'), 'utf8');
    await expect(host.fetch()).rejects.toThrow('another run holds the lock');
    expect(readFileSync(host.fetched('fetched.json'), 'utf8')).toBe(before);
    await lock.release();
    expect(await host.fetch()).toMatchObject({ commit: second });
  });
});

describe('a mirror', () => {
  it.each([
    ['without a HEAD', (mirror: string) => rmSync(join(mirror, 'HEAD')), false],
    ['with a configuration that is none', (mirror: string) => writeFileSync(join(mirror, 'config'), '[core'), true],
    ['that lost its objects', (mirror: string) => rmSync(join(mirror, 'objects'), { recursive: true }), true],
    ['with a branch that is none', (mirror: string) => writeFileSync(join(mirror, 'refs/heads/main'), '0'), true],
    [
      'that a killed git left locked',
      (mirror: string) => writeFileSync(join(mirror, 'refs/heads/main.lock'), ''),
      false,
    ],
    [
      'that a killed git left half a pack in',
      (mirror: string) => writeFileSync(join(mirror, 'objects/pack/tmp_pack_x'), ''),
      false,
    ],
  ])('%s is mended, or made anew', async (_name, damage, remade) => {
    const { world, host, first } = await following();
    await host.fetch();
    damage(host.fetched('mirror.git'));
    const second = await world.commit('second', { files: { 'policy/site.yaml': 'version: 2\n' } });
    expect(await host.fetch()).toEqual({ commit: second, before: first, remade });
    expect(bundleHead(host)).toContain(second);
    expect(listing(host.fetched()).filter(({ path }) => /[.]lock$|tmp_|making/.test(path))).toEqual([]);
  });

  it.each([
    ['gone', (bundle: string) => rmSync(bundle)],
    ['not one', (bundle: string) => writeFileSync(bundle, 'x')],
    ['empty', (bundle: string) => writeFileSync(bundle, '')],
  ])('writes the bundle again if it is %s', async (_name, damage) => {
    const { host, first } = await following();
    await host.fetch();
    damage(host.fetched('branch.bundle'));
    expect(await host.fetch()).toEqual({ commit: first, remade: false });
    expect(bundleHead(host)).toContain(first);
  });

  it('does not get to run what its hooks name', async () => {
    const { world, host } = await following();
    await host.fetch();
    const hook = `#!/bin/sh\ntouch ${host.root}/ran\n`;
    for (const name of ['reference-transaction', 'post-update', 'pre-auto-gc']) {
      host.write({ [join(FETCH_FOLDER, 'mirror.git/hooks', name)]: hook });
      chmodSync(host.fetched('mirror.git/hooks', name), 0o755);
    }
    await world.commit('second');
    await host.fetch();
    expect(existsSync(join(host.root, 'ran'))).toBe(false);
    // git itself does: the test can fail.
    await world.git(['update-ref', 'refs/heads/x', 'refs/heads/main'], host.fetched('mirror.git'));
    expect(existsSync(join(host.root, 'ran'))).toBe(true);
  });

  it('takes no object that is not sound, and takes the next honest one', async () => {
    const { world, host, first } = await following();
    await host.fetch();
    const blob = await world.makeBlob('x');
    const tree = await world.makeObject(
      'tree',
      Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')]),
    );
    await world.point('refs/heads/main', await world.make('evil', [first], { tree }));
    await expect(host.fetch()).rejects.toThrow(HostRefusal);
    await expect(host.fetch()).rejects.toThrow(
      /^branch "main" of .* holds what git does not take for sound: .*hasDotgit/,
    );
    expect(bundleHead(host)).toContain(first);
    await world.reset(first);
    const next = await world.commit('honest');
    expect(await host.fetch()).toMatchObject({ commit: next, before: first, remade: false });
  });
});
