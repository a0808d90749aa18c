import { describe, expect, it } from 'vitest';
import { contents, memberFile, memberFiles, Place, UNITS } from './world.ts';

const ON = '--on 2026-03-01';
const NEXT = 'apply carries it out; with --expect and the digest, this plan and no other\n';
const NOTHING = { exitCode: 0, stdout: 'nothing differs\n', stderr: '' };

describe.concurrent('plan after a change of policy', () => {
  it('shows each limit that rises, falls, is removed or is new, with its line', async () => {
    const place = new Place({
      'groups/student.yaml': `description: Students, and everybody who is not listed
limits:
  per_group: { cpu_quota: 3200%, memory_max: 32G, tasks_max: 512 }
  per_container: { cpus: 16, memory: 32G }
`,
      'members/204214.yaml': memberFile(
        '204214',
        'researcher',
        'expires: never\nlimits:\n  per_member: { memory_max: 64G }\n',
      ),
    });
    place.edit('site.yaml', 'min_tasks_max: 4096', 'min_tasks_max: 512');
    expect((await place.run('apply --root root')).exitCode).toBe(0);
    place.policy({
      'groups/student.yaml': `description: Students
limits:
  per_group: { cpu_quota: 1600%, memory_max: unlimited, tasks_max: 65536, allowed_cpus: 0-63 }
  per_container: { cpus: 16 }
`,
      'members/204214.yaml': memberFile('204214', 'researcher'),
    });
    expect(await place.run(`plan --root root ${ON}`)).toEqual({
      exitCode: 0,
      stdout: `~ ds01-student.slice  all members of student together, policy/groups/student.yaml:1
    CPUQuota          3200% -> 1600%    limit falls                       policy/groups/student.yaml:3
    MemoryMax         32G -> unlimited  limit removed                     policy/groups/student.yaml:3
    TasksMax          512 -> 65536      limit rises                       policy/groups/student.yaml:3
    AllowedCPUs       none -> 0-63      limit imposed for the first time  policy/groups/student.yaml:3
    container memory  32G -> none       limit removed                     policy/groups/student.yaml:1
    Description  ds01 student: Students, and everybody who is not listed -> ds01 student: Students
- ds01-researcher-204214.slice.d/50-ds01-policy.conf  own limits of 204214
    MemoryMax  64G -> none  limit removed

on 2026-03-01: 0 to create, 1 to update, 1 to remove; 1 limit imposed for the first time; 1 limit falls; 3 limits removed
digest d2b4aefdebb6d4b47c9505c454baed6cd7df7dc8958ba22a008c54e4dd01ee8d
`,
      stderr: '',
    });
  });

  it('says who gains, loses or moves group, and why', async () => {
    const place = new Place({ ...memberFiles(4, 'researcher'), 'members/m004.yaml': memberFile('m004', 'student') });
    place.policy({
      'groups/lab.yaml':
        'description: The lab\nlimits:\n  per_group: { cpu_quota: 800%, memory_max: 16G, tasks_max: 65536 }\n',
    });
    expect((await place.run('apply --root root')).exitCode).toBe(0);
    place.policy({
      'members/m001.yaml': undefined,
      'members/m002.yaml': memberFile('m002', 'lab', 'expires: 2026-12-31\n'),
      'members/m003.yaml': memberFile('m003', 'student', 'expires: 2026-12-31\n'),
      'members/m004.yaml': memberFile('m004', 'admin'),
    });
    const { exitCode, stdout } = await place.run(`plan --root root ${ON}`);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n\n')[1]).toBe(`who
  m001@hertie-school.lan  goes back: researcher -> student, no member file lists it any more
  m002@hertie-school.lan  moves: researcher -> lab, until 2026-12-31                          policy/members/m002.yaml:2
  m003@hertie-school.lan  goes back: researcher -> student, the member file says so           policy/members/m003.yaml:2
  m004@hertie-school.lan  gains: student -> admin, without an end                             policy/members/m004.yaml:2`);
  });

  it('changes sides with the last and the first day of a grant', async () => {
    const place = await Place.applied();
    place.edit(
      'members/204214.yaml',
      'granted: 2025-12-05\nexpires: never',
      'granted: 2026-03-01\nexpires: 2026-03-31',
    );
    const on = (day: string) => place.run(`plan --root root --on ${day} --check`);
    expect(await on('2026-03-01')).toEqual(NOTHING);
    expect(await on('2026-03-31')).toEqual(NOTHING);
    expect(await on('2026-04-01')).toEqual({
      exitCode: 2,
      stdout: `- ds01-researcher-204214.slice  204214 in researcher
- ds01-researcher-s_kaiser.slice  s_kaiser in researcher

who
  204214@hertie-school.lan    goes back: researcher -> student, the grant expired  policy/members/204214.yaml:6
  s.kaiser@hertie-school.lan  goes back: researcher -> student, the grant expired  policy/members/204214.yaml:6

on 2026-04-01: 0 to create, 0 to update, 2 to remove
digest 7b098e1268a4c63cfad78b5fb3c20951c4f004f11fcabe430cad9083cdac262b
`,
      stderr: `policy/members/204214.yaml:6:10: warning: the grant expired on 2026-03-31 and takes no effect: "204214" is in "student" [grant-inactive]
  6 | expires: 2026-03-31
    |          ^^^^^^^^^^
  fix: grant it anew, or delete the file

1 warning

`,
    });
    const before = await on('2026-02-28');
    expect(before.exitCode).toBe(2);
    expect(before.stdout).toContain(
      'goes back: researcher -> student, the grant has not begun  policy/members/204214.yaml:5',
    );
    expect(before.stderr).toContain(
      'warning: the grant takes no effect before 2026-03-01: "204214" is in "student" until then',
    );
  });
});

describe.concurrent('plan says what speaks against it', () => {
  it('guards, with numbers and the way out', async () => {
    const place = await Place.applied(memberFiles(9, 'researcher'));
    place.policy({ 'members/m001.yaml': undefined, 'members/m002.yaml': undefined, 'members/m003.yaml': undefined });
    const { exitCode, stdout } = await place.run(`plan --root root ${ON}`);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n\n')[2]).toBe(`refused
  removes 3 of 11 members, at most 2 (2, or 20 % of all) at a time: m001, m002, m003 [mass-removal]
    remove at most 2 member files in one change, or allow exactly this once in policy/allow.yaml: answers: [{ guard: mass-removal, objects: [m001, m002, m003], reason: WHY, expires: YYYY-MM-DD }]`);
    expect(stdout).not.toContain(NEXT);
    const markdown = await place.run(`plan --root root ${ON} --format markdown`);
    expect(markdown.stdout.split('\n\n')[2]).toBe(
      '- removes 3 of 11 members, at most 2 &#40;2, or 20 % of all&#41; at a time: m001, m002, m003 (`mass-removal`): remove at most 2 member files in one change, or allow exactly this once in policy/allow.yaml: answers: &#91;&#123; guard: mass-removal, objects: &#91;m001, m002, m003&#93;, reason: WHY, expires: YYYY-MM-DD &#125;&#93;',
    );
  });

  it('files of others in the way, and those that are not', async () => {
    const place = await Place.applied();
    place.write(`root/${UNITS}/ds01-student.slice`, '[Slice]\nTasksMax=512\n');
    place.write(`root/${UNITS}/ds01-vip.slice`, '[Slice]\n');
    place.write(`root/${UNITS}/ds01-student-.slice.d/90-local.conf`, '[Slice]\n');
    place.write(`root/${UNITS}/ssh.service`, '[Service]\n');
    place.write(`root/${UNITS}/ds010.slice`, '[Slice]\n');
    const { exitCode, stdout } = await place.run('plan --root root --check');
    expect(exitCode).toBe(2);
    const [, ...blocks] = stdout.split('\n\n');
    expect(blocks.slice(0, 2).join('\n\n')).toBe(`written by somebody else: apply --adopt takes it over and keeps a copy
  ds01-student.slice

left alone: 1 file of site "ds01" that ds01-policy did not write: ds01-student-.slice.d/90-local.conf
left alone: 1 unit of site "ds01" without any limit, made by other tools`);
    expect(stdout).toContain(NEXT.replace('apply', 'apply --adopt'));
  });

  it('without letting a name of the host move the cursor', async () => {
    const place = await Place.applied();
    const mark = '# Managed by ds01-policy';
    place.write(
      `root/${UNITS}/ds01-\u001b[31m\n::error::x.slice`,
      `${mark}\n[X-ds01-policy]\nAccount=a\u001b[2J\nMember=m\u001b\nGroup=g\n`,
    );
    place.write(`root/${UNITS}/other-\u001b[31m.slice`, `${mark}\n`);
    for (const line of [
      'plan --root root',
      'plan --root root --format markdown',
      'apply --root root',
      'status --root root',
    ]) {
      const { stdout, stderr } = await place.run(line);
      expect(`${stdout}${stderr}`, line).not.toMatch(/[^\n\P{Cc}]|^::/mu);
    }
    expect(contents(place.at('root')).filter((line) => line.includes('[31m'))).toHaveLength(2);
  });
});
