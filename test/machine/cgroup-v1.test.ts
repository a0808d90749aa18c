import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Host, studentText } from './host.ts';

// DS01 was a host with cgroup v1 in February 2026: a tree for each controller, and fewer things that can be limited.
const here = inject('ground').kind === 'image';
if (!here) console.warn('this machine has one hierarchy of cgroups: the other one is not tested');

let host: Host;

beforeAll(async () => {
  if (here) host = await Host.start('v1');
});

afterAll(async () => {
  await host?.stop();
});

const STUDENT = 'ds01.slice/ds01-student.slice';

describe.skipIf(!here)('a host with cgroup v1', () => {
  it('has limits in force, verified in each controller, also for accounts that no file lists', async () => {
    await host.policy('all', {
      'groups/student.yaml': studentText(
        'cpu_quota: 150%, cpu_weight: 250, memory_high: 1G, memory_max: 32G, tasks_max: 65536',
        '  per_member: { tasks_max: 8192, memory_max: 2G }\n',
      ),
    });
    await host.hold('ds01-student-a.slice');
    const said = await host.apply('all');
    expect(said).toContain('verified: 6 limits of 2 slices in the kernel;');
    const values = [
      ...['cpu/STUDENT/cpu.cfs_quota_us', 'cpu/STUDENT/cpu.shares', 'memory/STUDENT/memory.limit_in_bytes'],
      ...['pids/STUDENT/pids.max', 'pids/STUDENT/ds01-student-a.slice/pids.max'],
    ];
    const files = values.map((file) => `/sys/fs/cgroup/${file.replace('STUDENT', STUDENT)}`);
    expect(await host.shell(`cat ${files.join(' ')}`)).toBe(`150000\n2560\n${32 * 2 ** 30}\n65536\n8192`);
  });

  it('says of a limit that this kernel does not know that nothing enforces it, whatever systemd shows', async () => {
    const { exitCode, stdout } = await host.ds01('status', 'all');
    expect(stdout).toContain('MemoryHigh 1G of ds01-student.slice: nothing in cgroup v1 says that it is enforced; ');
    expect(stdout).toContain('as policy says: nothing differs');
    expect(exitCode).toBe(0);
  });

  it('finds a value that somebody wrote into the kernel, and a second run writes nothing', async () => {
    await host.shell(`echo 88 > /sys/fs/cgroup/pids/${STUDENT}/pids.max`);
    expect((await host.ds01('plan --check', 'all')).stdout).toContain(
      'TasksMax of ds01-student.slice is 88 in the kernel',
    );
    await host.apply('all');
    expect(await host.shell(`cat /sys/fs/cgroup/pids/${STUDENT}/pids.max`)).toBe('65536');
    const before = await host.files();
    await host.apply('all');
    expect(await host.files()).toBe(before);
  });

  it('refuses a memory limit below what programs hold', async () => {
    await host.policy('tight', {
      'groups/student.yaml': studentText('cpu_quota: 150%, memory_max: 256M, tasks_max: 65536'),
    });
    const service = await host.holdMemory('ds01-student-b.slice', 400);
    expect(await host.ds01('apply', 'tight')).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('[memory-below-use]'),
    });
    expect(await host.shell(`systemctl is-active ${service}`)).toBe('active');
  });
});
