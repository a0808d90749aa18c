import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { HostFailure, HostRefusal } from '../../scripts/host/host-failure.ts';
import { describeCommit, hasCommit, isAncestor, keepCommits, resolveCommit } from '../../scripts/host/repository.ts';
import { following, GitHost } from '../support/git-host.ts';
import { GitWorld } from '../support/git-world.ts';
import { contentsOf } from '../support/temporary-folder.ts';

/** A later commit of the same branch comes as if nothing had been. */
async function expectGoesOn(world: GitWorld, host: GitHost): Promise<void> {
  rmSync(host.fetched('branch.bundle'), { recursive: true, force: true });
  const next = await world.commit('honest');
  expect(await host.follow()).toBe(next);
  expect(await hasCommit(host.root, next)).toBe(true);
  expect(readdirSync(host.state()).sort()).toEqual(['repository.git']);
}

/** Puts a bundle of the checkout's making in the place of the fetched one. */
async function bundle(world: GitWorld, host: GitHost, ...args: readonly string[]): Promise<void> {
  await world.git(['bundle', 'create', '--quiet', host.fetched('branch.bundle'), ...args]);
}

describe('what was fetched', () => {
  it('comes into a repository of its own, commit by commit', async () => {
    const { world, host, first } = await following();
    const second = await world.commit('second ü\n\nmore', { files: { 'policy/site.yaml': 'version: 2\n' } });
    expect(await host.follow()).toBe(second);
    expect(await hasCommit(host.root, first)).toBe(true);
    expect(await isAncestor(host.root, first, second)).toBe(true);
    expect(await isAncestor(host.root, second, second)).toBe(true);
    expect(await isAncestor(host.root, second, first)).toBe(false);
    expect(await isAncestor(host.root, '0'.repeat(40), first)).toBe(false);
    expect(await describeCommit(host.root, second)).toEqual({
      author: 'Tester <tester@example.org>',
      committer: 'Tester <tester@example.org>',
      authored: '2026-01-05T10:02:00.000Z',
      subject: 'second ü',
    });
  });

  it('is found by the beginning of its name', async () => {
    const { host, first } = await following();
    expect(await resolveCommit(host.root, first.slice(0, 7))).toBe(first);
    await expect(resolveCommit(host.root, '0000000')).rejects.toThrow('"0000000" is not one commit of this host');
    await expect(resolveCommit(host.root, 'newest')).rejects.toThrow('"newest" is not a commit: write at least 7');
    const tree = await host.world.git(['rev-parse', 'main^{tree}']);
    await expect(resolveCommit(host.root, tree)).rejects.toThrow(HostRefusal);
  });

  it('is not there before the first time, and names of commits are names of commits', async () => {
    const host = new GitHost(await GitWorld.make());
    expect(await hasCommit(host.root, '0'.repeat(40))).toBe(false);
    await expect(host.import()).rejects.toThrow(/nothing was fetched yet: look at ds01-policy-fetch.service$/);
    await expect(resolveCommit(host.root, '0'.repeat(40))).rejects.toThrow('nothing was fetched yet');
    await host.follow();
    for (const name of ['HEAD', '--all', `${'0'.repeat(40)}^`, '']) {
      await expect(hasCommit(host.root, name), name).rejects.toThrow(`"${name}" is not a commit`);
      await expect(describeCommit(host.root, name), name).rejects.toThrow(HostRefusal);
    }
    await expect(describeCommit(host.root, '0'.repeat(40))).rejects.toThrow('is not a commit that this host has');
  });

  it('keeps the commits in use when the branch goes elsewhere, and no others', async () => {
    const { world, host, first } = await following();
    const second = await world.commit('second');
    await host.follow();
    await keepCommits(host.root, [first, second, '0'.repeat(40)]);
    await keepCommits(host.root, [second]);
    const orphan = await world.orphan();
    await host.follow();
    await world.git(['-c', 'gc.pruneExpire=now', 'gc', '--quiet', '--prune=now'], host.repository);
    expect(await hasCommit(host.root, second)).toBe(true);
    await keepCommits(host.root, [orphan]);
    await world.git(['-c', 'gc.pruneExpire=now', 'gc', '--quiet', '--prune=now'], host.repository);
    expect(await hasCommit(host.root, second)).toBe(false);
    expect(await hasCommit(host.root, orphan)).toBe(true);
  });
});

