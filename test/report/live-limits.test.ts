import { expect, it } from 'vitest';
import type { LiveSlice } from '../../scripts/diagnosis/live-limits.ts';
import { liveLimitsText } from '../../scripts/report/live-limits.ts';
import { type Paint, plain } from '../../scripts/report/paint.ts';

const place = { file: 'groups/student.yaml', line: 6 };
const GOOD: LiveSlice = {
  name: 'ds01-student.slice',
  scope: 'per_group',
  running: true,
  limits: [
    {
      ...{ key: 'CPUQuota', policy: '1600%', systemd: '1600%', kernel: '1600%', used: '12.3 cores' },
      place,
      differs: false,
    },
  ],
};
const IDLE: LiveSlice = {
  name: 'ds01-student-100001.slice',
  scope: 'per_member',
  running: false,
  limits: [{ key: 'CPUQuota', policy: 'infinity', systemd: 'infinity', differs: false }],
};
const WRONG: LiveSlice = {
  name: `docker-${'c0ffee12'.repeat(8)}.scope`,
  scope: 'per_container',
  running: true,
  limits: [
    { ...{ key: 'TasksMax', policy: '512', systemd: '64', kernel: '64\u001b[2J', used: '9' }, place, differs: true },
    { ...{ key: 'MemoryMax', policy: 'infinity', kernel: '1G' }, differs: true },
  ],
};
const label = (file: string) => `policy/${file}`;

it('is one table of everybody who has a say, with what is in use and the line of policy', () => {
  expect(liveLimitsText([GOOD, IDLE], label, plain)).toBe(`\
    now       policy     systemd    kernel  in use
  ds01-student.slice (all members of the group together)
    CPUQuota  1600%      1600%      1600%   12.3 cores  policy/groups/student.yaml:6
  ds01-student-100001.slice (this account, nothing runs there)
    CPUQuota  unlimited  unlimited  -
`);
});

it('names what differs, and where the reason is told', () => {
  const said = liveLimitsText([{ ...GOOD, scope: 'site' }, WRONG], label, plain);
  expect(said).toBe(`\
    now        policy     systemd  kernel       in use
  ds01-student.slice (all groups together)
    CPUQuota   1600%      1600%    1600%        12.3 cores  policy/groups/student.yaml:6
  docker-c0ffee12c0ff.scope (this container)
    TasksMax   512        64       64\\u{1b}[2J  9           differs; policy/groups/student.yaml:6
    MemoryMax  unlimited  -        1G                       differs
  not as policy says: ds01-policy status tells who has the last word, and since when
`);
});

it('says that nothing enforces a limit, which is no less wrong for being the same everywhere', () => {
  const why = 'nothing in cgroup v1 says that it is enforced';
  const unenforced = { ...{ key: 'MemoryHigh', policy: '1G', systemd: '1G', unenforced: why }, place, differs: false };
  const marked: Paint = (tone, text) => (tone === 'warning' ? `!${text}` : text);
  expect(liveLimitsText([{ ...GOOD, limits: [unenforced] }], label, marked)).toBe(`\
    now         policy  systemd  kernel  in use
  ds01-student.slice (all members of the group together)
!    MemoryHigh  1G      1G       -               not enforced: ${why}; policy/groups/student.yaml:6
`);
});

it('has colours for what differs', () => {
  const marked: Paint = (tone, text) => `<${tone}>${text}`;
  const lines = liveLimitsText([GOOD, WRONG], label, marked).split('\n');
  expect(lines.map((line) => /<(\w+)>/.exec(line)?.[1])).toEqual([
    'faint',
    'strong',
    undefined,
    'strong',
    'warning',
    'warning',
    'warning',
    undefined,
  ]);
});
