import { describe, expect, it } from 'vitest';
import { findSchemaProblems } from '../../scripts/policy/schema.ts';

const HOST = { cpus: 128, gpus: 4 };
const SITE = {
  version: 1,
  name: 'ds01',
  default_group: 'student',
  admin_group: 'admin',
  time_zone: 'Europe/Berlin',
  account_domain: 'example.org',
  hosts: { ds01: HOST },
};

function problemsOf(kind: 'site' | 'group', value: unknown): readonly string[] {
  return findSchemaProblems(kind, value).map(({ rule, path }) => `${path.join('.')} ${rule}`);
}

describe('findSchemaProblems', () => {
  it('finds nothing in a good document', () => {
    expect(problemsOf('site', SITE)).toEqual([]);
  });

  it('leaves the values of limits to the rule value-spelling, in every scope, and no others', () => {
    const per_group = { cpu_quota: '1600', memory_max: null, tasks_max: [], io_read_bandwidth_max: { sda: 1 } };
    expect(problemsOf('group', { description: 'a', limits: { per_group, per_container: { cpus: 'x' } } })).toEqual([]);
    const hosts = { per_container: { ...HOST, cpus: 0 } };
    expect(problemsOf('site', { ...SITE, hosts })).toEqual([
      'hosts.per_container schema-value',
      'hosts.per_container.cpus schema-value',
    ]);
  });

  it('says of an empty map what is missing from it, if anything has to be in it', () => {
    expect(problemsOf('group', { description: 'a', limits: { per_group: {}, per_member: {} } })).toEqual([
      'limits.per_group.cpu_quota schema-missing-key',
      'limits.per_group.memory_max schema-missing-key',
      'limits.per_group.tasks_max schema-missing-key',
      'limits.per_member schema-empty',
    ]);
  });

  it('finds keys with a slash or a tilde in them', () => {
    const hosts = { 'a/b~c': { ...HOST, 'd~1': 1 } };
    expect([...problemsOf('site', { ...SITE, 'a/b~c': 1, hosts })].sort()).toEqual([
      'a/b~c schema-unknown-key',
      'hosts.a/b~c schema-value',
      'hosts.a/b~c.d~1 schema-unknown-key',
    ]);
  });
});