describe('a bundle', () => {
  it('that is cut off, or has a byte changed, is refused', async () => {
    const { world, host, first } = await following();
    await world.commit('second', { files: { 'policy/site.yaml': 'x'.repeat(5000) } });
    await host.fetch();
    const bytes = readFileSync(host.fetched('branch.bundle'));
    for (const length of [0, 10, bytes.length >> 1, bytes.length - 1]) {
      writeFileSync(host.fetched('branch.bundle'), bytes.subarray(0, length));
      await expect(host.import(), `cut at ${length}`).rejects.toThrow(HostRefusal);
    }
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 40) ^ 1, bytes.length - 40);
    writeFileSync(host.fetched('branch.bundle'), bytes);
    await expect(host.import()).rejects.toThrow(/^what was fetched is not sound: git index-pack exits 128: /);
    expect(await hasCommit(host.root, first)).toBe(true);
    await expectGoesOn(world, host);
  });

  it('that is only a part of the history is refused', async () => {
    const { world, host } = await following();
    await world.commit('second');
    await bundle(world, host, 'main', '^main~1');
    await expect(host.import()).rejects.toThrow(
      new HostRefusal('the fetched bundle needs commits that it does not hold: it must hold the whole branch'),
    );
    await expectGoesOn(world, host);
  });

  it('of a shallow repository is refused: it lacks the parents', async () => {
    const { world, host } = await following();
    await world.commit('second');
    const shallow = join(world.folder, 'shallow');
    await world.git(
      ['clone', '--quiet', '--depth=1', '--branch=main', `file://${world.remote}`, shallow],
      world.folder,
    );
    await world.git(['bundle', 'create', '--quiet', host.fetched('branch.bundle'), 'main'], shallow);
    await expect(host.import()).rejects.toThrow(/^what was fetched is not sound: /);
    await expectGoesOn(world, host);
  });

  it('of a tag, of an annotated tag in the place of a branch, or of two branches is refused', async () => {
    const { world, host } = await following();
    await world.git(['tag', '-a', '-m', 'x', 'v1']);
    await world.point('refs/heads/other', 'refs/heads/main');
    const notOne = 'the fetched bundle is not of one branch, as it must be';
    await bundle(world, host, 'v1');
    await expect(host.import()).rejects.toThrow(new HostRefusal(notOne));
    await bundle(world, host, 'main', 'other');
    await expect(host.import()).rejects.toThrow(new HostRefusal(notOne));
    await bundle(world, host, 'other');
    await expect(host.import()).rejects.toThrow('the fetched bundle is of branch "other", and "main" is followed');
    await bundle(world, host, 'v1');
    const bytes = readFileSync(host.fetched('branch.bundle'), 'latin1');
    writeFileSync(host.fetched('branch.bundle'), bytes.replace('refs/tags/v1', 'refs/heads/main'), 'latin1');
    await expect(host.import()).rejects.toThrow(new HostRefusal('the fetched branch is at a tag, not at a commit'));
    writeFileSync(
      host.fetched('branch.bundle'),
      bytes.replace(/[0-9a-f]{40} refs\/tags\/v1/, `${'0'.repeat(40)} refs/heads/main`),
      'latin1',
    );
    await expect(host.import()).rejects.toThrow('the fetched bundle does not hold the commit that it names');
    await expectGoesOn(world, host);
  });

  it('with an object that git does not take for sound is refused', async () => {
    const { world, host, first } = await following();
    const blob = await world.makeBlob('x');
    const tree = await world.makeObject(
      'tree',
      Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')]),
    );
    await world.point('refs/heads/main', await world.make('evil', [first], { tree }));
    await bundle(world, host, 'main');
    await expect(host.import()).rejects.toThrow(/^what was fetched is not sound: .*hasDotgit/);
    await world.reset(first);
    await expectGoesOn(world, host);
  });

  it('that is a link, a pipe, a folder, or larger than it may be is not read', async () => {
    const { world, host } = await following();
    const path = host.fetched('branch.bundle');
    const secret = join(host.root, 'secret');
    writeFileSync(secret, 'secret');
    rmSync(path);
    symlinkSync(secret, path);
    await expect(host.import()).rejects.toThrow(new HostRefusal(`${path} is a symbolic link`));
    rmSync(path);
    execaSync('mkfifo', [path]);
    await expect(host.import()).rejects.toThrow(new HostRefusal(`${path} is not a file`));
    rmSync(path);
    mkdirSync(path);
    await expect(host.import()).rejects.toThrow(`${path} is not a file`);
    rmSync(path, { recursive: true });
    // Nothing of it is on the disk: it is all hole.
    writeFileSync(path, '');
    truncateSync(path, 256 * 1024 * 1024 + 1);
    await expect(host.import()).rejects.toThrow('the fetched bundle is larger than 256 MiB');
    rmSync(host.fetched(), { recursive: true });
    symlinkSync('/tmp', host.fetched());
    await expect(host.import()).rejects.toThrow(`${host.fetched()} is a symbolic link, not a folder`);
    rmSync(host.fetched());
    await expectGoesOn(world, host);
  });
});

