import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { FollowedPlace, short } from './followed-place.ts';
import { memberFile } from './world.ts';

const UNTIL_MARCH = { 'members/a.yaml': memberFile('a', 'researcher', 'expires: 2026-03-02\n') };
const GRANT = 'ds01-researcher-a.slice';

describe.concurrent('pause', () => {
  it('applies nothing, shows what waits and what differs, and ends by itself', async () => {
    const place = await FollowedPlace.following();
    const good = place.standing.applied?.commit;
    expect(await place.call('pause --for 2h --reason moving')).toEqual({
      exitCode: 0,
      stdout:
        'paused until 2026-03-02 13:01 UTC: moving\n' +
        'nothing is applied until then; grants end meanwhile as they would; ds01-policy resume ends it\n',
      stderr: '',
    });
    const commit = await place.changeTasks();
    place.meddle();
    const held = place.held;
    expect(await place.tick()).toEqual({
      exitCode: 0,
      stdout:
        'paused until 2026-03-02 13:01 UTC: moving; ds01-policy resume ends it\n' +
        `commit ${short(commit)} waits: 0 to create, 1 to update, 0 to remove\ncommit ${short(good)} stays, 1 difference left as found\n`,
      stderr: '',
    });
    expect(place.held).toEqual(held);
    const status = await place.call('status');
    expect(status.exitCode).toBe(2);
    expect(status.stdout).toContain('paused until 2026-03-02 13:01 UTC: moving');
    expect(status.stdout).toContain(short(commit));
    expect(status.stdout).toContain('not as policy says: 0 to create, 1 to update, 0 to remove');
    expect(await place.call('history')).toMatchObject({
      stdout: expect.stringContaining(`paused until 2026-03-02 13:01 UTC by ${userInfo().username}: moving\n`),
    });
    place.pass({ hours: 2 });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/is applied and in force/) });
    expect(place.standing.applied?.commit).toBe(commit);
    expect((await place.call('status')).exitCode).toBe(0);
  });

  it('says of a commit that waits what would be refused, and takes that for no reason to remember', async () => {
    const place = await FollowedPlace.following();
    await place.call('pause --for 1h --reason x');
    const commit = await place.change('groups/student.yaml', '65536', '512');
    const { exitCode, stdout } = await place.tick();
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      `commit ${short(commit)} waits: would be refused: policy has errors: policy/groups/student.yaml:`,
    );
    expect(place.standing.refused).toBeUndefined();
  });

  it('lets grants end meanwhile', async () => {
    const place = await FollowedPlace.following(UNTIL_MARCH);
    await place.call('pause --for 2d --reason x');
    place.meddle();
    place.pass({ days: 1 });
    expect(await place.tick()).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringMatching(/1 difference left as found, 1 change made\n$/),
    });
    expect(place.units()[GRANT]).toBeUndefined();
    expect(place.units()['ds01-student.slice']).toContain('TasksMax=512');
    expect(place.records.at(-1)).toMatchObject({ cause: 'day', moves: [{ from: 'researcher', to: 'student' }] });
  });

  it('or keeps them, if that is said, until it is over', async () => {
    const place = await FollowedPlace.following(UNTIL_MARCH);
    expect((await place.call('pause --for 2d --reason x --grants keep')).stdout).toContain(
      'grants do not end meanwhile',
    );
    place.pass({ days: 1 });
    await place.tick();
    expect(place.units()[GRANT]).toBeDefined();
    place.pass({ days: 1 });
    await place.tick();
    expect(place.units()[GRANT]).toBeUndefined();
  });

  it('is over before its time with resume', async () => {
    const place = await FollowedPlace.following();
    await place.call('pause --reason x');
    await place.changeTasks();
    expect(await place.call('resume')).toEqual({
      exitCode: 0,
      stdout: 'the pause until 2026-03-02 15:01 UTC is over\n',
      stderr: '',
    });
    expect(await place.tick()).toMatchObject({ stdout: expect.stringMatching(/is applied and in force/) });
    expect(await place.call('resume')).toMatchObject({ stdout: 'nothing was paused, refused or stopped\n' });
  });

  it('has a reason and an end, or is none', async () => {
    const place = await FollowedPlace.following();
    const before = place.contentsOf('root');
    for (const [line, words] of [
      ['pause', /^--reason TEXT is missing: why, for those who will ask\n$/],
      [
        'pause --for 4 --reason x',
        /^--for "4" is not a duration: write a whole number with s, min, h or d, as in 4h\n$/,
      ],
      ['pause --for unlimited --reason x', /^--for "unlimited" is not a duration/],
      ['pause --for 8d --reason x', /^--for 8d is longer than 7d, the longest pause of this host\n$/],
      ['pause --for 4h --reason x --grants stay', /^--grants "stay" does not exist: it is one of expire, keep/],
    ] as const) {
      const { exitCode, stdout, stderr } = await place.call(line);
      expect([line, exitCode, stdout]).toEqual([line, 64, '']);
      expect(stderr).toMatch(words);
    }
    expect(place.contentsOf('root')).toEqual(before);
  });

  it('is what a folder needs to be applied by hand, and the branch is followed again when it is over', async () => {
    const place = await FollowedPlace.following();
    const held = place.held;
    place.edit('groups/student.yaml', '65536', '70000');
    const line = `apply --policy ${place.at('policy')}`;
    const refused = await place.call(line);
    expect(refused).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^this host follows a repository: open a pull request/),
    });
    expect(place.held).toEqual(held);
    await place.call('pause --for 1h --reason x');
    expect(await place.call(line)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.units()['ds01-student.slice']).toContain('TasksMax=70000');
    await place.tick();
    expect(place.units()['ds01-student.slice']).toContain('TasksMax=70000');
    // The newest commit waits for the pause, too, also if somebody asks for it.
    expect(await place.call('apply')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^paused until .*resume ends it/),
    });
    place.pass({ hours: 1 });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.held).toEqual(held);
  });
});

