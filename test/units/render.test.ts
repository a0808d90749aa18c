import { execa } from 'execa';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CONTAINER_FIELD_NAMES,
  type ContainerField,
  SLICE_FIELD_NAMES,
  type SliceField,
} from '../../scripts/policy/fields.ts';
import { DROP_IN, memberDropInPath, render } from '../../scripts/units/render.ts';
import { settingsOf } from '../../scripts/units/settings.ts';
import { isMarked, MARK, parseUnit } from '../../scripts/units/unit-text.ts';
import { policyFilesOf, policyModels, TODAY } from '../support/arbitrary-policy.ts';
import { REPOSITORY } from '../support/repository.ts';
import {
  DAY,
  groupText,
  memberText,
  policyOfTheTests,
  resolveFiles,
  resolvePolicy,
} from '../support/resolve-policy.ts';

const RUNS = { numRuns: 40 };

function textsOf(resolved = resolvePolicy()): Readonly<Record<string, string>> {
  return Object.fromEntries(render(resolved).map(({ path, text }) => [path, text]));
}

// What is between the first line and the end: all that systemd reads.
function body(text: string | undefined): string {
  return (text ?? '').split('\n').slice(2).join('\n');
}

describe('the units of the policy of the tests', () => {
  it('are these and no others', () => {
    expect(Object.keys(textsOf())).toEqual([
      'ds01-admin-.slice.d/50-ds01-policy.conf',
      'ds01-admin-datasciencelab.slice',
      'ds01-admin.slice',
      'ds01-researcher-.slice.d/50-ds01-policy.conf',
      'ds01-researcher-204214.slice',
      'ds01-researcher-s_kaiser.slice',
      'ds01-researcher.slice',
      'ds01-student-.slice.d/50-ds01-policy.conf',
      'ds01-student.slice',
      'ds01.slice',
    ]);
  });

  it('begin with the mark, and say which policy file to edit', () => {
    const first = Object.entries(textsOf()).map(([path, text]) => [path, text.split('\n')[0]]);
    const edit = (file: string) => `${MARK}: the next apply undoes an edit here. Edit policy/${file} instead.`;
    expect(Object.fromEntries(first)).toMatchObject({
      'ds01.slice': edit('site.yaml'),
      'ds01-student.slice': edit('groups/student.yaml'),
      'ds01-student-.slice.d/50-ds01-policy.conf': edit('groups/student.yaml'),
      'ds01-researcher-s_kaiser.slice': edit('members/204214.yaml'),
    });
    for (const text of Object.values(textsOf())) expect(isMarked(text)).toBe(true);
  });

  it('give all groups together no limit', () => {
    expect(textsOf()['ds01.slice']).toBe(`\
${MARK}: the next apply undoes an edit here. Edit policy/site.yaml instead.

[Unit]
Description=ds01: all groups together
Before=slices.target

[Slice]
CPUAccounting=yes
MemoryAccounting=yes
TasksAccounting=yes
IOAccounting=yes

[X-ds01-policy]
DefaultGroup=student
AdminGroup=admin
`);
  });

  it('limit students together to 16 cores, 32 GiB and 65536 tasks', () => {
    expect(body(textsOf()['ds01-student.slice'])).toBe(`\
[Unit]
Description=ds01 student: Students, and everybody who is not listed
Before=slices.target

[Slice]
CPUAccounting=yes
MemoryAccounting=yes
TasksAccounting=yes
IOAccounting=yes
CPUQuota=1600%
MemoryMax=32G
TasksMax=65536

[X-ds01-policy]
Group=student
Container=cpus 16
Container=memory 32G
`);
  });

  it('limit researchers together to 128 cores, 128 GiB and 65536 tasks', () => {
    expect(body(textsOf()['ds01-researcher.slice'])).toBe(`\
[Unit]
Description=ds01 researcher: PhD students, research assistants and staff
Before=slices.target

[Slice]
CPUAccounting=yes
MemoryAccounting=yes
TasksAccounting=yes
IOAccounting=yes
CPUQuota=12800%
MemoryMax=128G
TasksMax=65536

[X-ds01-policy]
Group=researcher
Container=cpus 64
Container=memory 128G
`);
  });

  it('write out for admins that nothing is limited: an empty value once became 512', () => {
    expect(body(textsOf()['ds01-admin.slice'])).toBe(`\
[Unit]
Description=ds01 admin: Administrators of the server
Before=slices.target

[Slice]
CPUAccounting=yes
MemoryAccounting=yes
TasksAccounting=yes
IOAccounting=yes
CPUQuota=
MemoryMax=infinity
TasksMax=infinity

[X-ds01-policy]
Group=admin
`);
  });

  it('give an account who it is, and its group for everything else', () => {
    expect(body(textsOf()['ds01-researcher-204214.slice'])).toBe(`\
[Unit]
Description=ds01 researcher: 204214@hertie-school.lan
Before=slices.target

[X-ds01-policy]
Group=researcher
Account=204214@hertie-school.lan
Member=204214
`);
  });

  it('have a drop-in for every member of a group, listed or not, with nothing but accounting', () => {
    for (const group of ['admin', 'researcher', 'student']) {
      expect(body(textsOf()[`ds01-${group}-.slice.d/${DROP_IN}`])).toBe(`\
[Slice]
CPUAccounting=yes
MemoryAccounting=yes
TasksAccounting=yes
IOAccounting=yes
`);
    }
  });
});

