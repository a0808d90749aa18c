import { describe, expect, it } from 'vitest';
import { Place } from './world.ts';

const ON = '--on 2026-03-01';

const RESEARCHER = `  per_group (all members of the group together)
    cpu_quota   12800%  128 cores  policy/groups/researcher.yaml:6
    memory_max  128G               policy/groups/researcher.yaml:6
    tasks_max   65536              policy/groups/researcher.yaml:6
  per_member (this account)
    no limit
  per_container (each container)
    cpus    64      policy/groups/researcher.yaml:7
    memory  128G    policy/groups/researcher.yaml:7
`;

const STUDENT = `  per_group (all members of the group together)
    cpu_quota   1600%  16 cores  policy/groups/student.yaml:6
    memory_max  32G              policy/groups/student.yaml:6
    tasks_max   65536            policy/groups/student.yaml:6
  per_member (this account)
    no limit
  per_container (each container)
    cpus    16     policy/groups/student.yaml:7
    memory  32G    policy/groups/student.yaml:7
`;

const ABOUT = `  reason    CPU-bound scikit-learn work, throttled at the student quota of 16 cores
  accounts  204214@hertie-school.lan, s.kaiser@hertie-school.lan
`;

const LISTED = `204214@hertie-school.lan on 2026-03-01
  group     researcher                    policy/members/204214.yaml:3
  until     never ends                    policy/members/204214.yaml:6
  slice     ds01-researcher-204214.slice
${ABOUT}
${RESEARCHER}`;

const SECOND_LOGIN = `s.kaiser@hertie-school.lan on 2026-03-01
  group     researcher                      policy/members/204214.yaml:3
  until     never ends                      policy/members/204214.yaml:6
  slice     ds01-researcher-s_kaiser.slice
${ABOUT}
${RESEARCHER}`;

const UNLISTED = `a.student@hertie-school.lan on 2026-03-01
  group     student                                               policy/site.yaml:5
  until     no end: everybody who is not listed is in this group
  slice     ds01-student-a_student.slice

${STUDENT}`;

describe.concurrent('explain', () => {
  it.each([
    ['204214', LISTED],
    ['204214@hertie-school.lan', LISTED],
    ['204214@STUDENTS.hertie-school.org', LISTED],
    ['S.Kaiser@Hertie-School.org', SECOND_LOGIN],
    ['s_kaiser', SECOND_LOGIN],
    ['A.Student@hertie-school.org', UNLISTED],
  ])('knows %s', async (spelling, stdout) => {
    expect(await new Place().run(`explain ${spelling} ${ON}`)).toEqual({ exitCode: 0, stdout, stderr: '' });
  });

  it.each(['x@example.org', '../../etc', '...', '@hertie-school.lan'])(
    'refuses what no account can be called: %s',
    async (spelling) => {
      expect(await new Place().run(`explain ${spelling}`)).toEqual({
        exitCode: 64,
        stdout: '',
        stderr: `ds01-policy: "${spelling}" is not an account of this site: write name@hertie-school.lan\nsee ds01-policy explain --help\n`,
      });
    },
  );

  const limited = () => {
    const place = new Place();
    place.edit(
      'members/204214.yaml',
      'granted: 2025-12-05\nexpires: never\n',
      'granted: 2026-03-01\nexpires: 2026-03-31\nlimits:\n  per_member: { memory_max: 64G }\n  per_container: { gpus: 2 }\n',
    );
    return place;
  };

  const ACTIVE = `  group     researcher                               policy/members/204214.yaml:3
  until     2026-03-31, through the end of that day  policy/members/204214.yaml:6
  slice     ds01-researcher-204214.slice
${ABOUT}
${RESEARCHER.replace('    no limit\n', '    memory_max  64G    policy/members/204214.yaml:8\n')}    gpus    2       policy/members/204214.yaml:9
`;
  const PENDING = `  group     student                                        policy/members/204214.yaml:5
  until     the grant for researcher begins on 2026-03-01  policy/members/204214.yaml:5
  slice     ds01-student-204214.slice
${ABOUT}
${STUDENT}`;
  const EXPIRED = `  group     student                                         policy/members/204214.yaml:6
  until     the grant for researcher expired on 2026-03-31  policy/members/204214.yaml:6
  slice     ds01-student-204214.slice
${ABOUT}
${STUDENT}`;

  it.each([
    ['2026-02-28', PENDING, 'warning: the grant takes no effect before 2026-03-01'],
    ['2026-03-01', ACTIVE, ''],
    ['2026-03-31', ACTIVE, ''],
    ['2026-04-01', EXPIRED, 'warning: the grant expired on 2026-03-31 and takes no effect'],
  ])('says what holds on %s', async (day, text, warning) => {
    const { exitCode, stdout, stderr } = await limited().run(`explain 204214 --on ${day}`);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `204214@hertie-school.lan on ${day}\n${text}` });
    if (warning === '') expect(stderr).toBe('');
    else expect(stderr).toContain(warning);
  });

  it('says it to programs', async () => {
    const { exitCode, stdout, stderr } = await limited().run('explain s_kaiser --on 2026-03-31 --format json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const group = (line: number) => ({ file: 'groups/researcher.yaml', line });
    const member = (line: number) => ({ file: 'members/204214.yaml', line });
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      account: 's.kaiser@hertie-school.lan',
      today: '2026-03-31',
      state: 'active',
      group: { name: 'researcher', place: member(3) },
      slice: 'ds01-researcher-s_kaiser.slice',
      member: {
        id: '204214',
        accounts: ['204214@hertie-school.lan', 's.kaiser@hertie-school.lan'],
        reason: 'CPU-bound scikit-learn work, throttled at the student quota of 16 cores',
        granted: '2026-03-01',
        expires: '2026-03-31',
      },
      limits: {
        per_group: {
          cpu_quota: { value: '12800%', place: group(6) },
          memory_max: { value: '128G', place: group(6) },
          tasks_max: { value: '65536', place: group(6) },
        },
        per_member: { memory_max: { value: '64G', place: member(8) } },
        per_container: {
          cpus: { value: '64', place: group(7) },
          memory: { value: '128G', place: group(7) },
          gpus: { value: '2', place: member(9) },
        },
      },
    });
  });

  it('says what unlimited is', async () => {
    const { stdout } = await new Place().run('explain datasciencelab --on 2026-03-01');
    expect(stdout).toContain(`  per_group (all members of the group together)
    cpu_quota   unlimited    policy/groups/admin.yaml:5
    memory_max  unlimited    policy/groups/admin.yaml:5
    tasks_max   unlimited    policy/groups/admin.yaml:5
`);
  });

  it('says nothing while policy has errors', async () => {
    const place = new Place({ 'members/204214.yaml': '' });
    const { exitCode, stdout, stderr } = await place.run('explain datasciencelab');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^policy\/members\/204214.yaml:1:1: error: the file is empty/);
  });
});
