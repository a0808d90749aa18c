import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Host, studentText, UNITS } from './host.ts';

// What goes wrong on a host, each time with a real cause, and what is left of it: nothing.
let host: Host;
let before: ReadonlyMap<string, string>;

const STUDENT = 'ds01-student.slice';
const QUOTA = 'cpu_quota: 1600%, memory_max: 32G';

beforeAll(async () => {
  host = await Host.start();
  await host.policy('raised', { 'groups/student.yaml': studentText(`${QUOTA}, tasks_max: 131072`) });
  await host.apply();
  await host.hold('ds01-student-a.slice');
});

beforeEach(async () => {
  before = await host.contents();
});

afterAll(async () => {
  await host?.stop();
});

async function expectAsBefore(result: string, failure: RegExp): Promise<void> {
  expect(await host.contents()).toEqual(before);
  expect(await host.kernel(STUDENT, 'pids.max')).toBe('65536');
  expect((await host.history()).at(-1)).toMatchObject({ result, failure: expect.stringMatching(failure) });
  expect(await host.shell('ls -A /var/lib/ds01-policy')).not.toMatch(/journal|check-/);
}

async function expectNextRunToWork(): Promise<void> {
  await host.apply('raised');
  expect(await host.kernel(STUDENT, 'pids.max')).toBe('131072');
  await host.apply();
  expect(await host.contents()).toEqual(before);
}

describe('apply leaves the host as it was, exits 4, and the next run works', () => {
  it('if systemd would ignore a line: its own parser has read the new files before anything changed', async () => {
    const site = await host.read(`${host.machine.home}/policy/site.yaml`);
    await host.policy('ignored', {
      'site.yaml': site.replace('cpus: 128', 'cpus: 9999'),
      'groups/student.yaml': studentText(`${QUOTA}, tasks_max: 131072, allowed_cpus: 0-9000`),
    });
    const { exitCode, stderr } = await host.ds01('apply', 'ignored');
    expect(stderr).toMatch(/check the new files with systemd: ds01-student[.]slice:\d+: .*CPU 9000/);
    expect(stderr).toContain('the host is as it was before\n');
    expect(exitCode).toBe(4);
    await expectAsBefore('untouched', /^check the new files with systemd/);
    await expectNextRunToWork();
  });

  it('if systemd refuses to reload', async () => {
    // systemd does not reload with less than 16 MiB to spare below /run.
    const size = await host.shell(`df --output=size /run | tail -n 1`);
    await host.run('mount', '-o', 'remount,size=12M', '/run');
    const { exitCode, stderr } = await host.ds01('apply', 'raised');
    expect(stderr).toMatch(/reload systemd: systemctl daemon-reload exits 1: .*not enough space/);
    expect(stderr).toContain('the host is as it was before\n');
    expect(exitCode).toBe(4);
    await host.run('mount', '-o', `remount,size=${size.trim()}k`, '/run');
    await expectAsBefore('restored', /^reload systemd/);
    await expectNextRunToWork();
  });

  it('if the kernel refuses a value, which systemd does not say', async () => {
    // CPUs that this machine does not have.
    await host.policy('refused', {
      'groups/student.yaml': studentText(`${QUOTA}, tasks_max: 131072, allowed_cpus: 0-99`),
    });
    const { exitCode, stderr } = await host.ds01('apply', 'refused');
    expect(stderr).toContain(`AllowedCPUs of ${STUDENT} is unlimited in the kernel, its files say 0-99: `);
    expect(stderr).toContain('the host is as it was before\n');
    expect(exitCode).toBe(4);
    await expectAsBefore('restored', /^read back: not as written: AllowedCPUs/);
    await expectNextRunToWork();
  });

  it('if a file wins that nobody could see in the plan, which is named', async () => {
    const file = `/run/systemd/system/${STUDENT}.d/90-local.conf`;
    // Somebody writes it while apply is at work: when it has systemd read the files again.
    const spy = await host.spy(
      'systemctl',
      `[ "$1" = daemon-reload ] && [ ! -e ${host.machine.home}/spy/once ] && touch ${host.machine.home}/spy/once && mkdir -p ${file.replace(/\/[^/]*$/, '')} && printf '[Slice]\\nTasksMax=80\\n' > ${file}; exec REAL "$@"`,
    );
    const { exitCode, stderr } = await host.ds01('apply', 'raised', { PATH: spy.path });
    expect(stderr).toContain(`TasksMax of ${STUDENT} is 80, policy says 131072: ${file} wins`);
    expect(exitCode).toBe(4);
    expect(await host.contents()).toEqual(before);
    await host.run('rm', '-r', `/run/systemd/system/${STUDENT}.d`);
    await expectNextRunToWork();
  });
});

describe('apply that cannot bring the host back', () => {
  it('exits 5, status says degraded and why, and the next run settles it', async () => {
    // The reload brings the new files into force, and from then on none works any more.
    const spy = await host.spy(
      'systemctl',
      `case "$1" in daemon-reload) [ -e ${host.machine.home}/spy/once ] && exit 1; touch ${host.machine.home}/spy/once;; esac; exec REAL "$@"`,
    );
    await host.policy('broken', {
      'groups/student.yaml': studentText(`${QUOTA}, tasks_max: 131072, allowed_cpus: 0-99`),
    });
    const { exitCode, stderr } = await host.ds01('apply', 'broken', { PATH: spy.path });
    expect(stderr).toContain('the host is NOT as it was before\n');
    expect(exitCode).toBe(5);
    const status = await host.ds01('status');
    expect(status.stdout).toContain('DEGRADED since ');
    expect(status.stdout).toContain('the next apply settles it');
    expect(status.exitCode).toBe(2);
    const next = await host.ds01('apply');
    expect(next).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('was ended half-way: its changes were taken back first\n'),
    });
    expect(await host.contents()).toEqual(before);
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('65536');
    expect((await host.ds01('status')).stdout).not.toContain('DEGRADED');
  });
});

describe('two runs at once', () => {
  it('one works, the other exits 75 at once and changes nothing', async () => {
    const spy = await host.spy('systemctl', '[ "$1" = daemon-reload ] && sleep 20; exec REAL "$@"');
    const { home, node } = host.machine;
    const line = `PATH=${spy.path} ${node} ${home}/ds01-policy.mjs apply --policy ${home}/raised; echo $? > ${home}/first`;
    await host.run('systemd-run', '--quiet', '--unit=memory-first.service', 'sh', '-c', line);
    await host.shell(
      `for i in $(seq 300); do grep -q daemon-reload ${home}/spy/calls && exit 0; sleep 0.1; done; exit 1`,
    );
    const started = Date.now();
    const second = await host.ds01('apply', 'raised');
    expect(second).toMatchObject({ exitCode: 75, stderr: expect.stringContaining('another run holds the lock') });
    expect(Date.now() - started).toBeLessThan(15_000);
    await host.shell(`for i in $(seq 600); do [ -s ${home}/first ] && exit 0; sleep 0.1; done; exit 1`);
    expect((await host.read(`${home}/first`)).trim()).toBe('0');
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('131072');
    await host.apply();
  });

  it('a lock file that a dead run left stops nobody', async () => {
    expect(await host.shell('ls /var/lib/ds01-policy')).toContain('lock');
    expect(await host.apply()).toContain('nothing differs');
    expect(await host.shell(`ls ${UNITS} | grep -c ds01`)).not.toBe('0');
  });
});
