import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { FollowedPlace, short } from './followed-place.ts';

const CLOSED =
  'no commit is trusted: the history of this host was never begun, or is lost; look at the branch, then name the commit ' +
  'to begin with: ds01-policy trust COMMIT --reason TEXT';

describe.concurrent('trust', () => {
  it('takes a branch that was rewritten for good reasons, says so in the history, and is good once', async () => {
    const place = await FollowedPlace.following();
    await place.world.commit('amended', { amend: true, files: { 'README.md': 'for good reasons\n' } });
    const rewritten = await place.world.head();
    expect((await place.tick()).exitCode).toBe(3);
    expect(await place.call(`trust ${rewritten} --reason a-name-was-taken-out`)).toEqual({
      exitCode: 0,
      stdout: `the next run goes on from commit ${short(rewritten)}, or from one that descends from it\n`,
      stderr: '',
    });
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.standing.applied?.commit).toBe(rewritten);
    expect((await place.call('status')).exitCode).toBe(0);
    expect(place.records.at(-2)).toMatchObject({ kind: 'trust', commit: rewritten, reason: 'a-name-was-taken-out' });
    expect((await place.call('history')).stdout).toContain(
      `trusts commit ${short(rewritten)}, by ${userInfo().username}: a-name-was-taken-out\n`,
    );
    // The next one has to descend from it.
    await place.world.commit('amended once more', { amend: true });
    expect(await place.tick()).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(/does not descend from/) });
    expect(place.standing.applied?.commit).toBe(rewritten);
  });

  it('opens no other door: a commit beside the one that was named stays refused', async () => {
    const place = await FollowedPlace.following();
    await place.world.commit('amended', { amend: true });
    const named = await place.world.head();
    await place.tick();
    await place.call(`trust ${named} --reason x`);
    await place.world.commit('amended again', { amend: true });
    expect(await place.tick()).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(/does not descend from/) });
    // The one that was named has gone from the branch: what is applied stays, and can still be named.
    const newest = await place.world.head();
    await place.call(`trust ${newest} --reason x`);
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('opens the door of a host whose state was deleted, and nothing else does', async () => {
    const place = await FollowedPlace.following();
    place.remove('root/var/lib/ds01-policy');
    const held = place.held;
    expect(await place.call('sync')).toEqual({ exitCode: 3, stdout: '', stderr: `${CLOSED}\n` });
    expect(await place.call('status')).toMatchObject({ exitCode: 2, stderr: '' });
    expect((await place.call('status')).stdout).toContain('no commit is trusted');
    const commit = await place.changeTasks();
    for (const _ of [1, 2]) expect(await place.tick()).toMatchObject({ exitCode: 3, stderr: `${CLOSED}\n` });
    expect(place.held).toEqual(held);
    expect(existsSync(place.state('history.jsonl'))).toBe(false);
    expect(await place.call('apply')).toMatchObject({ exitCode: 3 });
    expect(await place.call(`apply --at ${commit} --reason x`)).toMatchObject({ exitCode: 3 });
    expect(place.held).toEqual(held);
    await place.call(`trust ${commit} --reason looked-at-it`);
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.units()['ds01-student.slice']).toContain('TasksMax=131072');
    expect((await place.call('status')).exitCode).toBe(0);
  });

  it('is not what installing once more does', async () => {
    const place = await FollowedPlace.following();
    await place.world.orphan();
    await place.tick();
    await place.record({ kind: 'install', by: 'root', remote: 'somewhere' });
    expect(await place.tick()).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(/does not descend from/) });
  });

  it('says what is missing, and records nothing', async () => {
    const place = await FollowedPlace.following();
    const before = place.contentsOf('root');
    for (const [line, words] of [
      ['trust --reason x', /^COMMIT is missing\n$/],
      [
        'trust main --reason x',
        /^"main" is not the full name of a commit: 40 digits 0-9 and a-f; git ls-remote \S+ main prints it\n$/,
      ],
      [`trust ${'A'.repeat(40)} --reason x`, /is not the full name of a commit/],
      [`trust ${'a'.repeat(39)} --reason x`, /is not the full name of a commit/],
      [`trust ${'a'.repeat(40)}`, /^--reason TEXT is missing: why, for those who will ask\n$/],
    ] as const) {
      const { exitCode, stdout, stderr } = await place.call(line);
      expect([line, exitCode, stdout]).toEqual([line, 64, '']);
      expect(stderr).toMatch(words);
    }
    expect(place.contentsOf('root')).toEqual(before);
  });
});