describe.concurrent('a grant', () => {
  it('ends by the clock of the host, at the end of its last day in the time zone of the site', async () => {
    const place = await FollowedPlace.following(UNTIL_MARCH);
    const commit = place.standing.applied;
    place.now = new Date('2026-03-02T22:58:00.000Z');
    await place.tick();
    expect(place.units()[GRANT]).toBeDefined();
    expect((await place.call('status')).stdout).toContain('2026-03-02  a@hertie-school.lan');
    const { length } = place.records;
    expect(await place.tick()).toEqual({
      exitCode: 0,
      stdout: `commit ${short(commit?.commit)} is in force: 1 change made\n`,
      stderr: '',
    });
    expect(place.units()[GRANT]).toBeUndefined();
    expect(place.records.slice(length)).toMatchObject([
      {
        ...{ kind: 'apply', cause: 'day', result: 'applied', day: '2026-03-03' },
        moves: [{ account: 'a@hertie-school.lan', from: 'researcher', to: 'student' }],
      },
    ]);
    expect(place.standing.applied).toEqual(commit);
    expect((await place.call('status')).exitCode).toBe(0);
  });

  it('ends with nobody to ask: the remote is gone, and so is the repository', async () => {
    const place = await FollowedPlace.following(UNTIL_MARCH);
    place.remove('root/var/lib/ds01-policy/repository.git');
    await place.world.point('refs/heads/main', undefined);
    place.pass({ days: 1 });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.units()[GRANT]).toBeUndefined();
  });

  it('that has ended is not revived by a clock that jumps back, but by the word that it had been ahead', async () => {
    const place = await FollowedPlace.following(UNTIL_MARCH);
    place.pass({ days: 3 });
    await place.tick();
    expect(place.units()[GRANT]).toBeUndefined();
    const held = place.held;
    place.pass({ days: -3 });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.held).toEqual(held);
    // Nor by a commit that comes on that day, nor by what only looks.
    await place.commit({ 'README.md': 'x\n' });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.held).toEqual(held);
    expect(await place.call('status')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/ on 2026-03-05\n/),
    });
    await place.call('resume');
    await place.tick();
    expect(place.held).toEqual(held);
    expect(await place.call('resume --reset-day')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.units()[GRANT]).toBeDefined();
    expect(place.standing.day).toBe('2026-03-02');
  });

  it('begins by the clock, too', async () => {
    const file = memberFile('b', 'researcher').replace('2025-12-05', '2026-03-04');
    const place = await FollowedPlace.following({ 'members/b.yaml': file });
    expect(place.units()['ds01-researcher-b.slice']).toBeUndefined();
    place.pass({ days: 2 });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.units()['ds01-researcher-b.slice']).toBeDefined();
  });

  it('ends although drift is left because it came back too often', async () => {
    const place = await FollowedPlace.following(UNTIL_MARCH);
    await place.record({ kind: 'stop', what: 'ds01-student.slice was put right 5 times' });
    place.meddle();
    await place.tick();
    expect(place.units()['ds01-student.slice']).toContain('TasksMax=512');
    place.pass({ days: 1 });
    const { exitCode, stderr } = await place.tick();
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/ stays, 1 difference left as found, 1 change made\n$/);
    expect(place.units()[GRANT]).toBeUndefined();
    expect(place.units()['ds01-student.slice']).toContain('TasksMax=512');
  });
});
