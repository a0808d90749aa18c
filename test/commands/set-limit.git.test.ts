import { describe, expect, it } from 'vitest';
import { PolicyCheckout } from './policy-checkout.ts';
import { changedLines } from './proposing.ts';
import { Place } from './world.ts';

describe.concurrent('a limit', () => {
  it('of a group is one value in its line, on a branch with a record', async () => {
    const place = await PolicyCheckout.make();
    const line = 'set-limit researcher per_group.tasks_max 131072 --acknowledge --no-push --reason';
    const run = await place.program([...line.split(' '), 'libgomp: Thread creation failed']);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain('TasksMax  65536 -> 131072');
    expect(await place.git('symbolic-ref', '--short', 'HEAD')).toBe('limit/researcher-tasks_max');
    expect(await changedLines(place)).toEqual([
      '-  per_group: { cpu_quota: 12800%, memory_max: 128G, tasks_max: 65536 }',
      '+  per_group: { cpu_quota: 12800%, memory_max: 128G, tasks_max: 131072 }',
    ]);
    expect(await place.git('log', '-1', '--format=%s')).toBe('Raise tasks_max of researcher to 131072');
    expect(await place.message()).toContain('\n- reason: libgomp: Thread creation failed\n');
  });
});

describe.concurrent('without a commit, and without git, a limit', () => {
  it.each([
    [
      'student per_container.gpus 1',
      'groups/student.yaml',
      'cpus: 16, memory: 32G }',
      'cpus: 16, memory: 32G, gpus: 1 }',
    ],
    ['student per_container.cpus none', 'groups/student.yaml', '{ cpus: 16, memory: 32G }', '{ memory: 32G }'],
    [
      'student per_member.memory_max 8G',
      'groups/student.yaml',
      '65536 }\n',
      '65536 }\n  per_member: { memory_max: 8G }\n',
    ],
    ['student per_group.allowed_cpus 3', 'groups/student.yaml', '65536 }\n', '65536, allowed_cpus: "3" }\n'],
    ['student per_container.cpus 0.50', 'groups/student.yaml', 'cpus: 16', 'cpus: 0.5'],
    ['student per_group.memory_max unlimited', 'groups/student.yaml', 'memory_max: 32G', 'memory_max: unlimited'],
    [
      'site per_container.idle_timeout 48h',
      'site.yaml',
      'on record, so no limit is compared with it\n',
      'on record, so no limit is compared with it\nlimits:\n  per_container: { idle_timeout: 48h }\n',
    ],
    [
      's.kaiser per_member.memory_max 64G',
      'members/204214.yaml',
      'expires: never\n',
      'expires: never\nlimits:\n  per_member: { memory_max: 64G }\n',
    ],
    [
      'student per_group.io_read_bandwidth_max 500M --device /dev/nvme0n1',
      'groups/student.yaml',
      '65536 }\n',
      '65536, io_read_bandwidth_max: { /dev/nvme0n1: 500M } }\n',
    ],
    [
      'student per_group.io_read_bandwidth_max unlimited',
      'groups/student.yaml',
      '65536 }\n',
      '65536, io_read_bandwidth_max: unlimited }\n',
    ],
  ])('%s', async (line, file, before, after) => {
    const place = new Place();
    const old = place.policyText(file);
    expect(await place.run(`set-limit ${line} --no-commit --acknowledge`)).toMatchObject({ exitCode: 0 });
    expect(place.policyText(file)).toBe(old.replace(before, after));
    expect(old).toContain(before);
  });

  it('says what is written, and what comes next', async () => {
    const place = new Place();
    const { stdout } = await place.run('set-limit student per_container.gpus 1 --no-commit');
    expect(stdout).toMatch(/\n\nwrote policy\/groups\/student[.]yaml\n\nnext\n {2}git diff +what was written\n/);
    expect(stdout).toMatch(
      /\n {2}git switch --create limit\/student-gpus {2}then git commit: Limit gpus of each container of student to 1\n$/,
    );
  });

  it.each([
    ['reseacher per_group.tasks_max 1', '"reseacher" is no group; did you mean researcher?'],
    ['100001 per_member.tasks_max 1', 'no member file lists "100001@hertie-school.lan": it has no grant'],
    [
      'student tasks_max 65536',
      '"tasks_max" is not SCOPE.FIELD: the scope is always written, as in per_group.tasks_max',
    ],
    [
      'student per_grup.tasks_max 65536',
      'scope "per_grup" does not exist: it is one of per_group, per_member, per_container; did you mean per_group?',
    ],
    [
      'student per_container.cpu 2',
      'per_container has no "cpu": it has cpus, memory, shm_size, pids_limit, gpus, max_containers, idle_timeout, max_runtime; did you mean cpus?',
    ],
    [
      '204214 per_group.tasks_max 65536',
      'per_group belongs to a group, and 204214@hertie-school.lan is none: write per_member',
    ],
    ['site per_group.tasks_max 65536', 'per_group belongs to a group, and the site is none: write per_member'],
    [
      'student per_group.memory_max 32g',
      'memory_max: "32g" is not a size: a whole number, or quarters, with K, M, G or T, as in 32G or 1.5T, or unlimited; write 32G',
    ],
    [
      'student per_group.tasks_max 65,536',
      'tasks_max: "65,536" is not a number of tasks: a whole number from 1 to 4194304, or unlimited; write 65536',
    ],
    [
      'student per_group.io_read_bandwidth_max 500M',
      'io_read_bandwidth_max: "500M" is not a rate for each device, as in { /dev/nvme0n1: 500M }, or unlimited; --device PATH says which device',
    ],
    [
      'student per_group.io_read_bandwidth_max unlimited --device /dev/sda',
      'io_read_bandwidth_max: { /dev/sda: unlimited } is not a rate for each device, as in { /dev/nvme0n1: 500M }, or unlimited; none takes the line of this device out',
    ],
    [
      'student per_group.io_read_bandwidth_max 500M --device nvme0n1',
      '--device "nvme0n1" is not the path of a device: write it as in /dev/nvme0n1',
    ],
    [
      'student per_group.tasks_max 65536 --device /dev/sda',
      '--device is for rates of devices, and tasks_max holds for all',
    ],
    ['student per_group.tasks_max', 'VALUE is missing'],
    ['student', 'SCOPE.FIELD is missing'],
    ['', 'GROUP|ACCOUNT|site is missing'],
  ])('%s is a usage error', async (line, message) => {
    const stderr = `ds01-policy: ${message}\nsee ds01-policy set-limit --help\n`;
    expect(await new Place().run(`set-limit ${line} --no-commit`)).toEqual({ exitCode: 64, stdout: '', stderr });
  });

  it.each([
    [
      'student per_group.tasks_max 65536',
      'per_group.tasks_max of student is 65536 already; policy/groups/student.yaml says so',
    ],
    [
      'student per_group.memory_max 32768M',
      'per_group.memory_max of student is 32G already; policy/groups/student.yaml says so',
    ],
    [
      'student per_member.tasks_max none',
      'student has no per_member.tasks_max of its own: there is no line to take out',
    ],
  ])('%s is refused', async (line, message) => {
    const stderr = `ds01-policy: ${message}\nnothing was changed\n`;
    expect(await new Place().run(`set-limit ${line} --no-commit`)).toEqual({ exitCode: 3, stdout: '', stderr });
  });

  it('that policy does not allow is an error of policy', async () => {
    const place = new Place();
    const { exitCode, stdout, stderr } = await place.run('set-limit student per_group.tasks_max 512 --no-commit');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/\[tasks-floor\][\s\S]*\npolicy would have errors: nothing was changed\n$/);
    expect(place.policyText('groups/student.yaml')).toContain('tasks_max: 65536');
  });
});
