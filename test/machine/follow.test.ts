import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { FollowedHost } from './followed-host.ts';
import { studentText } from './host.ts';

// A host that nobody logs in to: the timer, the two steps with their privileges, and a server that is reached over ssh.
const here = inject('ground').kind === 'image';
if (!here) console.warn('this machine is not ours to put a server and a timer on: following is not tested');

let host: FollowedHost;

const STUDENT = 'ds01-student.slice';
const QUOTA = 'cpu_quota: 1600%, memory_max: 32G';
const PIDS = '/sys/fs/cgroup/ds01.slice/ds01-student.slice/pids.max';
const UNITS = 'cd /etc/systemd/system && find . -path "./ds01*slice*" -type f -exec sha256sum {} + | sort';

/** Seconds between two runs, and how long one takes at most where every instruction is emulated. */
const INTERVAL = 30;
const RUN = 60;

beforeAll(async () => {
  if (!here) return;
  host = await FollowedHost.start();
  await host.makeRemote();
});

afterAll(async () => {
  await host?.stop();
});

describe.skipIf(!here)('a host that follows a repository', () => {
  let first: string;
  let units: string;

  it('is set up by one command, which says all that it does; a second one has nothing to do', async () => {
    expect(await host.install()).toContain('/usr/local/lib/ds01-policy/ds01-policy.mjs');
    expect(await host.install()).toBe('nothing to do');
    expect(await host.shell('systemctl is-enabled ds01-policy.timer ds01-policy-watchdog.timer')).toBe(
      'enabled\nenabled',
    );
    await host.hold('ds01-student-a.slice');
  });

  it('takes its first commit by itself, and proves that it is in force', async () => {
    await host.until(`[ "$(cat ${PIDS} 2>/dev/null)" = 65536 ]`, INTERVAL + RUN);
    await host.until('ds01-policy status --verified-within 10min >/dev/null 2>&1', RUN);
    first = await host.git('rev-parse HEAD');
    units = await host.shell(UNITS);
    const { exitCode, stdout } = await host.asNobody('status');
    expect(stdout).toContain(`commit ${first.slice(0, 12)}, applied `);
    expect(stdout).toContain('as policy says: nothing differs');
    expect(exitCode).toBe(0);
  });

  it('has what was pushed in force in the kernel within one interval, with nobody logged in', async () => {
    await host.edit('groups/student.yaml', studentText(`${QUOTA}, tasks_max: 131072`));
    await host.push('Let students have more tasks');
    const seconds = await host.until(`[ "$(cat ${PIDS})" = 131072 ]`, INTERVAL + RUN);
    console.info(`in force after ${seconds} s, with an interval of ${INTERVAL} s`);
  });

  it('has yesterday back after a revert: the same bytes, and the same values in the kernel', async () => {
    await host.git('revert --no-edit -S HEAD && git push -q origin HEAD:main');
    await host.until(`[ "$(cat ${PIDS})" = 65536 ]`, INTERVAL + RUN);
    await host.until('! systemctl is-active --quiet ds01-policy-apply.service', RUN);
    expect(await host.shell(UNITS)).toBe(units);
    expect(await host.kernel(STUDENT, 'pids.max')).toBe('65536');
    // From here on, runs begin when the story wants them.
    await host.run('systemctl', 'stop', 'ds01-policy.timer');
  });

  it('gives each step as little as it can, and everything works all the same', async () => {
    for (const unit of ['ds01-policy-fetch', 'ds01-policy-apply', 'ds01-policy-watchdog']) {
      const said = await host.shell(`systemd-analyze security --no-pager ${unit}.service`);
      const score = Number(/Overall exposure level for \S+: ([0-9.]+)/.exec(said)?.[1]);
      console.info(`${unit}: ${score}`);
      expect(score, unit).toBeLessThanOrEqual(1.6);
    }
    const [fetch, apply] = await Promise.all([show('ds01-policy-fetch'), show('ds01-policy-apply')]);
    expect(fetch).toBe('CapabilityBoundingSet=\nPrivateNetwork=no\nUser=ds01-policy');
    expect(apply).toBe('CapabilityBoundingSet=\nPrivateNetwork=yes\nUser=');
  });

  it('tells the journal and the metrics, and has it all in the history', async () => {
    const applied = 'MESSAGE_ID=e90d02fffc55434380e31c1c4decf411';
    const entries = await host.shell(`journalctl -u ds01-policy-apply -o json --no-pager ${applied}`);
    const fields = entries.split('\n').map((line) => JSON.parse(line));
    expect(fields.map(({ DS01_POLICY_RESULT }) => DS01_POLICY_RESULT)).toEqual(['applied', 'applied', 'applied']);
    expect(fields[0]).toMatchObject({ DS01_POLICY_COMMIT: first, DS01_POLICY_CAUSE: 'commit', PRIORITY: '6' });
    const metrics = await host.read('/var/lib/metrics/ds01_policy.prom');
    expect(metrics).toMatch(/^ds01_policy_last_run_exit_code 0$/m);
    expect(metrics).toMatch(/^ds01_policy_slice_tasks_limit\{.*ds01-student\.slice.*\} 65536$/m);
    const { stdout, exitCode } = await host.asNobody('history');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/TasksMax 65536 → 131072/);
  });

  it('tells the server of the repository what became of a commit, with a token that only root can read', async () => {
    const server = `require('http').createServer((q, s) => { let b = ''; q.on('data', (d) => b += d).on('end', () => {
      require('fs').appendFileSync('/srv/told', q.url + ' ' + q.headers.authorization + ' ' + b + '\\n');
      s.writeHead(201).end('{}'); }); }).listen(8000)`;
    await host.run('systemd-run', '--quiet', '--unit=told.service', host.machine.node, '-e', server);
    await host.shell(
      `grep -q localhost /etc/hosts || echo 127.0.0.1 localhost >> /etc/hosts; printf 'commit_status: { api: "http://localhost:8000", repository: lab/policy }\\n' >> /etc/ds01-policy/config.yaml &&
       (umask 077; echo secret-token > /etc/ds01-policy/commit-status-token) && ds01-policy install --yes`,
    );
    await host.run('systemctl', 'stop', 'ds01-policy.timer');
    expect(await host.tick()).toBe(0);
    const newest = await host.git('rev-parse HEAD');
    const said = await host.shell('journalctl -b -u ds01-policy-fetch -o cat | tail -n 5');
    const told = await host.shell('cat /srv/told; true');
    expect(told, said).not.toBe('');
    expect(told).toContain(`/repos/lab/policy/statuses/${newest} Bearer secret-token {"state":"success"`);
    expect(await host.shell('journalctl -b | grep -c secret-token; true')).toBe('0');
  });

  async function show(unit: string): Promise<string> {
    const properties = '-p User -p CapabilityBoundingSet -p PrivateNetwork';
    return await host.shell(`systemctl show ${properties} ${unit}.service | LC_ALL=C sort`);
  }
});
