import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Host, memberText, studentText, UNITS } from './host.ts';

// Policy changes while people work. A container keeps its slice for life, so an account that moves leaves one behind.
let host: Host;
let old: string;

const OLD = 'ds01-student-100001.slice';
const NEW = 'ds01-researcher-100001.slice';
const STUDENT = 'ds01-student.slice';

beforeAll(async () => {
  host = await Host.start();
  const own = 'limits: { per_member: { tasks_max: 16384 } }\n';
  await host.policy('student', { 'members/100001.yaml': memberText('100001', 'student', own) });
  await host.policy('researcher', { 'members/100001.yaml': memberText('100001', 'researcher') });
  await host.apply('student');
  old = await host.hold(OLD);
});

afterAll(async () => {
  await host?.stop();
});

describe('an account that moves to another group while a program runs', () => {
  it('leaves its old slice as it is: the plan names what runs there, and the limits it had stay', async () => {
    const said = await host.apply('researcher');
    expect(said).toContain('100001@hertie-school.lan  gains: student -> researcher');
    expect(said).toContain(
      `${OLD} keeps its limits until these have ended or were made anew: ${old}; new work goes to ${NEW}\n`,
    );
    expect(await host.kernel(OLD, 'pids.max')).toBe('16384');
    expect(await host.read(`${UNITS}/${OLD}`)).toContain('It goes with the last program that runs in it.');
    expect(await host.shell(`systemctl is-active ${old}`)).toBe('active');
  });

  it('is where policy wants it: nothing differs, and nothing is written again', async () => {
    const before = await host.files();
    expect(await host.apply('researcher')).toContain('nothing differs\n');
    expect(await host.files()).toBe(before);
    const { exitCode, stdout } = await host.ds01('status', 'researcher');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${OLD} keeps its limits`);
    expect(stdout).toContain(`├─ ${NEW}`);
  });

  it('loses the old slice with the last program in it', async () => {
    await host.run('systemctl', 'stop', old);
    expect(await host.apply('researcher')).toContain('2 to remove');
    expect(await host.shell(`ls ${UNITS} | grep 100001`)).toBe(NEW);
    expect((await host.ds01('plan --check', 'researcher')).stdout).not.toContain(OLD);
  });

  it('keeps it as its own if it is not listed any more and the slice is that of the default group', async () => {
    await host.apply('student');
    old = await host.hold(OLD);
    expect(await host.apply()).not.toContain('keeps its limits');
    expect(await host.kernel(OLD, 'pids.max')).toBe('max');
    await host.run('systemctl', 'stop', old);
  });

  it('has containers called by their names, if Docker answers', async () => {
    const id = 'c0ffee'.repeat(11).slice(0, 64);
    const args = ['--quiet', '--scope', `--slice=${NEW}`, `--unit=docker-${id}.scope`];
    await host.apply('researcher');
    // In the background, as Docker's own processes are.
    await host.run(
      'systemd-run',
      '--quiet',
      '--unit=memory-docker.service',
      'systemd-run',
      ...args,
      'sleep',
      'infinity',
    );
    await host.shell(
      `for i in $(seq 100); do systemctl is-active docker-${id}.scope && exit 0; sleep 0.1; done; exit 1`,
    );
    const spy = await host.spy('true', '');
    const docker = spy.path.split(':')[0];
    await host.write(`${docker}/docker`, `#!/bin/sh\necho '${id} training-run'\n`);
    await host.shell(`chmod 755 ${docker}/docker`);
    const named = await host.ds01('plan', 'student', { PATH: spy.path });
    expect(named.stdout).toContain(
      `${NEW} keeps its limits until these have ended or were made anew: container training-run;`,
    );
    const unnamed = await host.ds01('plan', 'student');
    expect(unnamed.stdout).toContain(`made anew: container ${id.slice(0, 12)};`);
    await host.run('systemctl', 'stop', `docker-${id}.scope`);
  });
});

