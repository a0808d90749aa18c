import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cgroupOf, Host, memberText, studentText, UNITS } from './host.ts';

// December 2025, told again on a real systemd and a real kernel, with policy in the place of commands at night. The tests
// are one story, in order.
let host: Host;

beforeAll(async () => {
  host = await Host.start();
});

afterAll(async () => {
  await host?.stop();
});

const STUDENT = 'ds01-student.slice';
const MEMBER = 'ds01-student-a.slice';
const BY_HAND = '[Unit]\nDescription=DS01 Student Group\n[Slice]\nCPUQuota=1600%\nMemoryMax=32g\nTasksMax=64\n';

describe('a host that somebody set up by hand', () => {
  it('stops programs with many threads: TasksMax counts those of all students together', async () => {
    await host.write(`${UNITS}/${STUDENT}`, BY_HAND);
    await host.write(`${UNITS}/ds01-student-b.slice`, '[Slice]\nCPUAccounting=true\nTasksAccounting=true\n');
    await host.write(`${UNITS}/ds01-student-c.slice`, '[Slice]\nCPUAccounting=true\nTasksAccounting=true\n');
    await host.run('systemctl', 'daemon-reload');
    await host.hold(MEMBER);
    const { exitCode, stderr } = await host.threads(MEMBER, 300);
    expect(stderr).toContain('libgomp: Thread creation failed: Resource temporarily unavailable');
    expect(exitCode).not.toBe(0);
  });

  it('is shown as a difference, with the limit that was never in force: systemd ignores MemoryMax=32g', async () => {
    const { exitCode, stdout } = await host.ds01('plan --check');
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(
      /MemoryMax +32g \(never in force, systemd ignores it\) -> 32G +limit imposed for the first time/,
    );
    expect(stdout).toMatch(/TasksMax +64 -> 65536 +limit rises/);
    expect(await host.kernel(STUDENT, 'memory.max')).toBe('max');
  });

  it('is not touched by a plain apply', async () => {
    const before = await host.contents();
    const { exitCode, stderr } = await host.ds01('apply');
    expect(stderr).toContain(`${STUDENT} exists and was not written by ds01-policy; apply --adopt takes it over`);
    expect(exitCode).toBe(3);
    expect(await host.contents()).toEqual(before);
  });

  it('is taken over with --adopt, which keeps a copy, and the same program works in the slice that still runs', async () => {
    const said = await host.apply('policy', '--adopt');
    expect(said).toContain('applied 10 changes');
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('65536');
    expect((await host.threads(MEMBER, 300)).stdout).toContain('300 threads');
    const [record] = await host.history();
    expect(await host.read(`/var/lib/ds01-policy/${record?.backup}${UNITS}/${STUDENT}`)).toBe(BY_HAND);
  });

  it('keeps units of other tools that limit nothing, and has a line for all of them', async () => {
    const { exitCode, stdout } = await host.ds01('plan --check');
    expect(stdout).toContain('left alone: 2 units of site "ds01" without any limit, made by other tools\n');
    expect(exitCode).toBe(0);
  });
});

describe('what is in force is what policy says', () => {
  it('in every scope that is a slice, and the program has read it back from the kernel', async () => {
    await host.hold('ds01-researcher-204214.slice');
    await host.hold('ds01-admin-datasciencelab.slice');
    expect(await host.kernel(STUDENT, 'cpu.max')).toBe('1600000 100000');
    expect(await host.kernel(STUDENT, 'memory.max')).toBe(String(32 * 2 ** 30));
    expect(await host.kernel('ds01-researcher.slice', 'cpu.max')).toBe('12800000 100000');
    expect(await host.kernel('ds01-admin.slice', 'memory.max')).toBe('max');
    const { stdout } = await host.ds01('status');
    expect(stdout).toContain('verified: 9 limits of 3 slices in the kernel\n');
  });

  it('also for accounts that no file lists, and a member with limits of its own has those instead', async () => {
    await host.policy('limited', {
      'groups/student.yaml': studentText(
        'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536',
        '  per_member: { memory_high: 1G, tasks_max: 8192, cpu_weight: 50 }\n',
      ),
      'members/100001.yaml': memberText('100001', 'student', 'limits: { per_member: { tasks_max: 16384 } }\n'),
    });
    await host.apply('limited');
    await host.hold('ds01-student-100001.slice');
    expect(await host.kernel(MEMBER, 'pids.max')).toBe('8192');
    expect(await host.kernel(MEMBER, 'memory.high')).toBe(String(2 ** 30));
    expect(await host.kernel(MEMBER, 'cpu.weight')).toBe('50');
    expect(await host.kernel('ds01-student-100001.slice', 'pids.max')).toBe('16384');
    // Not stated by the member: what the group says still holds.
    expect(await host.kernel('ds01-student-100001.slice', 'memory.high')).toBe(String(2 ** 30));
    // The unit of somebody else is still there, and policy limits the account all the same.
    expect(await host.shell(`systemctl show --value -p TasksMax ds01-student-b.slice`)).toBe('8192');
  });

  it('and is back where it was when policy is', async () => {
    await host.apply();
    expect(await host.kernel(MEMBER, 'pids.max')).toBe('max');
    expect(await host.shell(`ls ${UNITS} | grep -c 100001; true`)).toBe('0');
  });
});

