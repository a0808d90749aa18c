import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { cgroupOf, Host, studentText } from './host.ts';
import { RELEASES, type Release } from './image.ts';

// What systemd prints has changed over the years. DS01 ran 245 to 249; the other stories happen on 252.
const here = inject('ground').kind === 'image';
if (!here) console.warn('this machine has one systemd: others are not tested');

const STUDENT = 'ds01-student.slice';
const QUOTA = 'cpu_quota: 1250%, memory_max: 32G';

describe.skipIf(!here).each(['bullseye', 'trixie'] as const satisfies readonly Release[])('on Debian %s', (release) => {
  let host: Host;

  beforeAll(async () => {
    host = await Host.start({}, release);
    const site = await host.read(`${host.machine.home}/policy/site.yaml`);
    await host.policy('ignored', {
      'site.yaml': site.replace('cpus: 128', 'cpus: 9999'),
      'groups/student.yaml': studentText(`${QUOTA}, tasks_max: 65536, allowed_cpus: 0-9000`),
    });
    await host.policy('limited', {
      'groups/student.yaml': studentText(
        `${QUOTA}, memory_high: 31G, memory_swap_max: 1G, tasks_max: unlimited, cpu_weight: 250, allowed_cpus: 0-1`,
        '  per_member: { memory_max: unlimited, tasks_max: 8192 }\n',
      ),
    });
    await host.policy('refused', {
      'groups/student.yaml': studentText('cpu_quota: 800%, memory_max: 16G, tasks_max: 4096, allowed_cpus: 0-99'),
    });
    await host.hold('ds01-student-a.slice');
  });

  afterAll(async () => {
    await host?.stop();
  });

  it('another systemd runs', async () => {
    expect(await host.shell('systemctl --version')).toMatch(new RegExp(`^systemd ${RELEASES[release]} `));
  });

  it('a line that systemd would ignore stops apply before anything changes', async () => {
    const { exitCode, stderr } = await host.ds01('apply', 'ignored');
    expect(stderr).toMatch(/check the new files with systemd: ds01-student[.]slice:\d+: .*CPU 9000/);
    expect(exitCode).toBe(4);
    expect(await host.contents()).toEqual(new Map());
  });

  it('limits are in force, a second run changes nothing, and nothing seems to differ that does not', async () => {
    expect(await host.apply('limited')).toMatch(/verified: \d+ limits of 2 slices in the kernel; /);
    expect(await host.kernel(STUDENT, 'cpu.max')).toBe('1250000 100000');
    expect(await host.kernel(STUDENT, 'cpuset.cpus')).toBe('0-1');
    const before = await host.files();
    expect(await host.apply('limited')).toContain('nothing differs\n');
    expect(await host.files()).toBe(before);
  });

  it('what the kernel refuses is taken back, in the kernel as well', async () => {
    const { exitCode, stderr } = await host.ds01('apply', 'refused');
    expect(stderr).toContain(`AllowedCPUs of ${STUDENT} is 0-1 in the kernel, its files say 0-99`);
    expect(stderr).toContain('the host is as it was before\n');
    expect(exitCode).toBe(4);
    expect(await host.kernel(STUDENT, 'cpu.max')).toBe('1250000 100000');
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('max');
    expect(await host.kernel('ds01-student-a.slice', 'pids.max')).toBe('8192');
    expect((await host.ds01('plan --check', 'limited')).exitCode).toBe(0);
  });

  it('what somebody wrote into the kernel is put right', async () => {
    await host.shell(`echo 99 > /sys/fs/cgroup/${cgroupOf(STUDENT)}/pids.max`);
    expect(await host.apply('limited')).toContain('had systemd read its files again');
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('max');
    expect(await host.shell('find /run/systemd/system.control -type f 2>/dev/null')).toBe('');
    expect(await host.shell(`systemctl show --value -p NeedDaemonReload ${STUDENT}`)).toBe('no');
  });

  it('a repository is followed, by services that may do no more than they need', async () => {
    const git = 'git -c user.name=Tester -c user.email=tester@example.org';
    await host.shell(
      `${git} init -q --bare -b main /srv/policy.git && ${git} clone -q /srv/policy.git /srv/checkout 2>/dev/null &&
       cp -r ${host.machine.home}/limited /srv/checkout/policy && cd /srv/checkout && sed -i 's/1250%/1300%/' policy/groups/student.yaml &&
       ${git} add -A && ${git} commit -q -m 'Take the policy of record' && ${git} push -q origin HEAD:main`,
    );
    const { node, home } = host.machine;
    await host.shell(`${node} ${home}/ds01-policy.mjs install --remote /srv/policy.git --host ds01 --yes`);
    await host.run('systemctl', 'stop', 'ds01-policy.timer');
    await host.run('systemctl', 'start', 'ds01-policy-apply.service');
    expect(await host.kernel(STUDENT, 'cpu.max')).toBe('1300000 100000');
    expect((await host.machine.run('/usr/local/bin/ds01-policy', ['status'])).exitCode).toBe(0);
    // Every line of our units is one that this systemd knows.
    expect(
      await host.shell('journalctl -b -o cat _PID=1 | grep ds01-policy- | grep -iE "unknown|ignoring"; true'),
    ).toBe('');
    expect(await host.shell('find /run/systemd/system.control -type f 2>/dev/null')).toBe('');
    await host.shell('ds01-policy uninstall --yes && rm -r /srv/policy.git /srv/checkout');
    await host.apply('limited');
  });

  it('what set-property left is cleared', async () => {
    await host.run('systemctl', 'set-property', STUDENT, 'TasksMax=77', 'CPUQuota=50%');
    expect(await host.apply('limited')).toContain('2 to clear');
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('max');
    expect(await host.kernel(STUDENT, 'cpu.max')).toBe('1250000 100000');
  });
});
