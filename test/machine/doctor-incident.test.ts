import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExaminedHost } from './examined-host.ts';
import { cgroupOf, memberText, studentText, UNITS } from './host.ts';

// The two incidents of December 2025, and what the program says at the end of each. It took a day then.
let host: ExaminedHost;

const STUDENT = 'ds01-student.slice';
const MEMBER = 'ds01-student-100001.slice';
const BY_HAND = '[Unit]\nDescription=DS01 Student Group\n[Slice]\nCPUQuota=1600%\nMemoryMax=32g\nTasksMax=64\n';

beforeAll(async () => {
  host = await ExaminedHost.start({ cpus: 4 });
});

afterAll(async () => {
  await host?.stop();
});

/** The line on which the group of students has its limits in a policy. */
async function studentLine(policy = 'policy'): Promise<{ readonly file: string; readonly line: number }> {
  const lines = (await host.read(`${host.machine.home}/${policy}/groups/student.yaml`)).split('\n');
  return { file: 'groups/student.yaml', line: lines.findIndex((line) => line.includes('per_group')) + 1 };
}

describe('libgomp: Thread creation failed', () => {
  it('is the limit that somebody wrote into the slice of all students, whatever policy says', async () => {
    await host.write(`${UNITS}/${STUDENT}`, BY_HAND);
    await host.run('systemctl', 'daemon-reload');
    await host.begin('hold', MEMBER, 'sleep', 'infinity');
    expect((await host.threads(MEMBER, 300)).stderr).toContain('libgomp: Thread creation failed');
    const { causes } = await host.doctor('100001');
    expect(causes[0]).toMatchObject({
      check: 'tasks-limit',
      subject: STUDENT,
      limit: { key: 'TasksMax', value: '64', place: await studentLine() },
    });
    expect(causes[0]?.limit?.origin).toContain(`${UNITS}/${STUDENT}`);
    expect(causes[0]?.message).toMatch(/libgomp|pthread/);
    // What to do is what works: the unit is somebody's own, and only --adopt takes it over.
    expect(causes[0]?.wayOut).toContain('--adopt');
    await host.apply('policy', '--adopt');
    expect((await host.threads(MEMBER, 300)).stdout).toContain('300 threads');
  });

  it('is the same by set-property, over the file that somebody corrected', async () => {
    await host.run('systemctl', 'set-property', STUDENT, 'TasksMax=64');
    expect((await host.threads(MEMBER, 300)).stderr).toContain('libgomp: Thread creation failed');
    const [first] = (await host.doctor('100001')).causes;
    expect(first).toMatchObject({
      check: 'tasks-limit',
      subject: STUDENT,
      limit: { key: 'TasksMax', value: '64', place: await studentLine() },
      wayOut: expect.stringContaining('ds01-policy apply'),
    });
    expect(first?.limit?.origin).toContain(`/etc/systemd/system.control/${STUDENT}.d/50-TasksMax.conf`);
    await host.apply();
    expect((await host.threads(MEMBER, 300)).stdout).toContain('300 threads');
    await host.endWork();
  });
});

describe('a researcher in the group of students, whose work is super slow', () => {
  beforeAll(async () => {
    const narrow = studentText('cpu_quota: 100%, memory_max: 32G, tasks_max: 65536');
    await host.policy('before', { 'groups/student.yaml': narrow });
    await host.policy('after', {
      'groups/student.yaml': narrow,
      'members/100001.yaml': memberText('100001', 'researcher'),
    });
    await host.apply('before');
    await host.begin('burner', MEMBER, `${host.machine.home}/burner`, '4', '1000', '0');
  });

  it('is held up by the quota of all students, and is told who can have another one', async () => {
    const { causes } = await host.doctor('100001', { policy: 'before' });
    expect(causes[0]).toMatchObject({
      check: 'cpu-throttling',
      subject: STUDENT,
      limit: { key: 'CPUQuota', value: '100%', origin: 'policy', place: await studentLine('before') },
    });
    expect(causes[0]?.evidence[0]?.source).toBe(`/sys/fs/cgroup/${cgroupOf(STUDENT)}/cpu.stat`);
    expect(causes[0]?.wayOut).toMatch(/ds01-policy (grant|set-limit)/);
  });

  it('and after the move is told that what still runs in the old slice has to be made anew', async () => {
    await host.apply('after');
    const { causes } = await host.doctor('100001', { policy: 'after' });
    expect(causes[0]).toMatchObject({ check: 'wrong-slice', wayOut: expect.stringMatching(/anew|again/) });
    expect(JSON.stringify(causes[0])).toContain('work-burner.service');
    await host.endWork();
    await host.begin('burner', 'ds01-researcher-100001.slice', `${host.machine.home}/burner`, '1', '1000', '0');
    expect((await host.doctor('100001', { policy: 'after' })).causes).toEqual([]);
    await host.endWork();
  });
});
