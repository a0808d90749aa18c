import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Cause, DISK, ExaminedHost } from './examined-host.ts';
import { cgroupOf, studentText } from './host.ts';

// Work that is slow or fails, on a real kernel, and what the program says about it. Each story ends its programs, and with
// them goes all that was counted. What the kernel logged of failures stays, so those are told last.
const hasDisk = inject('ground').kind === 'image';
if (!hasDisk) console.warn('no disk of this machine may be written to: limits of disks are not tested');

let host: ExaminedHost;

const STUDENT = 'ds01-student.slice';
const MEMBER = 'ds01-student-100001.slice';

beforeAll(async () => {
  host = await ExaminedHost.start({ cpus: 4, disk: true });
  if (hasDisk) await host.loadDisk();
  const floor = (await host.read(`${host.machine.home}/policy/site.yaml`)).replace('tasks_max: 4096', 'tasks_max: 64');
  const disk = hasDisk ? `, io_write_bandwidth_max: { ${DISK}: 1M }` : '';
  const ownLimits = '  per_member: { cpu_quota: 100%, memory_max: 256M, tasks_max: 200 }\n';
  await host.policy('account', {
    'site.yaml': floor,
    'groups/student.yaml': studentText(`cpu_quota: 1600%, memory_max: 32G, tasks_max: 64${disk}`, ownLimits),
  });
  await host.policy('group', {
    'groups/student.yaml': studentText('cpu_quota: 100%, memory_max: 32G, tasks_max: 65536'),
  });
  await host.apply('group');
});

afterEach(async () => {
  await host?.endWork();
});

afterAll(async () => {
  await host?.stop();
});

/** The line on which one of the policies has the limits of all students together, or those of each of them. */
const PLACES = {
  per_group: { file: 'groups/student.yaml', line: 3 },
  per_member: { file: 'groups/student.yaml', line: 4 },
} as const;

/** A look at cpu.stat: seconds since the machine started, periods, and those in which something was held up. */
type Look = readonly [at: number, periods: number, throttled: number];

/** Programs that begin to look at cpu.stat ten times a second when `doctor` begins to look at it; and what they have seen. */
async function spyOn(slice: string): Promise<{ readonly PATH: string; looks(): Promise<readonly Look[]> }> {
  const [seen, stat] = [`${host.machine.home}/seen`, `/sys/fs/cgroup/${cgroupOf(slice)}/cpu.stat`];
  const counts = `while read name value; do case $name in nr_periods|nr_throttled) printf ' %s' $value;; esac; done < ${stat}`;
  const look = `read up idle < /proc/uptime; printf $up; ${counts}; echo; sleep 0.1`;
  const body = `(for i in $(seq 300); do ${look}; done > ${seen} 2>/dev/null &)\nexec /usr/bin/timedatectl "$@"`;
  const PATH = await host.programs('spy', { timedatectl: body });
  return {
    PATH,
    async looks() {
      const lines = (await host.read(seen)).split('\n').map((line) => line.split(' ').map(Number));
      return lines.flatMap(([at, periods, throttled]) =>
        throttled === undefined ? [] : [[at, periods, throttled] as Look],
      );
    },
  };
}

/** The share of periods in which something was held up, in percent. */
function shareOf(looks: readonly Look[], seconds: number): number {
  const [[begin, ...before] = [0, 0, 0]] = looks;
  const after = looks.findLast(([at]) => at <= begin + seconds) ?? [0, 0, 0];
  return (100 * (after[2] - before[1])) / (after[1] - before[0]);
}

function saidShare({ evidence }: Cause): number {
  const figures = evidence.map(({ figure }) => /nr_throttled [+](\d+) of nr_periods [+](\d+)/.exec(figure));
  const [, throttled = Number.NaN, periods = Number.NaN] = figures.find((match) => match !== null) ?? [];
  return (100 * Number(throttled)) / Number(periods);
}

/** Asks while a program is busy half of the time: its quota holds it up neither never nor always. */
async function askWhileBusy(policy: string, slice: string) {
  await host.begin('burner', MEMBER, `${host.machine.home}/burner`, '4', '300', '300');
  const { PATH, looks } = await spyOn(slice);
  const { causes, window } = await host.doctor('100001', { policy, watch: 6, env: { PATH } });
  const [first] = causes;
  const [counted, said] = [shareOf(await looks(), window), first ? saidShare(first) : Number.NaN];
  console.info(`${slice} was throttled for ${counted.toFixed()} % of the time, and ${said.toFixed()} % are said`);
  return { first, difference: Math.abs(counted - said) };
}

