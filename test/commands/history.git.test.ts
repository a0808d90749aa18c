import { appendFileSync, chmodSync, chownSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unprivilegedAsync } from '../support/temporary-folder.ts';
import { FollowedPlace, short } from './followed-place.ts';
import { memberFile, Place } from './world.ts';

describe.concurrent('history', () => {
  it('of a host on which nothing has happened yet', async () => {
    const place = new Place();
    expect(await place.run('history --root root')).toEqual({
      exitCode: 0,
      stdout: 'nothing has happened yet\n',
      stderr: '',
    });
  });

  it('of one account: what it had, since when, through which commit', async () => {
    const place = await FollowedPlace.following();
    const granted = await place.commit({ 'members/a.yaml': memberFile('a', 'researcher', 'expires: 2026-03-02\n') });
    await place.tick();
    const raised = await place.change('groups/researcher.yaml', '65536', '131072');
    await place.tick();
    await place.changeTasks();
    await place.tick();
    place.pass({ days: 1 });
    await place.tick();
    const { exitCode, stdout, stderr } = await place.call('history a');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toBe('a@hertie-school.lan');
    const at = (when: string, commit: string) =>
      expect.stringMatching(new RegExp(`^${when} UTC  through commit ${short(commit)}`));
    expect(lines).toEqual(
      expect.arrayContaining([
        at('2026-03-02 11:02', granted),
        '  group student → researcher until 2026-03-02',
        at('2026-03-02 11:03', raised),
        '  ds01-researcher.slice  TasksMax 65536 → 131072',
        expect.stringMatching(/^2026-03-03 11:05 UTC .*\(day\)/),
        '  group researcher → student',
      ]),
    );
    // The students' limits were none of its business while it was no student.
    expect(stdout).not.toContain('11:04');
    const json = JSON.parse((await place.call('history a --format json')).stdout);
    expect(json).toMatchObject({
      ...{ version: 1, whole: true },
      entries: expect.arrayContaining([
        expect.objectContaining({ commit: granted, author: 'Tester <tester@example.org>', cause: 'commit' }),
        expect.objectContaining({
          commit: raised,
          limits: [{ slice: 'ds01-researcher.slice', key: 'TasksMax', before: '65536', after: '131072' }],
        }),
      ]),
    });
    expect(await place.call('history b')).toMatchObject({ exitCode: 0 });
  });

  it('claims nothing of what cannot be an account', async () => {
    const place = await FollowedPlace.following();
    for (const spelling of ['!!', '204214@elsewhere.example.org']) {
      expect(await place.call(`history ${spelling}`)).toMatchObject({
        exitCode: 64,
        stdout: '',
        stderr: `"${spelling}" is not an account of this site: write name@hertie-school.lan\n`,
      });
    }
  });

  it('says to programs what is in the file, and that it is whole', async () => {
    const place = await FollowedPlace.following();
    await place.call('pause --reason x');
    const { exitCode, stdout } = await place.call('history --format json');
    const { version, whole, entries } = JSON.parse(stdout);
    expect({ exitCode, version, whole }).toEqual({ exitCode: 0, version: 1, whole: true });
    expect(entries).toEqual(place.records);
  });

  it('finds a line that was changed, taken out, or put in, and shows only what was before it', async () => {
    const place = await FollowedPlace.following();
    await place.call('pause --reason x');
    await place.call('resume');
    const file = place.state('history.jsonl');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const [, second = ''] = lines;
    for (const [changed, line] of [
      [lines.with(1, second.replace('Tester', 'Nobody')), 3],
      [lines.toSpliced(1, 1), 2],
      [lines.toSpliced(1, 0, second), 3],
      [lines.with(1, 'garbage'), 2],
    ] as const) {
      writeFileSync(file, `${changed.join('\n')}\n`);
      const { exitCode, stdout, stderr } = await place.call('history');
      expect(exitCode).toBe(2);
      expect(stderr).toBe(
        `line ${line} of the history does not fit to the line before it: one of them was changed, taken out or put in by hand; what follows is not shown\n`,
      );
      expect(stdout).not.toContain('paused');
      const { whole, broken, entries } = JSON.parse((await place.call('history --format json')).stdout);
      expect({ whole, broken, shown: entries.length }).toEqual({ whole: false, broken: line, shown: line - 1 });
    }
  });

  it('knows nothing of half a line that a killed run has left', async () => {
    const place = await FollowedPlace.following();
    appendFileSync(place.state('history.jsonl'), '{"version":1,"at":');
    expect(await place.call('history')).toMatchObject({ exitCode: 0, stderr: '' });
    await place.changeTasks();
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await place.call('history')).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('anybody', () => {
  it('may ask for history and status, and nothing is written', async () => {
    const place = await FollowedPlace.following();
    await place.tick();
    // The folder of the tests is closed to others, the host is not.
    chmodSync(dirname(place.folder), 0o755);
    await place.shell('chmod -R a-w root');
    const before = place.contentsOf('root');
    const [all, status, asked] = await unprivilegedAsync(async () => [
      await place.call('history'),
      await place.call('status'),
      await place.call('status --verified-within 5min'),
    ]);
    expect(all).toMatchObject({ exitCode: 0, stderr: '' });
    expect(status).toMatchObject({ exitCode: 0, stderr: '' });
    expect(asked).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    // What changes something says that it may not.
    for (const line of ['pause --reason x', 'resume', `trust ${'a'.repeat(40)} --reason x`]) {
      const { exitCode, stdout, stderr } = await unprivilegedAsync(() => place.call(line));
      expect([line, exitCode, stdout]).toEqual([line, 4, '']);
      expect(stderr).toMatch(/^(take the lock|write the history): EACCES/);
    }
    // Also whoever may take the lock.
    if (process.getuid?.() === 0) chownSync(place.state('lock'), 65_534, 65_534);
    const { exitCode, stderr } = await unprivilegedAsync(() => place.call('resume'));
    expect([exitCode, stderr]).toEqual([4, expect.stringMatching(/^write the history: EACCES/)]);
    await place.shell('chmod -R u+w root');
    expect(place.contentsOf('root').map((line) => line.replace(/ [0-7]+ /, ' '))).toEqual(
      before.map((line) => line.replace(/ [0-7]+ /, ' ')),
    );
  });
});

describe.concurrent('status --verified-within, which the watchdog asks', () => {
  it('is 0 as long as a run has found the newest commit in force, and says nothing', async () => {
    const place = await FollowedPlace.following();
    const line = 'status --verified-within 5min';
    expect(await place.call(line)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    place.pass({ minutes: 5 });
    expect(await place.call(line)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    place.pass({ minutes: 1 });
    const late = await place.call(line);
    expect(late).toMatchObject({ exitCode: 2, stdout: '' });
    expect(late.stderr).toMatch(
      /^the newest commit was not found in force since 2026-03-02[ T]11:01.*; the last run, at 2026-03-02[ T]11:01/,
    );
    rmSync(place.at('root/run'), { recursive: true });
    expect(await place.call(line)).toMatchObject({
      ...{ exitCode: 2, stdout: '' },
      stderr: expect.stringMatching(/no run was seen: systemctl status ds01-policy\.timer\n$/),
    });
  });

  it('is 2 with the reason when the newest commit is refused', async () => {
    const place = await FollowedPlace.following();
    await place.commit({ 'members/a.yaml': 'group: student\n' });
    for (let minutes = 0; minutes < 3; minutes++) await place.tick();
    const { exitCode, stdout, stderr } = await place.call('status --verified-within 2min');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/"accounts" is missing/);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it('is 0 while it is paused: a pause is a word of somebody, and ends by itself', async () => {
    const place = await FollowedPlace.following();
    await place.call('pause --for 1h --reason x');
    place.pass({ minutes: 59 });
    expect(await place.call('status --verified-within 5min')).toEqual({ exitCode: 0, stdout: 'paused\n', stderr: '' });
    place.pass({ minutes: 2 });
    expect(await place.call('status --verified-within 5min')).toMatchObject({ exitCode: 2 });
  });

  it('takes nothing that is no time', async () => {
    const place = await FollowedPlace.following();
    for (const text of ['5', 'soon', 'unlimited', '-5min']) {
      const { exitCode, stdout } = await place.call(`status --verified-within ${text}`);
      expect([text, exitCode, stdout]).toEqual([text, 64, '']);
    }
  });
});

describe.concurrent('status of a host that follows a branch', () => {
  it('says before the first run that nothing is applied, to people and to programs', async () => {
    const place = await FollowedPlace.installed();
    const { exitCode, stdout, stderr } = await place.call('status');
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(stdout).toMatch(
      /^follows main of \S+, any commit that descends\n {2}no commit is applied\n {2}no run since the machine was started\n/,
    );
    const json = await place.call('status --format json');
    expect(json.exitCode).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({
      version: 1,
      follow: { branch: 'main', upToDate: false, lags: [{ kind: 'unverified' }] },
    });
  });

  it('says when nothing was heard of the timer for too long', async () => {
    const place = await FollowedPlace.following();
    place.pass({ minutes: 5 });
    expect((await place.call('status')).exitCode).toBe(0);
    place.pass({ minutes: 1 });
    const { exitCode, stdout } = await place.call('status');
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/no run has found the newest commit in force.*systemctl status ds01-policy\.timer/);
  });
});
