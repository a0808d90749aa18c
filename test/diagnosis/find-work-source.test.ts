import { describe, expect, it } from 'vitest';
import { findWorkSource, type WorkInput } from '../../scripts/diagnosis/find-work-source.ts';
import type { Meter } from '../../scripts/diagnosis/meter.ts';
import { ACCOUNT, aContainer, aMeter, CONTAINER, CONTAINER_ID, GROUP, SCOPE, SITE } from '../support/case-fixture.ts';
import { groupText, memberText, resolvePolicy } from '../support/resolve-policy.ts';

const G = 2 ** 30;
const resolved = resolvePolicy({
  'members/m.yaml': memberText('m', 'student', 'expires: never\nlimits: { per_container: { memory: 64G } }\n'),
  'members/n.yaml': memberText('n', 'student', 'expires: 2026-01-01\nlimits: { per_container: { memory: 64G } }\n'),
});
const student = { file: 'groups/student.yaml', line: 7 };
const limits: Partial<Meter> = {
  cpu: { cores: 1, quota: 4 },
  memory: { current: 1, held: 1, max: 16 * G },
  tasks: { current: 1, max: 100 },
};

function sourceOf(path: string, key: string, more: Partial<WorkInput> = {}, meter: Partial<Meter> = limits) {
  const devices = { numbers: new Map(), names: new Map([['8:0', 'sda']]) };
  return findWorkSource(aMeter(path, meter), key, { resolved, devices, containers: new Map(), ...more });
}

describe('a container', () => {
  it('has what it was made with, and policy says what one would get that is made now', () => {
    expect(sourceOf(CONTAINER, 'CPUQuota')).toEqual({
      ...{ key: 'CPUQuota', cgroup: SCOPE, value: '400%', origin: 'container', place: student, policy: '1600%' },
      owner: { name: 'student', scope: 'per_container' },
    });
    expect(sourceOf(CONTAINER, 'MemoryMax')).toEqual({
      ...{ key: 'MemoryMax', cgroup: SCOPE, value: '16G', origin: 'container', place: student, policy: '32G' },
      owner: { name: 'student', scope: 'per_container' },
    });
  });

  it('has no line of policy where policy says nothing', () => {
    const none = { key: 'TasksMax', cgroup: SCOPE, value: '100', origin: 'container' };
    expect(sourceOf(CONTAINER, 'TasksMax')).toEqual(none);
    expect(sourceOf(`/system.slice/${SCOPE}`, 'TasksMax')).toEqual(none);
    expect(sourceOf(`/system.slice/${SCOPE}`, 'CPUQuota')).toEqual({ ...none, key: 'CPUQuota', value: '400%' });
    expect(sourceOf(`${SITE}/${SCOPE}`, 'CPUQuota')).toEqual({ ...none, key: 'CPUQuota', value: '400%' });
    expect(sourceOf(`${SITE}/ds01-gone.slice/${SCOPE}`, 'CPUQuota')).toEqual({
      ...none,
      key: 'CPUQuota',
      value: '400%',
    });
    expect(sourceOf(CONTAINER, 'CPUWeight', {}, {})).toMatchObject({ value: 'infinity', origin: 'container' });
  });

  it('of a member is the account’s where the member’s file says it, and else the group’s', () => {
    const m = `${GROUP}/ds01-student-m.slice/${SCOPE}`;
    expect(sourceOf(m, 'MemoryMax')).toMatchObject({
      ...{ place: { file: 'members/m.yaml' }, policy: '64G' },
      owner: { name: 'm@hertie-school.lan', scope: 'per_container' },
    });
    expect(sourceOf(m, 'CPUQuota').owner).toEqual({ name: 'student', scope: 'per_container' });
    // The grant has ended, and with it what it gave.
    expect(sourceOf(`${GROUP}/ds01-student-n.slice/${SCOPE}`, 'MemoryMax')).toMatchObject({
      ...{ policy: '32G', owner: { name: 'student', scope: 'per_container' } },
    });
  });

  it('that an account has left behind would get what the account has now', () => {
    expect(sourceOf(`${GROUP}/ds01-student-204214.slice/${SCOPE}`, 'CPUQuota')).toMatchObject({
      ...{ value: '400%', policy: '6400%', owner: { name: 'researcher', scope: 'per_container' } },
    });
  });

  it('in the slice of a group, or of nobody, would get what the group gives', () => {
    for (const path of [`${GROUP}/${SCOPE}`, `${SITE}/ds01-researcher.slice/ds01-researcher-100001.slice/${SCOPE}`]) {
      const group = path.startsWith(GROUP) ? 'student' : 'researcher';
      expect(sourceOf(path, 'CPUQuota').owner).toEqual({ name: group, scope: 'per_container' });
    }
  });

  it('of another driver is one, too', () => {
    expect(sourceOf(`${ACCOUNT}/${CONTAINER_ID}`, 'MemoryMax')).toMatchObject({ origin: 'container', policy: '32G' });
  });

  it('that was made without --pids-limit has systemd’s default', () => {
    const input = (pidsLimit?: number) => {
      const container = aContainer(pidsLimit === undefined ? {} : { pidsLimit });
      return { containers: new Map([[CONTAINER_ID, container]]), tasks: 1_000_000 };
    };
    expect(sourceOf(CONTAINER, 'TasksMax', input()).origin).toBe('default');
    expect(sourceOf(CONTAINER, 'TasksMax', input(100)).origin).toBe('container');
    expect(sourceOf(CONTAINER, 'MemoryMax', input()).origin).toBe('container');
    // Docker knows another one.
    const other = { ...input(), containers: new Map([['a'.repeat(64), aContainer()]]) };
    expect(sourceOf(CONTAINER, 'TasksMax', other).origin).toBe('container');
  });

  it('is taken for one of those where Docker says nothing, and the number is that of the default', () => {
    const origin = (max: number) =>
      sourceOf(CONTAINER, 'TasksMax', { tasks: 32_768 }, { tasks: { current: 1, max } }).origin;
    expect([4913, 4914, 4915, 4916, 4917].map(origin)).toEqual([
      ...['container', 'container', 'default', 'default', 'container'],
    ]);
  });
});

