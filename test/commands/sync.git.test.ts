import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Run } from '../support/run-cli.ts';
import { FollowedPlace, short } from './followed-place.ts';
import { listing, memberFiles, UNITS } from './world.ts';

describe('a commit that was pushed', () => {
  it.concurrent('is in force after the next run, and a revert of it restores the earlier bytes', async () => {
    const place = await FollowedPlace.installed();
    const first = await place.world.head();
    expect(await place.run('fetch --root root')).toEqual({
      exitCode: 0,
      stdout: `main is at ${short(first)}, for the first time\n`,
      stderr: '',
    });
    expect(await place.run('sync --root root')).toEqual({
      exitCode: 0,
      stdout: `commit ${short(first)} is applied and in force: 10 changes\n`,
      stderr: '',
    });
    const before = place.held;
    expect(before.join('\n')).toContain('TasksMax=65536');

    const second = await place.changeTasks();
    expect(await place.run('fetch --root root')).toEqual({
      exitCode: 0,
      stdout: `main moved from ${short(first)} to ${short(second)}\n`,
      stderr: '',
    });
    // What has come is shown before it is taken.
    const pending = await place.run('status --root root');
    expect(pending).toMatchObject({ exitCode: 2, stderr: '' });
    expect(pending.stdout).toContain(`  commit ${short(second)} has come, and the next run takes it\n`);
    expect(await place.run('sync --root root')).toEqual({
      exitCode: 0,
      stdout: `commit ${short(second)} is applied and in force: 1 change\n`,
      stderr: '',
    });
    expect(place.units()['ds01-student.slice']).toContain('TasksMax=131072');

    const third = await place.revert(second);
    expect((await place.run('fetch --root root')).exitCode).toBe(0);
    expect(await place.run('sync --root root')).toEqual({
      exitCode: 0,
      stdout: `commit ${short(third)} is applied and in force: 1 change\n`,
      stderr: '',
    });
    expect(place.held).toEqual(before);
    expect(place.records.map(({ kind }) => kind)).toEqual(['install', 'apply', 'apply', 'apply']);
  });

  it.concurrent('is what status and history speak of', async () => {
    const place = await FollowedPlace.following();
    const first = place.standing.applied?.commit;
    const second = await place.changeTasks();
    await place.tick();
    place.pass({ minutes: 2 });
    const { exitCode, stdout, stderr } = await place.call('status');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n\n')[1]).toBe(
      `follows main of ${place.world.remote}, any commit that descends
  commit ${short(second)}, applied 2026-03-02 11:02 UTC (2 minutes ago)
  last run 2026-03-02 11:02 UTC (2 minutes ago): commit ${short(second)} is applied and in force: 1 change
  verified 2026-03-02 11:02 UTC (2 minutes ago)`,
    );
    const { follow } = JSON.parse((await place.call('status --format json')).stdout);
    expect(follow).toMatchObject({
      ...{ remote: place.world.remote, branch: 'main', trust: 'none', host: 'ds01', upToDate: true, lags: [] },
      ...{ applied: { commit: second }, anchor: { kind: 'commit', commit: second } },
      ...{ run: { exitCode: 0, newest: second, verifiedAt: '2026-03-02T11:02:00.000Z' } },
    });
    // Of the configuration, what is followed; what is said of a pause is said of one that there is.
    expect(follow).not.toHaveProperty('pause');
    const history = await place.call('history');
    expect({ ...history, stdout: history.stdout.replace(/[0-9.]+ s$/gm, 'TIME') }).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringContaining(
        `2026-03-02 11:02 UTC  applied  commit ${short(second)} (commit): 1 change, TIME
  written by Tester <tester@example.org>
  update ds01-student.slice
    TasksMax 65536 → 131072
2026-03-02 11:01 UTC  applied  commit ${short(first)} (commit): 10 changes, TIME
`,
      ),
    });
  });
});

/** Programs that write down that they were started, and then are what they are called. What those start is not counted. */
function spies(place: FollowedPlace): { readonly PATH: string } {
  for (const program of ['git', 'flock']) {
    const real = `PATH=${process.env.PATH} exec ${program} "$@"`;
    place.write(`spies/${program}`, `#!/bin/sh\necho ${program} >> ${place.at('started')}\n${real}\n`);
    chmodSync(place.at('spies', program), 0o755);
  }
  return { PATH: `${place.at('spies')}:${process.env.PATH}` };
}

const started = (place: FollowedPlace) => {
  return existsSync(place.at('started')) ? readFileSync(place.at('started'), 'utf8').trimEnd().split('\n') : [];
};

