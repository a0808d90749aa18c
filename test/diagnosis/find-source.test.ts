import { describe, expect, it } from 'vitest';
import { sourceFinder } from '../../scripts/diagnosis/find-source.ts';
import type { Meter } from '../../scripts/diagnosis/meter.ts';
import type { Resolved } from '../../scripts/policy/resolve.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { ACCOUNT, aMeter, CONTAINER, GROUP, RESEARCHERS, SITE } from '../support/case-fixture.ts';
import { groupText, memberText, resolvePolicy } from '../support/resolve-policy.ts';

const G = 2 ** 30;
const CONTROL = '/etc/systemd/system.control/ds01-student.slice.d/50-TasksMax.conf';
const policy = resolvePolicy();
const student = { file: 'groups/student.yaml', line: 6 };
const owner = { name: 'student', scope: 'per_group' };

interface Host {
  /** Files of others, or in the place of those of policy; `undefined` for none. */
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly resolved?: Resolved;
  /** What was applied, where policy has changed since. */
  readonly applied?: Resolved;
  readonly version?: 'v1' | 'v2';
}

function sourceOf(
  path: string,
  key: string,
  meter: Partial<Meter>,
  { files = {}, resolved = policy, applied = resolved, version = 'v2' }: Host = {},
) {
  const texts = { ...Object.fromEntries(render(applied).map((unit) => [unit.path, unit.text])), ...files };
  const found = Object.entries(texts).flatMap(([file, text]) => {
    return text === undefined ? [] : [{ kind: 'file' as const, path: file, text }];
  });
  const names = new Map([
    ['8:0', 'sda'],
    ['8:16', 'sdb'],
  ]);
  const devices = { numbers: new Map([['/dev/disk/by-id/x', '8:0']]), names };
  const { changes } = plan(found, resolved);
  const find = sourceFinder({ resolved, files: found, changes, version, devices, containers: new Map() });
  return find(aMeter(path, meter), key);
}

function tasks(max?: number): Partial<Meter> {
  return { tasks: { current: 1, ...(max !== undefined && { max }) } };
}

function memory(max: number): Partial<Meter> {
  return { memory: { current: 1, held: 1, max } };
}

describe('policy', () => {
  it('says a limit of a group', () => {
    expect(sourceOf(GROUP, 'TasksMax', tasks(65_536))).toEqual({
      ...{ key: 'TasksMax', cgroup: 'ds01-student.slice', value: '65536', origin: 'policy' },
      ...{ file: '/etc/systemd/system/ds01-student.slice', place: student, owner },
    });
    expect(sourceOf(RESEARCHERS, 'CPUQuota', { cpu: { cores: 1, quota: 128 } })).toMatchObject({
      ...{ value: '12800%', origin: 'policy', owner: { name: 'researcher', scope: 'per_group' } },
    });
  });

  it('says what the kernel rounds', () => {
    const resolved = resolvePolicy({
      'groups/student.yaml': groupText('cpu_quota: 1600%, memory_max: 300000.25K, tasks_max: 65536'),
    });
    const [rounded, other] = [307_200_000, 307_204_096].map((max) =>
      sourceOf(GROUP, 'MemoryMax', memory(max), { resolved }),
    );
    expect(rounded).toMatchObject({ value: '300000.25K', origin: 'policy' });
    expect(other).toMatchObject({ value: '300004K', origin: 'kernel', policy: '300000.25K' });
    const almost = { cpu: { cores: 1, quota: 16.0004 } };
    expect(sourceOf(GROUP, 'CPUQuota', almost)).toMatchObject({ value: '1600%', origin: 'policy' });
  });

  it('is believed where the kernel does not show a limit', () => {
    expect(sourceOf(GROUP, 'TasksMax', {})).toMatchObject({ value: '65536', origin: 'policy' });
  });

  it('says that there is no limit', () => {
    const admins = `${SITE}/ds01-admin.slice`;
    const source = sourceOf(admins, 'CPUQuota', { cpu: { cores: 1 } });
    expect(source).toMatchObject({ value: 'infinity', origin: 'policy', owner: { name: 'admin' } });
    expect(sourceOf(admins, 'CPUQuota', { cpu: { cores: 1, quota: 2 } })).toMatchObject({
      ...{ value: '200%', origin: 'kernel', policy: 'infinity', settledBy: 'apply' },
    });
  });

  it('says nothing of the site, and of what is in no scope of an account', () => {
    for (const path of [SITE, ACCOUNT]) {
      const source = sourceOf(path, 'TasksMax', tasks(512));
      expect(source).toEqual({
        ...{ key: 'TasksMax', cgroup: path.replace(/^.*[/]/, ''), value: '512', origin: 'kernel', settledBy: 'apply' },
      });
    }
    expect(sourceOf(SITE, 'TasksMax', tasks())).toMatchObject({ value: 'infinity', origin: 'kernel' });
    expect(sourceOf(SITE, 'CPUWeight', {})).toMatchObject({ value: '100', origin: 'kernel' });
    expect(sourceOf('/user.slice', 'TasksMax', tasks(512))).toEqual({
      ...{ key: 'TasksMax', cgroup: 'user.slice', value: '512', origin: 'kernel' },
    });
  });
});

