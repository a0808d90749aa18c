import { describe, expect, it } from 'vitest';
import { isOverpromised, promisedBy, sharesOf } from '../../scripts/policy/promised.ts';
import { resolvePolicy } from '../support/resolve-policy.ts';

const G = 2 ** 30;

describe('what groups may use', () => {
  const resolved = resolvePolicy({
    'groups/guest.yaml':
      'description: guests\nlimits:\n  per_group: { cpu_quota: unlimited, memory_max: unlimited, tasks_max: 8192 }\n',
  });

  it.each([
    ['cpus', { admin: Number.POSITIVE_INFINITY, guest: Number.POSITIVE_INFINITY, researcher: 128, student: 16 }],
    [
      'memory',
      { admin: Number.POSITIVE_INFINITY, guest: Number.POSITIVE_INFINITY, researcher: 128 * G, student: 32 * G },
    ],
    ['tasks', { admin: Number.POSITIVE_INFINITY, guest: 8192, researcher: 65536, student: 65536 }],
  ] as const)('of %s, is theirs alone, or all there is', (resource, shares) => {
    expect(Object.fromEntries(sharesOf(resolved, resource))).toEqual(shares);
  });

  it('is all there is where nobody has said a word about it', () => {
    const { groups } = resolved;
    const student = groups.get('student')!;
    const silent = { ...student, limits: { ...student.limits, per_group: {} } };
    expect(sharesOf({ ...resolved, groups: new Map([['student', silent]]) }, 'cpus').get('student')).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it('adds up where there is a limit', () => {
    expect(promisedBy(resolved, 'cpus')).toEqual({ limited: 144, unlimited: ['admin', 'guest'] });
    expect(promisedBy(resolved, 'memory')).toEqual({ limited: 160 * G, unlimited: ['admin', 'guest'] });
    expect(promisedBy(resolved, 'tasks')).toEqual({ limited: 139_264, unlimited: ['admin'] });
  });

  it.each([
    [{ limited: 128, unlimited: ['admin'] }, false],
    [{ limited: 129, unlimited: ['admin'] }, true],
    [{ limited: 1, unlimited: ['admin', 'guest'] }, true],
  ])('of %j is more than 128: %j', (promised, more) => {
    expect(isOverpromised(promised, 128, 'admin')).toBe(more);
  });
});