describe('a run without news', () => {
  it.concurrent('starts what holds the lock and no git, and writes only how it went', async () => {
    const place = await FollowedPlace.following();
    const state = place.contentsOf('root/var');
    const env = spies(place);
    expect(await place.run('sync --root root', env)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(started(place)).toEqual(['flock']);
    expect(place.contentsOf('root/var')).toEqual(state);
  });

  it.concurrent('asks the remote once, and looks at nothing else', async () => {
    const place = await FollowedPlace.following();
    const state = place.contentsOf('root/var');
    expect(await place.run('fetch --root root', spies(place))).toMatchObject({ exitCode: 0, stderr: '' });
    expect(started(place)).toEqual(['git']);
    expect(place.contentsOf('root/var')).toEqual(state);
  });
});

describe('a host that follows nothing', () => {
  it.concurrent('says how to begin', async () => {
    const place = await FollowedPlace.following();
    place.remove('root/etc/ds01-policy/config.yaml');
    const before = place.contentsOf('root');
    for (const line of ['fetch', 'sync', 'resume', 'pause --reason x', `trust ${'a'.repeat(40)} --reason x`]) {
      const { exitCode, stdout, stderr } = await place.call(line);
      expect([line, exitCode, stdout]).toEqual([line, 3, '']);
      expect(stderr).toBe('this host follows no repository: ds01-policy install --remote URL sets it up\n');
    }
    expect(place.contentsOf('root')).toEqual(before);
  });

  it.concurrent('and one whose configuration has errors says where, and changes nothing', async () => {
    const place = await FollowedPlace.following();
    place.configure('intervall: 1min\n');
    await place.changeTasks();
    const before = place.units();
    const { exitCode, stdout, stderr } = await place.run('sync --root root');
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toMatch(
      /^ds01-policy: the configuration has errors: \/etc\/ds01-policy\/config\.yaml:5:1: key "intervall" .*; write "interval"\nnothing was changed\n$/,
    );
    expect(place.units()).toEqual(before);
  });

  it.concurrent('one that is a clone of another says so', async () => {
    const place = await FollowedPlace.following({}, `machine_id: ${'a'.repeat(32)}\n`);
    place.write('root/etc/machine-id', `${'b'.repeat(32)}\n`);
    await place.changeTasks();
    const before = place.held;
    expect(await place.tick()).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringContaining('a clone') });
    expect(place.held).toEqual(before);
    expect(place.report).toMatchObject({ exitCode: 3, outcome: expect.stringContaining('a clone') });
    expect(existsSync(place.at('root', UNITS, 'ds01-student.slice'))).toBe(true);
  });
});

describe('twenty starts at once', () => {
  it('are one run: the others say that it holds the lock, or find nothing to do', async () => {
    const place = await FollowedPlace.following();
    const commit = await place.changeTasks();
    await place.call('fetch');
    const { length } = place.records;
    // Two as programs; the lock is one of the kernel, and does not care.
    const programs = [place.run('sync --root root'), place.run('sync --root root')];
    const runs = await Promise.all([...programs, ...Array.from({ length: 18 }, () => place.call('sync'))]);
    expect([...new Set(runs.map(({ exitCode }) => exitCode))].sort()).toEqual([0, 75]);
    const done = `^commit ${short(commit)} is (applied and in force: 1 change|in force: nothing had to be done)\n$`;
    for (const { exitCode, stdout, stderr } of runs) {
      if (exitCode === 75) expect(stderr).toMatch(/another run holds the lock .*\/lock\n/);
      else expect(stdout).toMatch(new RegExp(done));
    }
    expect(place.records.length).toBe(length + 1);
    expect(place.standing.applied?.commit).toBe(commit);
  });

  it('and so are twenty of the unprivileged step', async () => {
    const place = await FollowedPlace.following();
    const commit = await place.changeTasks();
    const runs = await Promise.all(Array.from({ length: 20 }, () => place.call('fetch')));
    expect(runs.filter(({ exitCode }) => exitCode !== 0 && exitCode !== 75)).toEqual([]);
    expect(runs.some(({ exitCode }) => exitCode === 0)).toBe(true);
    expect(await place.tick()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.standing.applied?.commit).toBe(commit);
  });
});

/** Loaded before the program: kills it, as `kill -9` does, when it is about to call something with a path for the n-th time. */
function killer(call: string, path: RegExp, n: number): string {
  const code = `import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
const { ${call}: original } = fs;
let count = 0;
fs.${call} = (path, ...rest) => {
  if (${path}.test(path) && ++count === ${n}) process.kill(process.pid, 'SIGKILL');
  return original(path, ...rest);
};
syncBuiltinESMExports();`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
}

/** Runs again as long as the kernel has not closed the files of a killed run: its lock goes with them. */
async function settled(place: FollowedPlace): Promise<Run> {
  for (let attempt = 0; ; attempt++) {
    const run = await place.call('sync');
    if (run.exitCode !== 75 || attempt === 40) return run;
    await wait(50);
  }
}

describe('a run that is killed', () => {
  it.concurrent.each([
    ['before it takes the fetched commits in', 'open', /incoming/, 1, ['apply']],
    ['before the policy of the commit is in its place', 'rename', /commits/, 1, ['apply']],
    ['when half of the units are in their places', 'rename', /systemd.system/, 4, ['apply', 'apply']],
    ['before it is recorded', 'open', /history.jsonl/, 3, ['apply', 'apply']],
  ] as const)('%s: the next one settles it', async (_when, call, path, n, kinds) => {
    const place = await FollowedPlace.following();
    const { length } = place.records;
    const commit = await place.commit(memberFiles(6, 'researcher'));
    await place.call('fetch');
    const killed = await place.run('sync --root root', { NODE_OPTIONS: killer(call, path, n) });
    expect(killed).toEqual({ exitCode: undefined, stdout: '', stderr: '' });
    expect(await settled(place)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(place.standing).toMatchObject({ applied: { commit }, anchor: { commit } });
    expect(Object.keys(place.units()).filter((name) => /^ds01-researcher-m00\d\.slice$/.test(name)).length).toBe(6);
    expect(place.records.slice(length).map(({ kind }) => kind)).toEqual(kinds);
    const paths = listing(place.state()).map(({ path }) => path);
    expect(paths.filter((path) => /ds01-policy-tmp|incoming|journal/.test(path))).toEqual([]);
    expect((await place.call('status')).exitCode).toBe(0);
    expect((await place.call('history')).exitCode).toBe(0);
  });
});
