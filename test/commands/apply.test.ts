import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contents, listing, memberFile, onDay, Place, PROGRAM, UNITS } from './world.ts';

const NOTHING = { exitCode: 0, stdout: 'nothing differs\n', stderr: '' };
const OWN_LIMITS = 'expires: never\nlimits:\n  per_member: { memory_max: 16G }\n';

async function digestOf(place: Place): Promise<string> {
  return JSON.parse((await place.run('plan --root root --format json')).stdout).digest;
}

describe.concurrent('apply', () => {
  it('writes what plan showed, and says so', async () => {
    const place = new Place();
    const plan = await place.run('plan --root root --on 2026-03-01');
    const apply = await place.run('apply --root root');
    const stdout = `${plan.stdout}applied 10 changes to root\n`;
    expect({ ...apply, stdout: onDay(apply.stdout) }).toEqual({ exitCode: 0, stdout, stderr: '' });
    expect(contents(place.at('root', UNITS)).map((line) => line.replace(/ ".*/, ''))).toEqual([
      'folder 755 ds01-admin-.slice.d',
      'file 644 ds01-admin-.slice.d/50-ds01-policy.conf',
      'file 644 ds01-admin-datasciencelab.slice',
      'file 644 ds01-admin.slice',
      'folder 755 ds01-researcher-.slice.d',
      'file 644 ds01-researcher-.slice.d/50-ds01-policy.conf',
      'file 644 ds01-researcher-204214.slice',
      'file 644 ds01-researcher-s_kaiser.slice',
      'file 644 ds01-researcher.slice',
      'folder 755 ds01-student-.slice.d',
      'file 644 ds01-student-.slice.d/50-ds01-policy.conf',
      'file 644 ds01-student.slice',
      'file 644 ds01.slice',
    ]);
    const [record, ...more] = place.history();
    expect(more).toEqual([]);
    expect(record).toMatchObject({ version: 1, result: 'applied', digest: /^digest (.*)$/m.exec(plan.stdout)?.[1] });
  });

  it('says one change where it is one', async () => {
    const place = await Place.applied();
    place.edit('groups/student.yaml', '65536', '131072');
    const { exitCode, stdout } = await place.run('apply --root root');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\napplied 1 change to root\n$/);
    expect(place.units()['ds01-student.slice']).toContain('\nTasksMax=131072\n');
  });

  it('Law 2: after it nothing differs, and a second time it writes nothing', async () => {
    const place = await Place.applied({ 'members/own.yaml': memberFile('own', 'student', OWN_LIMITS) });
    const before = listing(place.at('root'));
    expect(before.length).toBeGreaterThan(20);
    expect(await place.run('plan --root root --check')).toEqual(NOTHING);
    expect(await place.run('apply --root root')).toEqual(NOTHING);
    expect(listing(place.at('root'))).toEqual(before);
  });

  it('Law 4: writes nothing when policy has errors, and shows them', async () => {
    const place = await Place.applied();
    const before = listing(place.at('root'));
    place.edit('groups/student.yaml', 'memory_max: 32G', 'memory_max: 32g');
    const { exitCode, stdout, stderr } = await place.run('apply --root root');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(
      /^policy\/groups\/student.yaml:6:46: error: .*\n(.*\n)*1 error\npolicy has errors: nothing was changed\n$/,
    );
    expect(listing(place.at('root'))).toEqual(before);
  });

  it('brings back the bytes of before when policy is reverted', async () => {
    const place = await Place.applied();
    const before = contents(place.at('root/etc'));
    const site = 'min_tasks_max: 4096';
    place.edit('site.yaml', site, 'min_tasks_max: 512');
    place.edit('groups/student.yaml', '65536', '512');
    place.policy({ 'members/own.yaml': memberFile('own', 'researcher', OWN_LIMITS) });
    expect((await place.run('apply --root root')).exitCode).toBe(0);
    const between = contents(place.at('root/etc'));
    expect(between).not.toEqual(before);
    expect(between.join('\n')).toContain('ds01-researcher-own.slice.d/50-ds01-policy.conf');
    place.edit('site.yaml', 'min_tasks_max: 512', site);
    place.edit('groups/student.yaml', '512', '65536');
    place.policy({ 'members/own.yaml': undefined });
    expect((await place.run('apply --root root')).exitCode).toBe(0);
    expect(contents(place.at('root/etc'))).toEqual(before);
    expect(place.history().map(({ result }) => result)).toEqual(['applied', 'applied', 'applied']);
  });

  it('sets the modes, whatever the umask is', async () => {
    const place = new Place({ 'members/own.yaml': memberFile('own', 'student', OWN_LIMITS) });
    const { exitCode } = await place.shell(`umask 077; rmdir root; mkdir root; exec ${PROGRAM} apply --root root`);
    expect(exitCode).toBe(0);
    const modes = new Map(listing(place.at('root')).map(({ path, mode }) => [path, mode]));
    // Whoever can open the lock can hold it, and nobody would notice for a while.
    expect(modes.get('var/lib/ds01-policy/lock')).toBe('600');
    modes.delete('var/lib/ds01-policy/lock');
    const wrong = listing(place.at('root')).filter(({ path, kind }) => {
      return modes.has(path) && modes.get(path) !== (kind === 'folder' ? '755' : '644');
    });
    expect(wrong.map(({ path, mode }) => `${mode} ${path}`)).toEqual([]);
    expect([...modes.keys()]).toContain('var/lib/ds01-policy/history.jsonl');
  });
});

