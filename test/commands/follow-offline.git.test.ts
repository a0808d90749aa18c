import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { FollowedPlace, short } from './followed-place.ts';

describe.concurrent('a remote that cannot be reached', () => {
  it('is no reason to let the host go, and is said when it lasts', async () => {
    const place = await FollowedPlace.following();
    const [held, commit] = [place.held, place.standing.applied?.commit];
    renameSync(place.world.remote, `${place.world.remote}.gone`);
    const since = place.now;
    const { exitCode, stderr } = await place.call('fetch');
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/remote\.git.*does not appear to be a git repository|remote\.git.*does not exist/);
    place.meddle();
    expect(await place.tick()).toMatchObject({
      exitCode: 0,
      stdout: `commit ${short(commit)} is in force: 1 change made\n`,
    });
    expect(place.held).toEqual(held);
    expect((await place.call('status')).exitCode).toBe(0);
    for (let minutes = 0; minutes < 6; minutes++) await place.tick();
    expect(JSON.parse(place.text('root/var/lib/ds01-policy-fetch/fetched.json')).at).toBe(since.toISOString());
    const status = await place.call('status');
    expect(status.exitCode).toBe(2);
    expect(status.stdout).toMatch(
      /the remote was not reached since \S+ \S+ UTC \(7 minutes ago\), what is applied stays in force: .*remote\.git/,
    );
    renameSync(`${place.world.remote}.gone`, place.world.remote);
    await place.changeTasks();
    expect(await place.tick()).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/is applied and in force/) });
    expect((await place.call('status')).exitCode).toBe(0);
  });

  it('before the first commit has come: the run fails, says why, and does not wait when it comes', async () => {
    const place = await FollowedPlace.installed();
    renameSync(place.world.remote, `${place.world.remote}.gone`);
    const { exitCode, stderr } = await place.tick();
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^take the newest commit: nothing was fetched yet: .*remote\.git/);
    expect(existsSync(place.at('root/etc/systemd'))).toBe(false);
    renameSync(`${place.world.remote}.gone`, place.world.remote);
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

/** What whoever has got hold of the unprivileged step could leave, what is said of it, and with which exit code. */
const LEFT: readonly (readonly [string, (place: FollowedPlace) => void, RegExp])[] = [
  [
    'garbage',
    (place) => writeFileSync(place.fetched('branch.bundle'), 'garbage'),
    /does not begin with "# v2 git bundle"/,
  ],
  [
    'a link to a file of root',
    (place) => {
      renameSync(place.fetched('branch.bundle'), place.at('secret'));
      symlinkSync(place.at('secret'), place.fetched('branch.bundle'));
    },
    /branch\.bundle is a symbolic link/,
  ],
  [
    'a pipe that nobody writes to',
    (place) => {
      rmSync(place.fetched('branch.bundle'));
      execFileSync('mkfifo', [place.fetched('branch.bundle')]);
    },
    /branch\.bundle is not a file/,
  ],
  [
    'half of it',
    (place) => {
      const text = place.bytes('root/var/lib/ds01-policy-fetch/branch.bundle');
      writeFileSync(place.fetched('branch.bundle'), text.subarray(0, text.length - 100));
    },
    /what was fetched is not sound: git index-pack/,
  ],
  [
    'another commit than is said',
    (place) => {
      const said = place.text('root/var/lib/ds01-policy-fetch/fetched.json');
      writeFileSync(place.fetched('fetched.json'), said.replace(/[0-9a-f]{40}/, 'd'.repeat(40)));
    },
    /commit d{40} is not in this host's repository/,
  ],
];

describe('what the unprivileged step has left', () => {
  let place: FollowedPlace;
  let commit: string;

  // One host for all: none of them may leave it other than it was.
  beforeAll(async () => {
    place = await FollowedPlace.following();
    commit = await place.changeTasks();
    await place.call('fetch');
    cpSync(place.fetched(), place.at('sound'), { recursive: true });
  });

  it.each(LEFT)('%s: is refused in words, changes nothing, and no commit is to blame', async (_name, leave, words) => {
    const [held, before] = [place.held, place.standing];
    leave(place);
    const { exitCode, stdout, stderr } = await place.call('sync');
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toMatch(words);
    expect(place.held).toEqual(held);
    expect(place.standing.anchor).toEqual(before.anchor);
    expect(existsSync(place.state('incoming'))).toBe(false);
    const { length } = place.records;
    await place.call('sync');
    expect(place.records.length).toBe(length);
    rmSync(place.fetched(), { recursive: true });
    cpSync(place.at('sound'), place.fetched(), { recursive: true });
  });

  it('and then the same commit is taken', async () => {
    expect(await place.call('sync')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.standing.applied?.commit).toBe(commit);
  });

  it.each([
    ['garbage', 'garbage'],
    ['JSON of something else', '[1]'],
    ['a commit that is none', '{"version":1,"at":"2026-03-02T11:01:00.000Z","commit":"--upload-pack=x"}'],
    ['nothing', ''],
  ])('%s in the place of what it says: the host stays as it is, and the next fetch mends it', async (_name, text) => {
    const before = [place.held, place.records.length];
    writeFileSync(place.fetched('fetched.json'), text);
    expect(await place.call('sync')).toMatchObject({ exitCode: 0, stderr: '' });
    expect([place.held, place.records.length]).toEqual(before);
    // The file was written now, on a clock that is not the one of the story: it is late in any case.
    const late = await place.call('status');
    expect(late.exitCode).toBe(2);
    expect(late.stdout).toMatch(/fetched\.json is not what ds01-policy fetch writes/);
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await place.call('status')).exitCode).toBe(0);
  });

  it('a folder in the place of what it says is no reason to stop either', async () => {
    const place = await FollowedPlace.following();
    rmSync(place.fetched('fetched.json'));
    mkdirSync(place.fetched('fetched.json'));
    place.meddle();
    expect(await place.call('sync')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/1 change made/) });
  });

  it('a repository of root that is damaged is made anew from it', async () => {
    const place = await FollowedPlace.following();
    rmSync(place.state('repository.git', 'objects'), { recursive: true });
    mkdirSync(place.state('repository.git', 'objects'));
    const commit = await place.changeTasks();
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.standing.applied?.commit).toBe(commit);
  });
});
