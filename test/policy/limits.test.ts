import { describe, expect, it } from 'vitest';
import { mergeLimits, NO_LIMITS } from '../../scripts/policy/limits.ts';
import type { Limits } from '../../scripts/policy/policy.ts';

const SITE = { file: 'site.yaml', line: 1 };
const GROUP = { file: 'groups/student.yaml', line: 2 };
const MEMBER = { file: 'members/100001.yaml', line: 3 };

function limits(given: Partial<Limits>): Limits {
  return { ...NO_LIMITS, ...given };
}

describe('mergeLimits', () => {
  it('merges key by key in each scope, the later layer wins, and each value keeps its line', () => {
    const merged = mergeLimits(
      limits({
        per_member: { tasks_max: { value: 1, place: SITE } },
        per_container: { gpus: { value: 1, place: SITE }, cpus: { value: 1, place: SITE } },
      }),
      limits({
        per_group: { tasks_max: { value: 2, place: GROUP } },
        per_member: { tasks_max: { value: 2, place: GROUP }, cpu_quota: { value: 200, place: GROUP } },
      }),
      limits({
        per_member: { cpu_quota: { value: 300, place: MEMBER } },
        per_container: { gpus: { value: 3, place: MEMBER } },
      }),
    );
    expect(merged).toEqual({
      per_group: { tasks_max: { value: 2, place: GROUP } },
      per_member: { tasks_max: { value: 2, place: GROUP }, cpu_quota: { value: 300, place: MEMBER } },
      per_container: { gpus: { value: 3, place: MEMBER }, cpus: { value: 1, place: SITE } },
    });
  });

  it('lets unlimited replace a number, and a number unlimited', () => {
    const number = limits({ per_member: { tasks_max: { value: 512, place: GROUP } } });
    const none = limits({ per_member: { tasks_max: { value: Number.POSITIVE_INFINITY, place: MEMBER } } });
    expect(mergeLimits(number, none)).toEqual(none);
    expect(mergeLimits(none, number)).toEqual(number);
  });

  it('changes nothing with no limits, on either side', () => {
    const given = limits({ per_member: { tasks_max: { value: 512, place: GROUP } } });
    expect(mergeLimits(given, NO_LIMITS)).toEqual(given);
    expect(mergeLimits(NO_LIMITS, given)).toEqual(given);
    expect(mergeLimits(given)).toBe(given);
  });

  it.each(['io_read_bandwidth_max', 'io_write_bandwidth_max'] as const)('merges %s device by device', (field) => {
    const rates = (place: typeof GROUP, ...value: [string, number][]) =>
      limits({ per_member: { [field]: { value: new Map(value), place } } });
    const group = rates(GROUP, ['/dev/sda', 1], ['/dev/sdb', 1]);
    const both = mergeLimits(group, rates(MEMBER, ['/dev/sdb', 2], ['/dev/sdc', 2]));
    expect(both).toEqual(rates(MEMBER, ['/dev/sda', 1], ['/dev/sdb', 2], ['/dev/sdc', 2]));
    // No device at all is how "unlimited" is kept.
    expect(mergeLimits(group, rates(MEMBER))).toEqual(rates(MEMBER));
    expect(mergeLimits(rates(GROUP), rates(MEMBER, ['/dev/sda', 2]))).toEqual(rates(MEMBER, ['/dev/sda', 2]));
    expect(mergeLimits(group, NO_LIMITS)).toEqual(group);
  });
});