describe('accounts', () => {
  it('whose grant is over or has not begun have no unit', () => {
    const texts = {
      'members/over.yaml': memberText('over', 'researcher', 'expires: 2026-06-14\n'),
      'members/last.yaml': memberText('last', 'researcher', 'expires: 2026-06-15\n'),
      'members/soon.yaml': memberText('soon', 'researcher').replace('2025-12-05', '2026-06-16'),
    };
    const paths = Object.keys(textsOf(resolvePolicy(texts)));
    expect(paths).toContain('ds01-researcher-last.slice');
    expect(paths.filter((path) => /over|soon/.test(path))).toEqual([]);
  });

  it('with limits of their own get a drop-in with the complete merged set: it masks the one of the group', () => {
    const resolved = resolvePolicy({
      'site.yaml': `${siteText}limits: { per_member: { io_weight: 50, cpu_weight: 10 } }\n`,
      'groups/researcher.yaml': groupText(
        'cpu_quota: 12800%, memory_max: 128G, tasks_max: 65536',
        '  per_member: { memory_max: 64G, tasks_max: 8192, io_read_bandwidth_max: { /dev/sda: 5M, /dev/sdb: 6M } }\n',
      ),
      'members/204214.yaml': memberText(
        '204214',
        'researcher',
        'expires: never\nlimits: { per_member: { memory_max: 96G, io_read_bandwidth_max: { /dev/sdb: 7M } } }\n',
      ),
    });
    expect(body(textsOf(resolved)[`ds01-researcher-204214.slice.d/${DROP_IN}`])).toBe(`\
[Slice]
CPUAccounting=yes
MemoryAccounting=yes
TasksAccounting=yes
IOAccounting=yes
CPUWeight=10
MemoryMax=96G
TasksMax=8192
IOWeight=50
IOReadBandwidthMax=/dev/sda 5M
IOReadBandwidthMax=/dev/sdb 7M
`);
  });

  it('with limits of their own for containers have all container limits in their unit, and no drop-in', () => {
    const limits = 'expires: never\nlimits: { per_container: { memory: 64G, gpus: 2 } }\n';
    const texts = textsOf(resolvePolicy({ 'members/204214.yaml': memberText('204214', 'researcher', limits) }));
    expect(texts[`ds01-researcher-204214.slice.d/${DROP_IN}`]).toBeUndefined();
    const lines = texts['ds01-researcher-204214.slice']?.split('\n').filter((line) => line.startsWith('Container='));
    expect(lines).toEqual(['Container=cpus 64', 'Container=memory 64G', 'Container=gpus 2']);
  });
});

const siteText = `version: 1
name: ds01
default_group: student
admin_group: admin
time_zone: Europe/Berlin
account_domain: hertie-school.lan
hosts: { ds01: { cpus: 128, gpus: 4 } }
`;