describe('a limit that falls', () => {
  it('below the memory that programs hold is refused, and they live', async () => {
    const service = await host.holdMemory('ds01-student-b.slice', 400);
    await host.policy('tight', {
      'groups/student.yaml': studentText('cpu_quota: 1600%, memory_max: 256M, tasks_max: 65536'),
    });
    await host.apply();
    const { exitCode, stderr } = await host.ds01('apply', 'tight');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /^refused: lowers 1 memory limit below what programs hold now, and the kernel would kill them: ds01-student[.]slice holds \d{3}([.]\d)?M, and MemoryMax would be 256M \[memory-below-use\]/,
    );
    expect(await host.kernel(STUDENT, 'memory.max')).toBe(String(32 * 2 ** 30));
    expect(await host.shell(`systemctl is-active ${service}`)).toBe('active');
    await host.run('systemctl', 'stop', service);
  });

  it('again, because what was raised with it could not be applied, does not kill what has grown meanwhile', async () => {
    const quota = 'cpu_quota: 1600%, tasks_max: 65536';
    await host.policy('small', { 'groups/student.yaml': studentText(`${quota}, memory_max: 512M`) });
    await host.policy('large', { 'groups/student.yaml': studentText(`${quota}, memory_max: 2G`) });
    // CPUs that this machine does not have: the kernel refuses.
    const refused = studentText(`${quota}, memory_max: 2G, allowed_cpus: 0-99`);
    await host.policy('refused', { 'groups/student.yaml': refused });
    await host.apply('small');
    const service = await host.holdMemory('ds01-student-b.slice', 300);
    const { home } = host.machine;
    // As soon as the higher limit is in force, the program takes what it now may.
    const grow = `systemctl kill --signal=USR2 ${service}; for i in $(seq 300); do [ -e ${home}/grown ] && break; sleep 0.1; done`;
    const spy = await host.spy(
      'systemctl',
      `REAL "$@" || exit; if [ "$1" = daemon-reload ] && [ ! -e ${home}/grown ]; then PATH=/usr/bin:/bin; ${grow}; fi`,
    );
    const { exitCode, stderr } = await host.ds01('apply', 'refused', { PATH: spy.path });
    expect(stderr).toMatch(
      /the earlier files are back, but not in force: a reload now lowers 1 memory limit below what programs hold now, .*ds01-student[.]slice holds \d+([.]\d)?M, and MemoryMax would be 512M/,
    );
    expect(exitCode).toBe(5);
    expect(await host.shell(`systemctl is-active ${service}`)).toBe('active');
    expect(await host.kernel(STUDENT, 'memory.max')).toBe(String(2 ** 31));
    // What would kill is refused from then on as well, and what would not is applied.
    expect(await host.ds01('apply', 'small')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('[memory-below-use]'),
    });
    await host.apply('large');
    expect((await host.ds01('status', 'large')).exitCode).toBe(0);
    expect(await host.shell(`systemctl is-active ${service}`)).toBe('active');
    await host.run('systemctl', 'stop', service);
  });

  it('shows how much of it is in use now', async () => {
    await host.apply();
    const service = await host.holdMemory('ds01-student-b.slice', 100);
    const burner = 'memory-burner.service';
    await host.run(
      'systemd-run',
      '--quiet',
      '--slice=ds01-student-b.slice',
      `--unit=${burner}`,
      'sh',
      '-c',
      'while :; do :; done',
    );
    await host.policy('lower', {
      'groups/student.yaml': studentText('cpu_quota: 800%, memory_max: 16G, tasks_max: 32768'),
    });
    const { stdout } = await host.ds01('plan', 'lower');
    expect(stdout).toMatch(/CPUQuota +1600% -> 800% +limit falls, [01]\.\d cores in use/);
    expect(stdout).toMatch(/MemoryMax +32G -> 16G +limit falls, 1\d\d(\.\d)?M in use/);
    expect(stdout).toMatch(/TasksMax +65536 -> 32768 +limit falls, \d+ in use/);
    await host.run('systemctl', 'stop', service, burner);
  });
});