describe('a service or scope', () => {
  const path = `${ACCOUNT}/run-1.scope`;

  it('has systemd’s default, if it has that number of tasks', () => {
    const meter = { tasks: { current: 1, max: 4915 } };
    expect(sourceOf(path, 'TasksMax', { tasks: 32_768 }, meter)).toEqual({
      ...{ key: 'TasksMax', cgroup: 'run-1.scope', value: '4915', origin: 'default' },
    });
    expect(sourceOf(path, 'TasksMax', { tasks: 32_768 }).origin).toBe('kernel');
    expect(sourceOf(path, 'TasksMax', { tasks: 1 }, {})).toMatchObject({ value: 'infinity', origin: 'kernel' });
  });

  it('most likely has it where nobody knows what the default is', () => {
    expect(sourceOf(path, 'TasksMax').origin).toBe('default');
    expect(sourceOf(CONTAINER, 'TasksMax').origin).toBe('container');
  });

  it('has everything else from whoever started it, and policy says nothing about it', () => {
    expect(sourceOf(path, 'CPUQuota', { tasks: 32_768 })).toEqual({
      ...{ key: 'CPUQuota', cgroup: 'run-1.scope', value: '400%', origin: 'kernel' },
    });
    const disks = [{ device: '8:0', read: 0, write: 0, readMax: 5e8 }];
    expect(sourceOf(path, 'IOReadBandwidthMax 8:0', {}, { disks })).toEqual({
      ...{ key: 'IOReadBandwidthMax /dev/sda', cgroup: 'run-1.scope', value: '500M', origin: 'kernel' },
    });
  });
});

it('a site’s own limit is for the group to change', () => {
  const site = resolvePolicy({
    'groups/student.yaml': groupText('cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536'),
    'site.yaml': `${siteText()}limits: { per_container: { cpus: 8 } }\n`,
  });
  expect(sourceOf(CONTAINER, 'CPUQuota', { resolved: site })).toMatchObject({
    ...{ place: { file: 'site.yaml' }, policy: '800%', owner: { name: 'student', scope: 'per_container' } },
  });
});

function siteText(): string {
  return [
    ...['version: 1', 'name: ds01', 'default_group: student', 'admin_group: admin', 'time_zone: Europe/Berlin'],
    ...['account_domain: hertie-school.lan', 'hosts: { ds01: { cpus: 128, gpus: 4 } }', ''],
  ].join('\n');
}