// The types make these complete; the tests below make sure that it is the program's list that they are held against.
const SLICE_LINES: Readonly<Record<SliceField, readonly (readonly [value: string, ...lines: string[]])[]>> = {
  cpu_quota: [
    ['1600%', 'CPUQuota=1600%'],
    ['unlimited', 'CPUQuota='],
  ],
  cpu_weight: [['200', 'CPUWeight=200']],
  memory_high: [
    ['30G', 'MemoryHigh=30G'],
    ['unlimited', 'MemoryHigh=infinity'],
  ],
  memory_max: [
    ['32G', 'MemoryMax=32G'],
    ['1024M', 'MemoryMax=1G'],
    ['1.5T', 'MemoryMax=1.5T'],
    ['262145.25K', 'MemoryMax=262145.25K'],
    ['unlimited', 'MemoryMax=infinity'],
  ],
  memory_swap_max: [
    ['8G', 'MemorySwapMax=8G'],
    ['unlimited', 'MemorySwapMax=infinity'],
  ],
  tasks_max: [
    ['65536', 'TasksMax=65536'],
    ['unlimited', 'TasksMax=infinity'],
  ],
  io_weight: [['50', 'IOWeight=50']],
  io_read_bandwidth_max: [
    ['{ /dev/sdb: 1.5G, /dev/sda: 500M }', 'IOReadBandwidthMax=/dev/sda 500M', 'IOReadBandwidthMax=/dev/sdb 1.5G'],
    ['unlimited', 'IOReadBandwidthMax='],
  ],
  io_write_bandwidth_max: [
    ['{ /dev/nvme0n1: 1000K }', 'IOWriteBandwidthMax=/dev/nvme0n1 1M'],
    ['unlimited', 'IOWriteBandwidthMax='],
  ],
  allowed_cpus: [
    ['"0-31,64"', 'AllowedCPUs=0-31 64'],
    ['unlimited', 'AllowedCPUs='],
  ],
};
const CONTAINER_LINES: Readonly<Record<ContainerField, readonly (readonly [value: string, line: string])[]>> = {
  cpus: [
    ['0.5', 'Container=cpus 0.5'],
    ['unlimited', 'Container=cpus unlimited'],
  ],
  memory: [['32G', 'Container=memory 32G']],
  shm_size: [['512M', 'Container=shm_size 512M']],
  pids_limit: [['16384', 'Container=pids_limit 16384']],
  gpus: [
    ['0', 'Container=gpus 0'],
    ['unlimited', 'Container=gpus unlimited'],
  ],
  max_containers: [['3', 'Container=max_containers 3']],
  idle_timeout: [['48h', 'Container=idle_timeout 2d']],
  max_runtime: [['90min', 'Container=max_runtime 90min']],
};
const REQUIRED = { cpu_quota: '1600%', memory_max: '32G', tasks_max: '65536' };

describe('every field of policy reaches a unit', () => {
  it('and the tables of this test have all of them', () => {
    expect(Object.keys(SLICE_LINES)).toEqual(SLICE_FIELD_NAMES);
    expect(Object.keys(CONTAINER_LINES)).toEqual(CONTAINER_FIELD_NAMES);
  });

  const slices = Object.entries(SLICE_LINES).flatMap(([field, cases]) =>
    cases.map(([value, ...lines]) => ({ field, value, lines })),
  );
  it.each(slices)('$field: $value in per_group', ({ field, value, lines }) => {
    const perGroup = Object.entries({ ...REQUIRED, [field]: value }).map((pair) => pair.join(': '));
    const texts = textsOf(resolvePolicy({ 'groups/student.yaml': groupText(perGroup.join(', ')) }));
    expect(limitLines(texts['ds01-student.slice'], lines[0])).toEqual(lines);
  });

  it.each(slices)('$field: $value in per_member', ({ field, value, lines }) => {
    const perGroup = 'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536';
    const texts = textsOf(
      resolvePolicy({ 'groups/student.yaml': groupText(perGroup, `  per_member: { ${field}: ${value} }\n`) }),
    );
    expect(limitLines(texts[`ds01-student-.slice.d/${DROP_IN}`])).toEqual(lines);
  });

  it.each(slices)('$field: $value of a member', ({ field, value, lines }) => {
    const limits = `expires: never\nlimits: { per_member: { ${field}: ${value} } }\n`;
    const texts = textsOf(resolvePolicy({ 'members/204214.yaml': memberText('204214', 'researcher', limits) }));
    expect(limitLines(texts[`ds01-researcher-204214.slice.d/${DROP_IN}`])).toEqual(lines);
  });

  const containers = Object.entries(CONTAINER_LINES).flatMap(([field, cases]) =>
    cases.map(([value, line]) => ({ field, value, line })),
  );
  it.each(containers)('$field: $value in per_container', ({ field, value, line }) => {
    const perGroup = 'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536';
    const texts = textsOf(
      resolvePolicy({ 'groups/student.yaml': groupText(perGroup, `  per_container: { ${field}: ${value} }\n`) }),
    );
    expect(texts['ds01-student.slice']?.split('\n').filter((text) => text.startsWith('Container='))).toEqual([line]);
  });
});