describe('a limit of each member', () => {
  const perMember = 'per_member: { tasks_max: 8192, memory_max: 8G }';
  const resolved = resolvePolicy({
    'groups/student.yaml': groupText('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536', `  ${perMember}\n`),
    'members/m.yaml': memberText('m', 'student', 'expires: never\nlimits: { per_member: { tasks_max: 16384 } }\n'),
  });
  const line = { file: 'groups/student.yaml', line: 4 };
  const shared = '/etc/systemd/system/ds01-student-.slice.d/50-ds01-policy.conf';

  it('is the group’s, listed or not', () => {
    expect(sourceOf(ACCOUNT, 'TasksMax', tasks(8192), { resolved })).toEqual({
      ...{ key: 'TasksMax', cgroup: 'ds01-student-100001.slice', value: '8192', origin: 'policy', file: shared },
      ...{ place: line, owner: { name: 'student', scope: 'per_member' } },
    });
  });

  it('is the account’s where its file says it', () => {
    const own = `${GROUP}/ds01-student-m.slice`;
    const file = '/etc/systemd/system/ds01-student-m.slice.d/50-ds01-policy.conf';
    expect(sourceOf(own, 'TasksMax', tasks(16_384), { resolved })).toMatchObject({
      ...{ origin: 'policy', file, place: { file: 'members/m.yaml' } },
      owner: { name: 'm@hertie-school.lan', scope: 'per_member' },
    });
    expect(sourceOf(own, 'MemoryMax', memory(8 * G), { resolved })).toMatchObject({
      ...{ origin: 'policy', file, place: line, owner: { name: 'student', scope: 'per_member' } },
    });
  });

  it('holds in a slice that an account has left, and in one below an account’s', () => {
    for (const name of ['ds01-student-204214', 'ds01-student-100001-jobs']) {
      expect(sourceOf(`${GROUP}/${name}.slice`, 'TasksMax', tasks(8192), { resolved })).toMatchObject({
        ...{ origin: 'policy', file: shared, owner: { name: 'student', scope: 'per_member' } },
      });
    }
  });
});

