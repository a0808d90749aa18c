import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Machine, MachineRun } from './machine.ts';
import { bootMachine } from './virtual-machine.ts';

// What policy promises, told on a real systemd and a real kernel. The tests are one story, in order.
let machine: Machine;

beforeAll(async () => {
  machine = await bootMachine(inject('image'));
});

afterAll(async () => {
  await machine?.close();
});

describe('the incident of December 2025', () => {
  it('a hand-written TasksMax on the slice of all students stops a program with threads', async () => {
    await write('/etc/systemd/system/ds01-student.slice', '[Slice]\nTasksMax=64\n');
    await run('systemctl', 'daemon-reload');
    await hold('ds01-student-a.slice');
    expect(await kernel('ds01.slice/ds01-student.slice/pids.max')).toBe('64');
    const { exitCode, stderr } = await threads('ds01-student-a.slice', 300);
    expect(stderr).toContain('libgomp: Thread creation failed: Resource temporarily unavailable');
    expect(exitCode).not.toBe(0);
  });

  it('policy does not touch a file that somebody wrote by hand', async () => {
    const { exitCode, stderr } = await machine.run('node', APPLY);
    expect(stderr).toContain('ds01-student.slice exists and was not written by ds01-policy');
    expect(exitCode).toBe(3);
    expect((await run('cat', '/etc/systemd/system/ds01-student.slice')).stdout).toBe('[Slice]\nTasksMax=64\n');
  });

  it('with the file out of the way, policy is applied, and the same program works in the slice that still runs', async () => {
    await run('rm', '/etc/systemd/system/ds01-student.slice');
    expect((await run('node', ...APPLY)).stdout).toContain('applied 10 changes');
    await run('systemctl', 'daemon-reload');
    expect(await kernel('ds01.slice/ds01-student.slice/pids.max')).toBe('65536');
    expect((await threads('ds01-student-a.slice', 300)).stdout).toContain('300 threads');
  });

  it('a second apply changes nothing', async () => {
    const before = await files();
    expect((await run('node', ...APPLY)).stdout).toBe('nothing differs\n');
    const after = await files();
    expect(before).toContain('/ds01-student.slice ');
    expect(after).toBe(before);
  });
});

describe('limits in the kernel', () => {
  it('are what policy says, in every scope that is a slice', async () => {
    expect(await kernel('ds01.slice/ds01-student.slice/cpu.max')).toBe('1600000 100000');
    expect(await kernel('ds01.slice/ds01-student.slice/memory.max')).toBe(String(32 * 2 ** 30));
    await hold('ds01-researcher-204214.slice');
    expect(await kernel('ds01.slice/ds01-researcher.slice/cpu.max')).toBe('12800000 100000');
    expect(await kernel('ds01.slice/ds01-researcher.slice/memory.max')).toBe(String(128 * 2 ** 30));
    expect(await kernel('ds01.slice/ds01-researcher.slice/pids.max')).toBe('65536');
    await hold('ds01-admin-datasciencelab.slice');
    for (const file of ['memory.max', 'pids.max'])
      expect(await kernel(`ds01.slice/ds01-admin.slice/${file}`)).toBe('max');
    expect(await kernel('ds01.slice/ds01-admin.slice/cpu.max')).toBe('max 100000');
  });

  it('hold for a member that no file lists, and a member with limits of its own has those instead', async () => {
    await run('cp', '-r', '/opt/policy', '/opt/changed');
    await write('/opt/changed/groups/student.yaml', STUDENTS);
    await write('/opt/changed/members/100001.yaml', OWN_LIMITS);
    await run('node', ...APPLY.slice(0, -1), '/opt/changed');
    await run('systemctl', 'daemon-reload');
    await hold('ds01-student-100001.slice');
    const student = 'ds01.slice/ds01-student.slice';
    expect(await kernel(`${student}/ds01-student-a.slice/pids.max`)).toBe('8192');
    expect(await kernel(`${student}/ds01-student-a.slice/memory.high`)).toBe(String(2 ** 30));
    expect(await kernel(`${student}/ds01-student-100001.slice/pids.max`)).toBe('16384');
    // Not stated by the member: the group's limit still holds.
    expect(await kernel(`${student}/ds01-student-100001.slice/memory.high`)).toBe(String(2 ** 30));
  });

  it('are back where they were when policy is', async () => {
    await run('node', ...APPLY);
    await run('systemctl', 'daemon-reload');
    expect(await kernel('ds01.slice/ds01-student.slice/ds01-student-a.slice/pids.max')).toBe('max');
  });
});

describe('systemd reads every unit without a complaint', () => {
  it('for policy as it is, and would complain about one that it ignores', async () => {
    const verify = ['verify', '--recursive-errors=no'];
    const { stdout } = await run('find', '/etc/systemd/system', '-name', 'ds01*.slice');
    expect(await run('systemd-analyze', ...verify, ...stdout.trim().split('\n'))).toMatchObject({ stderr: '' });
    await write('/tmp/wrong/ds01-wrong.slice', '[Slice]\nMemoryMax=32g\n');
    const wrong = await machine.run('systemd-analyze', [...verify, '/tmp/wrong/ds01-wrong.slice']);
    expect(wrong.stderr).toContain("Invalid memory limit '32g', ignoring");
  });
});

const APPLY = ['/opt/ds01-policy.mjs', 'apply', '--root', '/', '--policy', '/opt/policy'];

const STUDENTS = `description: Students
limits:
  per_group: { cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536 }
  per_member: { memory_high: 1G, tasks_max: 8192 }
`;

const OWN_LIMITS = `accounts: [100001@hertie-school.lan]
group: student
reason: a program with many threads
granted: 2025-12-05
expires: never
limits: { per_member: { tasks_max: 16384 } }
`;

/** Runs a program that has to work. */
async function run(file: string, ...args: readonly string[]): Promise<MachineRun> {
  const result = await machine.run(file, args);
  expect(result, `${file} ${args.join(' ')}`).toMatchObject({ exitCode: 0 });
  return result;
}

async function write(path: string, text: string): Promise<void> {
  await run('mkdir', '-p', path.replace(/\/[^/]*$/, ''));
  await machine.run('tee', [path], text);
}

/** Inode and time of every unit and drop-in of the site: a file that was written again has others. */
async function files(): Promise<string> {
  const found = await run('find', '/etc/systemd/system', '-path', '*ds01*', '-printf', '%p %i %T@ %C@\\n');
  return found.stdout;
}

/** Keeps a slice running with a process in it that does nothing. */
async function hold(slice: string): Promise<void> {
  await run('systemd-run', `--slice=${slice}`, `--unit=hold-${slice.replace('.slice', '')}`, 'sleep', 'infinity');
}

async function threads(slice: string, number: number): Promise<MachineRun> {
  const args = [`--slice=${slice}`, '--scope', '--quiet', 'env', `OMP_NUM_THREADS=${number}`, '/opt/threads'];
  return await machine.run('systemd-run', args);
}

async function kernel(path: string): Promise<string> {
  return (await run('cat', `/sys/fs/cgroup/${path}`)).stdout.trim();
}