// The lines that limit something; with `like`, those of the same directive.
function limitLines(text: string | undefined, like?: string): readonly string[] {
  const directive = like?.split('=', 1)[0];
  const slice = parseUnit(text ?? '').filter(({ section, directive: name }) => {
    return section === 'Slice' && !name.endsWith('Accounting') && (directive === undefined || name === directive);
  });
  return slice.map(({ directive: name, value }) => `${name}=${value}`);
}

describe('the text of units', () => {
  it('keeps text of policy text: % begins a specifier in systemd', () => {
    const description = 'description: "100 % of %n and %% for \'them\'; # = [x]"\n';
    const texts = textsOf(
      resolvePolicy({
        'groups/student.yaml': groupText('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536').replace(
          /.*\n/,
          description,
        ),
      }),
    );
    expect(texts['ds01-student.slice']?.split('\n')[3]).toBe(
      "Description=ds01 student: 100 %% of %%n and %%%% for 'them'; # = [x]",
    );
  });

  it('has only lines that systemd and this program know, in paths of a strict grammar, for any policy', () => {
    fc.assert(
      fc.property(policyModels, (model) => {
        for (const { path, text, place, places } of render(resolveFiles(policyFilesOf(model), TODAY))) {
          expect(path).toMatch(
            /^lab(-[a-z][a-z0-9_]{0,31}(-[a-z0-9](_?[a-z0-9])*)?)?[.]slice([.]d[/]50-ds01-policy[.]conf)?$|^lab-[a-z][a-z0-9_]{0,31}-[.]slice[.]d[/]50-ds01-policy[.]conf$/,
          );
          expect(text.startsWith(`${MARK}: `)).toBe(true);
          expect(text.endsWith('\n') && !text.endsWith('\n\n')).toBe(true);
          expect(text).not.toMatch(/^Slice=|[^\P{Cc}\n]|\\/mu);
          // No date of the run, no commit: the same policy is the same text tomorrow.
          expect(text.replace(/^Description=.*$/m, '')).not.toMatch(/\b20\d\d-\d\d|\b[0-9a-f]{40}\b/);
          for (const { section } of parseUnit(text)) expect(['Unit', 'Slice', 'X-ds01-policy']).toContain(section);
          // Each limit knows its line of policy.
          for (const key of settingsOf(parseUnit(text)).keys()) expect(places.get(key)?.line).toBeGreaterThan(0);
          expect(text.split('\n')[0]).toContain(`Edit policy/${place.file} instead.`);
        }
      }),
      RUNS,
    );
  });

  it('has no path twice', () => {
    fc.assert(
      fc.property(policyModels, (model) => {
        const paths = render(resolveFiles(policyFilesOf(model), TODAY)).map(({ path }) => path);
        expect(paths).toEqual([...new Set(paths)].sort());
      }),
      RUNS,
    );
  });

  it('knows where the limits of all members of a group stand', () => {
    expect(memberDropInPath('ds01-student.slice')).toBe('ds01-student-.slice.d/50-ds01-policy.conf');
  });
});

describe('law 1: rendering is byte-identical', () => {
  it('ten times over', () => {
    const [first, ...others] = Array.from({ length: 10 }, () => JSON.stringify(textsOf()));
    for (const other of others) expect(other).toBe(first);
  });

  it('on shuffled files', () => {
    const shuffled = policyModels.chain((model) => {
      const files = policyFilesOf(model);
      return fc.tuple(fc.constant(files), fc.shuffledSubarray([...files], { minLength: files.length }));
    });
    fc.assert(
      fc.property(shuffled, ([files, others]) => {
        expect(render(resolveFiles(others, TODAY))).toEqual(render(resolveFiles(files, TODAY)));
      }),
      RUNS,
    );
    const turned = resolveFiles([...policyOfTheTests()].reverse(), DAY);
    expect(JSON.stringify(textsOf(turned))).toBe(JSON.stringify(textsOf()));
  });

  it('in any locale and time zone', async () => {
    const surroundings = [
      { TZ: 'UTC', LANG: 'C', LC_ALL: 'C' },
      { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
      { TZ: 'America/St_Johns', LANG: 'sv_SE.UTF-8', LC_ALL: 'sv_SE.UTF-8' },
    ];
    const [first, ...others] = await Promise.all(
      surroundings.map(async (env) => {
        const program = ['scripts/run.mjs', 'test/support/print-units.ts'];
        return (await execa('node', program, { cwd: REPOSITORY, env })).stdout;
      }),
    );
    expect(first).toContain('\nCPUQuota=12800%\n');
    for (const other of others) expect(other).toBe(first);
  });
});
