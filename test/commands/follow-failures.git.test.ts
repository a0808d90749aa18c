import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FollowedPlace, short } from './followed-place.ts';
import { PROGRAM } from './world.ts';

const REPORT = 'root/run/ds01-policy/last-run.json';

describe.concurrent('a host that fails', () => {
  it('is tried again later and later, and at once for another commit, which is not to blame', async () => {
    const place = await FollowedPlace.following();
    const held = place.held;
    const first = await place.changeTasks();
    mkdirSync(place.state('journal.json'));
    const failed = await place.tick();
    expect(failed).toMatchObject({
      exitCode: 4,
      stdout: '',
      stderr: expect.stringMatching(/^read the journal .* EISDIR/),
    });
    expect(place.report).toMatchObject({
      ...{ exitCode: 4, newest: first, outcome: failed.stderr.trimEnd() },
      backoff: { failures: 1, until: '2026-03-02T11:03:00.000Z' },
    });
    // Due after a minute, and then after two.
    expect(await place.tick()).toMatchObject({ exitCode: 4, stderr: failed.stderr });
    expect(place.report.backoff).toMatchObject({ failures: 2, until: '2026-03-02T11:05:00.000Z' });
    const waits = await place.tick();
    expect(waits).toMatchObject({ exitCode: 4, stdout: '' });
    expect(waits.stderr).toMatch(
      /^the host failed 2 times in a row, next try at 2026-03-02 11:05 UTC: read the journal .*EISDIR.*\n$/,
    );
    expect(place.report).toMatchObject({
      exitCode: 4,
      backoff: { failures: 2 },
      verifiedAt: '2026-03-02T11:01:00.000Z',
    });
    const status = await place.call('status');
    expect(status.exitCode).toBe(2);
    expect(status.stdout).toContain('the host failed 2 times in a row, next try at 2026-03-02 11:05 UTC');
    // Somebody who asks does not have to wait, nor does another commit.
    expect(await place.call('apply')).toMatchObject({ exitCode: 4, stderr: failed.stderr });
    const second = await place.commit({ 'README.md': 'x\n' });
    expect(await place.tick()).toMatchObject({ exitCode: 4, stderr: failed.stderr });
    expect(place.report.backoff).toMatchObject({ failures: 1 });
    expect(place.held).toEqual(held);
    expect(place.standing.refused).toBeUndefined();
    rmdirSync(place.state('journal.json'));
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.standing.applied?.commit).toBe(second);
    expect(place.report.backoff).toBeUndefined();
  });

  it('because its history cannot be read says so, trusts nothing, and goes on when it is back', async () => {
    const place = await FollowedPlace.following();
    const held = place.held;
    const commit = await place.changeTasks();
    const history = place.state('history.jsonl');
    renameSync(history, place.at('history'));
    mkdirSync(history);
    await place.call('fetch');
    const { exitCode, stdout, stderr } = await place.run('sync --root root');
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
    expect(stderr).toMatch(
      /^ds01-policy: read root\/var\/lib\/ds01-policy\/history\.jsonl: EISDIR.*\nthe host is as it was before\n$/,
    );
    expect(place.report).toMatchObject({
      exitCode: 4,
      outcome: expect.stringMatching(/history\.jsonl: EISDIR/),
      backoff: { failures: 1 },
    });
    expect(place.held).toEqual(held);
    for (const verb of ['status', 'history', 'pause --reason x', 'resume', `trust ${commit} --reason x`, 'apply']) {
      expect(await place.call(verb), verb).toMatchObject({
        exitCode: 4,
        stderr: expect.stringMatching(/history\.jsonl: EISDIR/),
      });
    }
    rmdirSync(history);
    renameSync(place.at('history'), history);
    expect(await place.call('apply')).toMatchObject({ exitCode: 0 });
    expect(place.standing.applied?.commit).toBe(commit);
  });

  it('that has lost a part of its state brings it back from what was fetched, and says so until then', async () => {
    const place = await FollowedPlace.following();
    const held = place.held;
    place.remove('root/var/lib/ds01-policy/commits');
    place.remove('root/var/lib/ds01-policy/repository.git');
    for (const verb of ['status', 'plan', 'history a']) {
      const { exitCode, stderr } = await place.call(verb);
      expect([verb, exitCode]).toEqual([verb, 4]);
      expect(stderr).toMatch(
        /^read policy: .*\/policy is not there; the next run writes it again: ds01-policy sync\n$/,
      );
    }
    place.meddle();
    expect(await place.call('sync')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.held).toEqual(held);
    expect((await place.call('status')).exitCode).toBe(0);
    await place.changeTasks();
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('to keep how its last run went goes on without it, and says so', async () => {
    const place = await FollowedPlace.following();
    rmSync(place.at(REPORT));
    mkdirSync(place.at(REPORT));
    const commit = await place.changeTasks();
    const { exitCode, stdout, stderr } = await place.tick();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(
      new RegExp(`^commit ${short(commit)} is applied and in force: 1 change\n.*(EISDIR|ENOTEMPTY|EEXIST).*\n$`),
    );
    expect(await place.call('status')).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('no run') });
  });

  it('whose report of the last run is garbage forgets only that', async () => {
    const place = await FollowedPlace.following();
    for (const text of ['', 'garbage', '{"version":2}', 'null']) {
      writeFileSync(place.at(REPORT), text);
      expect(await place.call('status')).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('no run') });
      expect(await place.call('sync')).toMatchObject({ exitCode: 0, stderr: '' });
      expect((await place.call('status')).exitCode).toBe(0);
    }
  });
});

// A small disk of its own for this process: mount_namespaces(7). Gone when it ends.
const NAMESPACE = process.getuid?.() === 0 ? 'unshare --mount' : 'unshare --user --map-root-user --mount';
const mounts = spawnSync('sh', ['-c', `${NAMESPACE} mount -t tmpfs -o size=64k none /mnt`], { encoding: 'utf8' });
if (mounts.status !== 0) console.warn(`skipped: a full disk; this user cannot mount a small one: ${mounts.stderr}`);

describe.skipIf(mounts.status !== 0)('a disk that is full', () => {
  it('loses nothing: what is applied stays, it is said, and the commit comes into force when there is space', async () => {
    const place = await FollowedPlace.following();
    await place.changeTasks();
    place.write(
      'script.sh',
      `mv root old && mkdir root && mount -t tmpfs -o size=4m none root && cp -a old/. root || exit 99
fill() { head -c 8m /dev/zero > root/full 2> /dev/null; }
list() { find root/etc -type f | sort | xargs sha256sum; }
list > before && fill
${PROGRAM} fetch --root root > fetch.out 2>&1; echo $? > fetch.code
rm root/full
${PROGRAM} fetch --root root > /dev/null || exit 98
fill
${PROGRAM} sync --root root > sync.out 2>&1; echo $? > sync.code
list > after && rm root/full
${PROGRAM} apply --root root > /dev/null || exit 97
cp root/etc/systemd/system/ds01-student.slice .
`,
    );
    expect(await place.shell(`${NAMESPACE} sh script.sh`)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const full = /ENOSPC|No space left/;
    expect([place.text('fetch.code'), place.text('fetch.out')]).toEqual(['4\n', expect.stringMatching(full)]);
    expect([place.text('sync.code'), place.text('sync.out')]).toEqual(['4\n', expect.stringMatching(full)]);
    expect(place.text('sync.out')).toMatch(/the host is as it was before\n$/);
    expect(place.text('after')).toBe(place.text('before'));
    expect(place.text('ds01-student.slice')).toContain('TasksMax=131072');
  });
});