describe('set-property', () => {
  it('has the last word over policy, also with the same word', () => {
    const files = { [CONTROL]: '[Slice]\nTasksMax=512\n' };
    expect(sourceOf(GROUP, 'TasksMax', tasks(512), { files })).toEqual({
      ...{ key: 'TasksMax', cgroup: 'ds01-student.slice', value: '512', origin: 'set-property', file: CONTROL },
      ...{ place: student, policy: '65536', owner, settledBy: 'apply' },
    });
    const same = { [CONTROL]: '[Slice]\nTasksMax=65536\n' };
    expect(sourceOf(GROUP, 'TasksMax', tasks(65_536), { files: same })).toMatchObject({
      ...{ origin: 'set-property', value: '65536', policy: '65536' },
    });
    const other = sourceOf(GROUP, 'MemoryMax', memory(32 * G), { files });
    expect(other).toMatchObject({ origin: 'policy', value: '32G' });
    expect(other).not.toHaveProperty('policy');
  });

  it('with --runtime is the same', () => {
    const file = CONTROL.replace('/etc', '/run');
    const files = { [file]: '[Slice]\nTasksMax=512\n' };
    expect(sourceOf(GROUP, 'TasksMax', tasks(512), { files })).toMatchObject({ origin: 'set-property', file });
  });

  it('is left by apply where policy says so', () => {
    const text = groupText('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536').replace(
      'limits:',
      'drift: report\nlimits:',
    );
    const resolved = resolvePolicy({ 'groups/student.yaml': text });
    const source = sourceOf(GROUP, 'TasksMax', tasks(512), {
      resolved,
      files: { [CONTROL]: '[Slice]\nTasksMax=512\n' },
    });
    expect(source).toMatchObject({ origin: 'set-property', policy: '65536' });
    expect(source).not.toHaveProperty('settledBy');
  });
});

describe('a file', () => {
  it('of somebody else has the last word until somebody takes it away', () => {
    const files = { 'ds01-student.slice.d/90-local.conf': '[Slice]\nTasksMax=512\n' };
    expect(sourceOf(GROUP, 'TasksMax', tasks(512), { files })).toEqual({
      ...{ key: 'TasksMax', cgroup: 'ds01-student.slice', value: '512', origin: 'file' },
      ...{ file: '/etc/systemd/system/ds01-student.slice.d/90-local.conf', place: student, policy: '65536', owner },
    });
  });

  it('by hand in the place of one of ours is taken over by apply --adopt', () => {
    const files = { 'ds01-student.slice': '[Slice]\nTasksMax=512\n' };
    expect(sourceOf(GROUP, 'TasksMax', tasks(512), { files })).toMatchObject({
      ...{ origin: 'file', file: '/etc/systemd/system/ds01-student.slice', policy: '65536', settledBy: 'adopt' },
    });
  });

  it('of ours that is not as policy says is put right by apply', () => {
    const applied = resolvePolicy({
      'groups/student.yaml': groupText('cpu_quota: 800%, memory_max: 32G, tasks_max: 4096'),
    });
    expect(sourceOf(GROUP, 'TasksMax', tasks(4096), { applied })).toMatchObject({
      ...{ origin: 'file', value: '4096', policy: '65536', settledBy: 'apply' },
    });
  });

  it('of ours that is kept for what still runs there is policy, as it was', () => {
    const applied = resolvePolicy({ 'groups/old.yaml': groupText('cpu_quota: 800%, memory_max: 1G, tasks_max: 4096') });
    const files = { 'ds01-old.slice': render(applied).find(({ path }) => path === 'ds01-old.slice')?.text ?? '' };
    const found = Object.entries(files).map(([path, text]) => ({ kind: 'file' as const, path, text }));
    const devices = { numbers: new Map(), names: new Map() };
    const host = {
      resolved: policy,
      files: found,
      changes: [],
      version: 'v2',
      devices,
      containers: new Map(),
    } as const;
    expect(sourceFinder(host)(aMeter(`${SITE}/ds01-old.slice`, tasks(4096)), 'TasksMax')).toEqual({
      ...{ key: 'TasksMax', cgroup: 'ds01-old.slice', value: '4096', origin: 'policy' },
      file: '/etc/systemd/system/ds01-old.slice',
    });
  });

  it('says a share of the machine, and the kernel what that is', () => {
    const files = { 'ds01-student.slice.d/90-local.conf': '[Slice]\nTasksMax=10%\nMemoryMax=10%\n' };
    expect(sourceOf(GROUP, 'TasksMax', tasks(400), { files })).toMatchObject({ origin: 'file', value: '400' });
    expect(sourceOf(GROUP, 'MemoryMax', {}, { files })).toMatchObject({ origin: 'file', value: '10%' });
  });

  it('that systemd ignores says nothing', () => {
    const files = { 'ds01-student.slice.d/90-local.conf': '[Slice]\nTasksMax=banana\n' };
    expect(sourceOf(GROUP, 'TasksMax', tasks(65_536), { files })).toMatchObject({ origin: 'policy' });
  });
});