describe.concurrent('apply --expect', () => {
  it('applies the plan with this digest', async () => {
    const place = new Place();
    const { exitCode, stdout } = await place.run(`apply --root root --expect ${await digestOf(place)}`);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\napplied 10 changes to root\n$/);
  });

  it('refuses any other, and names the one it has', async () => {
    const place = new Place();
    const expected = await digestOf(place);
    place.edit('groups/student.yaml', '65536', '131072');
    const { exitCode, stdout, stderr } = await place.run(`apply --root root --expect ${expected}`);
    expect(exitCode).toBe(3);
    expect(stdout).toContain('TasksMax          none -> 131072');
    expect(stderr).toBe(
      `refused: this plan has digest ${await digestOf(place)}, not ${expected}: look at it with plan, then expect this one\nnothing was changed\n`,
    );
    expect(listing(place.at('root/etc'))).toEqual([]);
  });
});

describe.concurrent('Law 5: apply touches nothing of others', () => {
  it('whatever it is called and wherever it is', async () => {
    const place = new Place();
    const others = {
      'ssh.service': '[Service]\n',
      'user.slice': '[Slice]\n',
      'user.slice.d/50-ds01-policy.conf': '[Slice]\nTasksMax=1\n',
      'ds01.service': '[Service]\n',
      'ds010.slice': '[Slice]\n',
      'ds01-vip.slice': '[Slice]\nTasksMax=7\n',
      'ds01-vip.slice.d/50-ds01-policy.conf': '[Slice]\nTasksMax=7\n',
      // Of slices that policy decides about, others may say anything but limits.
      'ds01-student-.slice.d/90-local.conf': '[Slice]\nTasksAccounting=no\n',
      'ds01-student-own.slice.d/90-local.conf': '[Unit]\nDocumentation=man:ls\n',
      'ds01-student.slice.wants/x': '',
    };
    for (const [path, text] of Object.entries(others)) place.write(`root/${UNITS}/${path}`, text);
    place.write('root/etc/hostname', 'ds01\n');
    const stateOf = () =>
      listing(place.at('root/etc')).filter(({ path }) => path.replace('systemd/system/', '') in others);
    const before = stateOf();
    expect(before).toHaveLength(Object.keys(others).length);
    place.policy({ 'members/own.yaml': memberFile('own', 'student', OWN_LIMITS) });
    expect((await place.run('apply --root root')).exitCode).toBe(0);
    expect(stateOf()).toEqual(before);
    // A drop-in folder of ours stays when something of somebody else's is in it.
    place.policy({ 'members/own.yaml': undefined });
    const { exitCode, stdout } = await place.run('apply --root root');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('- ds01-student-own.slice.d/50-ds01-policy.conf');
    expect(stdout).toContain(
      'left alone: 4 files of site "ds01" that ds01-policy did not write: ds01-student-.slice.d/90-local.conf, ds01-student-own.slice.d/90-local.conf, ds01-vip.slice, ds01-vip.slice.d/50-ds01-policy.conf\n',
    );
    expect(stateOf()).toEqual(before);
    expect(await place.run('plan --root root --check')).toMatchObject({ exitCode: 0 });
  });
});

describe.concurrent('two runs at once', () => {
  it('exit 75 while another holds the lock, and work when it is free', async () => {
    const place = new Place();
    mkdirSync(place.at('root/var/lib/ds01-policy'), { recursive: true });
    const holder = spawn('flock', [place.at('root/var/lib/ds01-policy/lock'), 'cat']);
    holder.stdin.write('locked\n');
    await once(holder.stdout, 'data');
    expect(await place.run('apply --root root')).toEqual({
      exitCode: 75,
      stdout: '',
      stderr: 'ds01-policy: another run holds the lock root/var/lib/ds01-policy/lock\nnothing was changed\n',
    });
    expect(listing(place.at('root/etc'))).toEqual([]);
    // Looking needs no lock.
    expect((await place.run('plan --root root --check')).exitCode).toBe(2);
    holder.stdin.end();
    await once(holder, 'close');
    expect((await place.run('apply --root root')).exitCode).toBe(0);
  });

  it('one works, the others find the lock held or nothing to do', async () => {
    const place = new Place();
    const runs = await Promise.all(Array.from({ length: 4 }, () => place.run('apply --root root')));
    const codes = runs.map(({ exitCode }) => exitCode);
    expect(codes.filter((code) => code !== 0 && code !== 75)).toEqual([]);
    expect(runs.filter(({ stdout }) => stdout.includes('applied 10 changes'))).toHaveLength(1);
    expect(place.history()).toHaveLength(1);
    expect(await place.run('plan --root root --check')).toEqual(NOTHING);
    expect(listing(place.at('root')).filter(({ path }) => path.includes('tmp'))).toEqual([]);
  });

  it('says what is missing when there is no flock(1)', async () => {
    const place = new Place();
    const node = process.execPath;
    const { exitCode, stderr } = await place.shell(
      `PATH=/nonexistent; ${PROGRAM.replace(/^node/, node)} apply --root root`,
    );
    expect(exitCode).toBe(4);
    expect(stderr).toBe(
      'ds01-policy: take the lock: flock(1) is not installed; it is in the package util-linux\nthe host is as it was before\n',
    );
    expect(listing(place.at('root/etc'))).toEqual([]);
  });
});

describe.concurrent('apply without a host', () => {
  it('makes no root', async () => {
    const place = new Place();
    rmSync(place.at('root'), { recursive: true });
    expect(await place.run('apply --root root')).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'ds01-policy: root is missing: no such folder\nnothing was changed\n',
    });
    expect(listing(place.folder).filter(({ path }) => path === 'root')).toEqual([]);
  });
});