describe.concurrent('apply on a host that follows a branch', () => {
  it('with --at takes an earlier commit, pauses, and is over with resume', async () => {
    const place = await FollowedPlace.following();
    const first = place.standing.applied?.commit ?? '';
    const held = place.held;
    const second = await place.changeTasks();
    await place.tick();
    const third = await place.commit({ 'README.md': 'x\n' });
    await place.tick();
    const emergency = await place.run(`apply --root root --at ${first.slice(0, 7)} --reason jobs-fail`);
    expect(emergency).toMatchObject({ exitCode: 0, stderr: '' });
    expect(emergency.stdout).toMatch(/TasksMax +131072 -> 65536 /);
    expect(emergency.stdout).toMatch(
      /\napplied 1 change to root\npaused until \S+ \S+ UTC: jobs-fail\nnothing is applied/,
    );
    expect(place.held).toEqual(held);
    expect(place.standing).toMatchObject({
      ...{ applied: { commit: first }, anchor: { commit: third } },
      pause: { reason: 'jobs-fail' },
    });
    expect(place.records.at(-1)).toMatchObject({ cause: 'by-hand', reason: 'jobs-fail', by: expect.any(String) });
    // From here on, time is that of the machine.
    place.now = new Date();
    const paused = await place.tick();
    const waits = `commit ${short(third)} waits: 0 to create, 1 to update, 0 to remove\n`;
    expect(paused).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(waits) });
    expect(place.held).toEqual(held);
    // Another one while it is paused.
    expect(await place.call(`apply --at ${second} --reason x --for 1h`)).toMatchObject({ exitCode: 0 });
    expect(place.standing.applied?.commit).toBe(second);
    await place.call('resume');
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.standing).toMatchObject({ applied: { commit: third }, anchor: { commit: third } });
    expect((await place.call('status')).exitCode).toBe(0);
  });

  it('with --at takes nothing that was never trusted, and nothing that is no commit', async () => {
    const place = await FollowedPlace.following();
    const first = place.standing.applied?.commit ?? '';
    const evil = await place.world.orphan();
    await place.tick();
    const before = [place.held, place.records.length];
    for (const [at, words] of [
      [evil, /was never trusted on this host: apply --at takes what the newest trusted commit descends from/],
      ['0'.repeat(40), /is not one commit of this host's repository/],
      ['0123456', /is not one commit of this host's repository/],
      ['HEAD~1', /is not a commit: write at least 7 of its 40 digits/],
    ] as const) {
      const { exitCode, stdout, stderr } = await place.call(`apply --reason x --at ${at}`);
      expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
      expect(stderr).toMatch(words);
    }
    const mute = await place.call(`apply --at ${first}`);
    expect(mute).toMatchObject({ exitCode: 64, stderr: expect.stringMatching(/^--reason TEXT is missing/) });
    expect(await place.call(`apply --at ${first} --reason x --for 8d`)).toMatchObject({ exitCode: 64 });
    expect([place.held, place.records.length]).toEqual(before);
  });

  it('without it takes the newest now, and shows what that changes', async () => {
    const place = await FollowedPlace.following();
    const commit = await place.changeTasks();
    await place.call('fetch');
    const wrong = await place.call(`apply --expect ${'0'.repeat(64)}`);
    expect(wrong.exitCode).toBe(3);
    expect(wrong.stderr).toMatch(/is refused: this plan has digest [0-9a-f]{64}, not 0000/);
    // It was somebody's word that did not fit, and not the commit.
    expect(place.standing.refused).toBeUndefined();
    const { exitCode, stdout, stderr } = await place.call('apply');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/TasksMax +65536 -> 131072/);
    expect(stdout).toContain(`commit ${short(commit)} is applied and in force: 1 change\n`);
    expect(place.report).toMatchObject({ exitCode: 0, newest: commit });
  });
});