describe('a second run', () => {
  it('writes nothing and reloads nothing', async () => {
    const spy = await host.spy('systemctl', 'exec REAL "$@"');
    const before = await host.files();
    const { exitCode, stdout } = await host.ds01('apply', 'policy', { PATH: spy.path });
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('nothing differs\n') });
    expect(await host.files()).toBe(before);
    expect((await spy.calls()).map((call) => call.split(' ')[0])).toEqual(['show']);
  });

  it('of plan and status starts no program that could change anything, and asks systemd once', async () => {
    const spy = await host.spy('systemctl', 'case "$1" in show) exec REAL "$@";; *) exit 99;; esac');
    for (const verb of ['plan --check', 'status']) {
      const { exitCode, stderr } = await host.ds01(verb, 'policy', { PATH: spy.path });
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    }
    expect((await spy.calls()).map((call) => call.split(' ')[0])).toEqual(['show', 'show']);
  });
});

describe('what somebody changes behind the back of policy', () => {
  it('with systemctl set-property is found, named with its file and time, cleared, and kept as a copy', async () => {
    await host.run('systemctl', 'set-property', STUDENT, 'TasksMax=77');
    await host.run('systemctl', 'set-property', '--runtime', MEMBER, 'MemoryMax=1G');
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('77');
    const file = `/etc/systemd/system.control/${STUDENT}.d/50-TasksMax.conf`;
    const plan = await host.ds01('plan --check');
    expect(plan.exitCode).toBe(2);
    expect(plan.stdout).toMatch(
      new RegExp(
        `TasksMax of ${STUDENT} is 77, policy says 65536: ${file} wins, written by systemctl set-property since 20`,
      ),
    );
    expect(plan.stdout).toContain(`MemoryMax of ${MEMBER} is 1G, policy sets no limit: /run/systemd/system.control/`);
    expect(await host.apply()).toContain('applied 2 changes');
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('65536');
    expect(await host.kernel(MEMBER, 'memory.max')).toBe('max');
    const backup = (await host.history()).at(-1)?.backup;
    expect(await host.read(`/var/lib/ds01-policy/${backup}${file}`)).toContain('TasksMax=77\n');
    expect((await host.ds01('plan --check')).exitCode).toBe(0);
  });

  it('in the kernel alone is found, and put right by a reload', async () => {
    await host.shell(`echo 99 > /sys/fs/cgroup/${cgroupOf(STUDENT)}/pids.max`);
    const { exitCode, stdout } = await host.ds01('status');
    expect(exitCode).toBe(2);
    expect(stdout).toContain(
      `TasksMax of ${STUDENT} is 99 in the kernel, its files say 65536: somebody wrote to pids.max`,
    );
    expect(await host.apply()).toContain('had systemd read its files again');
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('65536');
  });

  it('in a file of ours is undone', async () => {
    await host.shell(`sed -i s/TasksMax=65536/TasksMax=78/ ${UNITS}/${STUDENT} && systemctl daemon-reload`);
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('78');
    expect(await host.apply()).toMatch(/TasksMax +78 -> 65536 +limit rises/);
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('65536');
  });

  it('with a drop-in stops apply, which names the file and deletes nothing', async () => {
    const file = `/run/systemd/system/${STUDENT}.d/90-local.conf`;
    await host.write(file, '[Slice]\nTasksMax=79\n');
    const before = await host.contents();
    const { exitCode, stderr } = await host.ds01('apply');
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`refused: TasksMax of ${STUDENT} is 79, policy says 65536: ${file} wins since`);
    expect(stderr).toContain('nothing was changed\n');
    expect(await host.read(file)).toContain('79');
    expect(await host.contents()).toEqual(before);
  });

  it('is only shown where policy says drift: report, and policy is applied around it', async () => {
    const text = await host.read(`${host.machine.home}/policy/groups/student.yaml`);
    await host.policy('reporting', {
      'groups/student.yaml': `drift: report\n${text.replace('memory_max: 32G', 'memory_max: 33G')}`,
    });
    const { exitCode, stdout, stderr } = await host.ds01('apply', 'reporting');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('left as it is, because policy says drift: report');
    expect(await host.kernel(STUDENT, 'memory.max')).toBe(String(33 * 2 ** 30));
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('79');
    await host.shell(`rm -r /run/systemd/system/${STUDENT}.d`);
    await host.apply();
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('65536');
  });
});
