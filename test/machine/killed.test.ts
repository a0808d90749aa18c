import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Host, memberText, studentText, UNITS } from './host.ts';

// `kill -9` in the middle of an apply, at 25 moments from its first step to its last. Whatever it had done by then, the
// next run ends where an undisturbed one does, and at no moment is half a file where systemd would load it.
let host: Host;
let steps: number;
let oldFiles: ReadonlyMap<string, string>;
let newFiles: ReadonlyMap<string, string>;

const MOMENTS = 21;
const STUDENT = 'ds01-student.slice';
const LEFTOVER = `/etc/systemd/system.control/${STUDENT}.d/50-TasksMax.conf`;

/**
 * Loaded before the program: counts what it does to files and the programs it starts, and kills it, as `kill -9` does,
 * before step number `at`. Without a number it writes the count to standard error in the end.
 */
function killer(at: number | undefined): Readonly<Record<string, string>> {
  const code = `import fs from 'node:fs/promises';
import processes from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
let steps = 0;
function count(object, name) {
  const original = object[name];
  object[name] = (...args) => {
    if (++steps === ${at ?? -1}) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
}
for (const name of ['open', 'rename', 'rm', 'mkdir', 'rmdir', 'mkdtemp']) count(fs, name);
count(processes, 'spawn');
syncBuiltinESMExports();
${at === undefined ? "process.on('exit', () => process.stderr.write('steps: ' + steps));" : ''}`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

beforeAll(async () => {
  host = await Host.start();
  const group = 'description: The lab\nlimits:\n  per_group: { cpu_quota: 800%, memory_max: 64G, tasks_max: 8192 }\n';
  const own = (tasks: number) => `limits: { per_member: { tasks_max: ${tasks} } }\n`;
  await host.policy('old', {
    'members/100001.yaml': memberText('100001', 'student', own(16_384)),
    'members/100002.yaml': memberText('100002', 'researcher', own(16_384)),
  });
  // A limit that rises and one that falls, a new group, a member with other limits, one that moves, and one that is gone.
  await host.policy('new', {
    'groups/student.yaml': studentText('cpu_quota: 800%, memory_max: 32G, tasks_max: 131072'),
    'groups/lab.yaml': group,
    'members/100001.yaml': memberText('100001', 'student', own(8192)),
    'members/204214.yaml': memberText('204214', 'lab'),
  });
  await host.apply('old');
  oldFiles = await host.contents();
  await host.run('cp', '-a', UNITS, `${host.machine.home}/units`);
  await host.hold('ds01-student-100001.slice');
  await host.apply('new');
  newFiles = await host.contents();
});

afterAll(async () => {
  await host?.stop();
});

/** The host as it was under the old policy, with what somebody did with set-property. */
async function goBack(): Promise<void> {
  const { home } = host.machine;
  await host.shell(
    `rm -rf ${UNITS}/ds01* && cp -a ${home}/units/ds01* ${UNITS}/ && rm -rf /var/lib/ds01-policy/backup`,
  );
  await host.write(LEFTOVER, '# This is a drop-in unit file extension\n[Slice]\nTasksMax=77\n');
  await host.run('systemctl', 'daemon-reload');
  expect(await host.kernel(STUDENT, 'pids.max')).toBe('77');
  expect(await host.contents()).toEqual(oldFiles);
}

async function expectNewPolicy(): Promise<void> {
  expect(await host.contents()).toEqual(newFiles);
  expect(await host.kernel(STUDENT, 'pids.max')).toBe('131072');
  expect(await host.kernel(STUDENT, 'cpu.max')).toBe('800000 100000');
  expect(await host.kernel('ds01-student-100001.slice', 'pids.max')).toBe('8192');
  expect((await host.history()).at(-1)?.result).toBe('applied');
  const left = await host.shell(
    `ls -A /var/lib/ds01-policy; find ${UNITS} /etc/systemd/system.control -name '*tmp'; ls ${LEFTOVER} 2>&1; true`,
  );
  expect(left).not.toMatch(/journal|check-|policy-tmp|^[/]etc.*TasksMax.conf$/m);
}

describe('an apply that nothing disturbs', () => {
  it('takes so many steps', async () => {
    await goBack();
    const { exitCode, stderr } = await host.ds01('apply', 'new', killer(undefined));
    expect(exitCode).toBe(0);
    steps = Number(/steps: (\d+)/.exec(stderr)?.[1]);
    expect(steps).toBeGreaterThan(2 * MOMENTS);
    await expectNewPolicy();
  });
});

describe('an apply that is killed', () => {
  it.each(Array.from({ length: MOMENTS }, (_, moment) => moment))(`at moment %i of ${MOMENTS}`, async (moment) => {
    await goBack();
    const at = 1 + Math.round((moment * (steps - 1)) / (MOMENTS - 1));
    const killed = await host.ds01('apply', 'new', killer(at));
    expect(killed.exitCode, killed.stdout + killed.stderr).not.toBe(0);
    // Every file is the old one or the new one, byte by byte.
    for (const [path, sum] of await host.contents()) {
      expect([oldFiles.get(path), newFiles.get(path)], `${path} before step ${at}`).toContain(sum);
    }
    await host.apply('new');
    await expectNewPolicy();
  });
});