describe('the kernel', () => {
  it('has a limit that no file says', () => {
    expect(sourceOf(GROUP, 'TasksMax', tasks(77))).toEqual({
      ...{ key: 'TasksMax', cgroup: 'ds01-student.slice', value: '77', origin: 'kernel', place: student },
      ...{ policy: '65536', owner, settledBy: 'apply' },
    });
    expect(sourceOf(GROUP, 'TasksMax', tasks(), {})).toMatchObject({ value: 'infinity', origin: 'kernel' });
  });

  it('has what files said before they were changed', () => {
    const files = { [CONTROL]: '[Slice]\nTasksMax=512\n' };
    const source = sourceOf(GROUP, 'TasksMax', tasks(65_536), { files });
    expect(source).toMatchObject({ value: '65536', origin: 'kernel', policy: '65536' });
    expect(source).not.toHaveProperty('file');
  });

  it('of cgroup v1 rounds in its own way', () => {
    const resolved = resolvePolicy({
      'groups/student.yaml': groupText('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536, cpu_weight: 50'),
    });
    expect(sourceOf(GROUP, 'CPUWeight', {}, { resolved, version: 'v1' })).toMatchObject({
      origin: 'policy',
      value: '50',
    });
    expect(sourceOf(GROUP, 'MemoryMax', memory(32 * G), { version: 'v1' })).toMatchObject({ origin: 'policy' });
  });
});

describe('a rate of a device', () => {
  const resolved = resolvePolicy({
    'groups/student.yaml': groupText(
      'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536, io_read_bandwidth_max: { /dev/disk/by-id/x: 500M }',
    ),
  });
  const disk = { disks: [{ device: '8:0', read: 1, write: 1, readMax: 5e8 }] };

  it.each(['8:0', '/dev/sda', '/dev/disk/by-id/x'])('is found, whatever the device is called: %s', (device) => {
    expect(sourceOf(GROUP, `IOReadBandwidthMax ${device}`, disk, { resolved })).toEqual({
      ...{ key: 'IOReadBandwidthMax /dev/disk/by-id/x', cgroup: 'ds01-student.slice', value: '500M', origin: 'policy' },
      file: '/etc/systemd/system/ds01-student.slice',
      ...{ place: { file: 'groups/student.yaml', line: 3 }, owner },
    });
  });

  it('that nobody has written is the kernel’s', () => {
    const disks = [{ device: '8:16', read: 1, write: 1, writeMax: 1e6 }];
    expect(sourceOf(GROUP, 'IOWriteBandwidthMax 8:16', { disks }, { resolved })).toMatchObject({
      ...{ key: 'IOWriteBandwidthMax /dev/sdb', value: '1M', origin: 'kernel' },
    });
  });
});

it('a container has its own', () => {
  expect(sourceOf(CONTAINER, 'CPUQuota', { cpu: { cores: 1, quota: 4 } })).toMatchObject({
    ...{ value: '400%', origin: 'container', policy: '1600%' },
  });
  expect(sourceOf(`${ACCOUNT}/run-1.scope`, 'TasksMax', tasks(5))).toMatchObject({ value: '5', origin: 'default' });
});
