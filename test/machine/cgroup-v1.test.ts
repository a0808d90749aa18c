import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ExaminedHost } from './examined-host.ts';
import { studentText } from './host.ts';

// DS01 was a host with cgroup v1 in February 2026: a tree for each controller, and fewer things that can be limited.
const here = inject('ground').kind === 'image';
if (!here) console.warn('this machine has one hierarchy of cgroups: the other one is not tested');

let host: ExaminedHost;

beforeAll(async () => {
  if (here) host = await ExaminedHost.start({ cgroup: 'v1' });
});

afterAll(async () => {
  await host?.stop();
});

const STUDENT = 'ds01.slice/ds01-student.slice';
const MEMBER = 'ds01-student-100001.slice';

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

  it('says why work is slow or fails: the quota, the end of a program for its memory, and threads', async () => {
    await host.run('systemctl', 'stop', 'ds01.slice');
    const site = await host.read(`${host.machine.home}/policy/site.yaml`);
    await host.policy('small', {
      'site.yaml': site.replace('min_tasks_max: 4096', 'min_tasks_max: 64'),
      'groups/student.yaml': studentText(
        'cpu_quota: 100%, memory_max: 32G, tasks_max: 64',
        '  per_member: { memory_max: 256M }\n',
      ),
    });
    await host.apply('small');
    await host.begin('burner', MEMBER, `${host.machine.home}/burner`, '2', '1000', '0');
    const throttled = await host.doctor('100001', { policy: 'small' });
    expect(throttled.causes[0]).toMatchObject({
      check: 'cpu-throttling',
      subject: 'ds01-student.slice',
      evidence: expect.arrayContaining([
        expect.objectContaining({ source: expect.stringMatching(`^/sys/fs/cgroup/cpu[^/]*/${STUDENT}/cpu.stat$`) }),
      ]),
    });
    expect(throttled.checks).toContainEqual(expect.objectContaining({ id: 'waiting', status: 'cannot-tell' }));
    await host.endWork();
    await host.begin('hold', MEMBER, 'sleep', 'infinity');
    await host.machine.run('systemd-run', ['--quiet', '--wait', `--slice=${MEMBER}`, 'tail', '/dev/zero']);
    const killed = await host.doctor('100001', { policy: 'small' });
    expect(killed.causes[0]).toMatchObject({ check: 'memory-limit', subject: MEMBER, limit: { value: '256M' } });
    expect((await host.threads(MEMBER, 300)).stderr).toContain('libgomp: Thread creation failed');
    const stopped = (await host.doctor('100001', { policy: 'small' })).causes.find(
      ({ check }) => check === 'tasks-limit',
    );
    expect(stopped).toMatchObject({ subject: 'ds01-student.slice', limit: { key: 'TasksMax', value: '64' } });
    await host.endWork();
  });
});