describe('root’s repository', () => {
  it.each([
    ['a lock', (repository: string) => writeFileSync(join(repository, 'refs/heads/newest.lock'), '')],
    ['half a pack', (repository: string) => writeFileSync(join(repository, 'objects/pack/tmp_pack_x'), 'x')],
    [
      'an unfinished import',
      (repository: string) => mkdirSync(join(repository, '../incoming/repository.git'), { recursive: true }),
    ],
  ])('takes the next commit where a killed run left %s', async (_name, leave) => {
    const { world, host, first } = await following();
    leave(host.repository);
    await expectGoesOn(world, host);
    expect(await hasCommit(host.root, first)).toBe(true);
    expect(contentsOf(host.repository).filter((line) => /[.]lock |tmp_/.test(line))).toEqual([]);
  });

  it.each([
    ['its configuration', (repository: string) => writeFileSync(join(repository, 'config'), '[core')],
    ['its objects', (repository: string) => rmSync(join(repository, 'objects'), { recursive: true })],
    ['its branch', (repository: string) => writeFileSync(join(repository, 'refs/heads/newest'), 'x')],
  ])('is made anew from what was fetched if %s is damaged', async (_name, damage) => {
    const { world, host, first } = await following();
    damage(host.repository);
    await expectGoesOn(world, host);
    expect(await hasCommit(host.root, first)).toBe(true);
  });

  it('is not looked at by the configuration, the hooks and the programs of the mirror', async () => {
    const { world, host } = await following();
    const program = join(host.root, 'program');
    writeFileSync(program, `#!/bin/sh\ntouch ${host.root}/ran\n`);
    chmodSync(program, 0o755);
    const settings = [
      'core.fsmonitor',
      'gpg.ssh.program',
      'gpg.program',
      'core.sshCommand',
      'uploadpack.packObjectsHook',
    ];
    for (const name of settings) await world.git(['config', name, program], host.fetched('mirror.git'));
    host.write({ 'var/lib/ds01-policy-fetch/mirror.git/hooks/post-update': `#!/bin/sh\ntouch ${host.root}/ran\n` });
    chmodSync(host.fetched('mirror.git/hooks/post-update'), 0o755);
    await world.commit('second');
    await host.follow();
    expect(existsSync(join(host.root, 'ran'))).toBe(false);
  });

  it('cannot be written: that is a failure of the host, and the bundle is not blamed for it', async () => {
    const { world, host, first } = await following();
    const second = await world.commit('second');
    await host.fetch();
    const { PATH } = process.env;
    const full = join(world.folder, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'git'), '#!/bin/sh\necho "fatal: write error: No space left on device" >&2\nexit 128\n');
    chmodSync(join(full, 'git'), 0o755);
    process.env.PATH = `${full}:${PATH}`;
    const failure = host.import().finally(() => {
      process.env.PATH = PATH;
    });
    await expect(failure).rejects.toThrow(HostFailure);
    await expect(failure).rejects.toThrow('No space left on device; make room, the next run tries again');
    expect(await hasCommit(host.root, first)).toBe(true);
    expect(await host.import()).toBe(second);
  });

  it('needs git, and says so', async () => {
    const { host } = await following();
    const { PATH } = process.env;
    process.env.PATH = '/nonexistent';
    const failure = host.import().finally(() => {
      process.env.PATH = PATH;
    });
    await expect(failure).rejects.toThrow('git is not installed; it is in the package git');
  });
});