describe('the quota of a whole group', () => {
  it('is named if it is what holds the work of one account up, to root and to everybody', async () => {
    const { first, difference } = await askWhileBusy('group', STUDENT);
    expect(first).toMatchObject({
      check: 'cpu-throttling',
      subject: STUDENT,
      limit: { key: 'CPUQuota', value: '100%', origin: 'policy', place: PLACES.per_group },
    });
    expect(difference).toBeLessThan(10);
    const [toNobody] = (await host.doctor('100001', { policy: 'group', as: 'nobody' })).causes;
    expect(toNobody).toMatchObject({ check: 'cpu-throttling', subject: STUDENT, limit: first?.limit });
  });

  it('and what is used of it is shown by explain --live and by top', async () => {
    await host.begin('burner', MEMBER, `${host.machine.home}/burner`, '4', '1000', '0');
    await host.begin('hold', 'ds01-researcher-204214.slice', 'sleep', 'infinity');
    for (const as of ['root', 'nobody'] as const) {
      const explained = await host.ask('explain 100001 --live', { policy: 'group', as });
      expect(explained).toMatchObject({ exitCode: 0, stderr: '' });
      expect(explained.stdout).toMatch(/CPUQuota +100% +100% +100% +(0[.][4-9]|1([.]\d)?) cores?/);
    }
    const top = await host.ask('top --once', { policy: 'group', as: 'nobody' });
    expect(top).toMatchObject({ exitCode: 0, stderr: '' });
    // What hurts is on top.
    expect(top.stdout).toMatch(/student.* (0[.][4-9]|1([.]\d)?)\b.*100001.*researcher/s);
  });

  it('until q is struck, and the terminal is as before', async () => {
    const { home, node } = host.machine;
    await host.begin('hold', MEMBER, 'sleep', 'infinity');
    const top = `env NO_COLOR=1 TERM=xterm ${node} ${home}/ds01-policy.mjs top --every 1 --policy ${home}/group`;
    const inside = `stty -g > ${home}/before; ${top}; echo ended $?; stty -g > ${home}/after`;
    // The key is struck as soon as there is something to see.
    const struck = `for i in $(seq 300); do grep -q student ${home}/screen && break; sleep 0.1; done; printf q`;
    await host.run('touch', `${home}/screen`);
    await host.shell(`(${struck}; sleep 5) | timeout 60 script -qfec '${inside}' ${home}/screen`);
    expect(await host.read(`${home}/screen`)).toMatch(/student.*ended 0/s);
    expect(await host.read(`${home}/after`)).toBe(await host.read(`${home}/before`));
  });
});

describe('a program that uses more CPU than its account may', () => {
  it('has that quota named, and how often it did hold it up', async () => {
    await host.apply('account');
    const { first, difference } = await askWhileBusy('account', MEMBER);
    expect(first).toMatchObject({
      check: 'cpu-throttling',
      subject: MEMBER,
      limit: { key: 'CPUQuota', value: '100%', origin: 'policy', place: PLACES.per_member },
    });
    expect(first?.evidence[0]?.source).toBe(`/sys/fs/cgroup/${cgroupOf(MEMBER)}/cpu.stat`);
    expect(difference).toBeLessThan(10);
  });
});

describe.skipIf(!hasDisk)('a program that writes to a disk faster than it may', () => {
  it('has the limit named', async () => {
    const write = `dd if=/dev/zero of=${DISK} oflag=direct bs=64k count=1000`;
    // Several at once: one of them always has something to write.
    await host.begin('writer', MEMBER, 'sh', '-c', `for i in 1 2 3 4; do ${write} & done; wait`);
    const [first] = (await host.doctor('100001', { policy: 'account' })).causes;
    expect(first).toMatchObject({
      check: 'disk',
      subject: STUDENT,
      limit: { key: `IOWriteBandwidthMax ${DISK}`, value: '1M', origin: 'policy', place: PLACES.per_group },
    });
  });
});

describe('a program with more threads than all of its group may have', () => {
  it('has the limit of the group named, not that of the account', async () => {
    await host.begin('hold', MEMBER, 'sleep', 'infinity');
    expect((await host.threads(MEMBER, 300)).stderr).toContain('libgomp: Thread creation failed');
    const [first] = (await host.doctor('100001', { policy: 'account' })).causes;
    expect(first).toMatchObject({
      check: 'tasks-limit',
      subject: STUDENT,
      limit: { key: 'TasksMax', value: '64', origin: 'policy', place: PLACES.per_group },
    });
    expect(first?.evidence.map(({ source }) => source)).toContain(`/sys/fs/cgroup/${cgroupOf(STUDENT)}/pids.peak`);
  });
});

describe('a program that takes more memory than it may', () => {
  it('has its end told, with its number and time, and whose limit it was', async () => {
    await host.begin('hold', MEMBER, 'sleep', 'infinity');
    const today = (await host.shell('date -u +%F')).trim();
    // Keeps the last line of something that has no end.
    const eater = ['--quiet', '--wait', `--slice=${MEMBER}`, '--unit=work-eater', 'tail', '/dev/zero'];
    await host.machine.run('systemd-run', eater);
    const pid = await host.shell('systemctl show --value -p ExecMainPID work-eater.service');
    expect(await host.shell('systemctl show --value -p Result work-eater.service')).toBe('oom-kill');
    const [first] = (await host.doctor('100001', { policy: 'account' })).causes;
    expect(first).toMatchObject({
      check: 'memory-limit',
      subject: MEMBER,
      limit: { key: 'MemoryMax', value: '256M', origin: 'policy', place: PLACES.per_member },
    });
    const words = [first?.message, ...(first?.evidence ?? []).map(({ figure }) => figure)].join('\n');
    expect(words).toMatch(new RegExp(`\\b${pid}\\b`));
    expect(words).toContain(today);
    // Who may not read the journal gets the same reason, and is told who sees the rest.
    const { causes, checks } = await host.doctor('100001', { policy: 'account', as: 'nobody' });
    expect(causes[0]).toMatchObject({ check: 'memory-limit', subject: MEMBER, limit: first?.limit });
    const { unknown = [] } = checks.find(({ id }) => id === 'memory-limit') ?? {};
    expect(unknown).toContainEqual(expect.objectContaining({ wayOut: expect.stringContaining('root') }));
  });
});
