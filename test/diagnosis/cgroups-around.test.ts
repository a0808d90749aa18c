import { describe, expect, it } from 'vitest';
import { innermost, isWithin, ownCount, wayUp } from '../../scripts/diagnosis/cgroups-around.ts';
import type { Meter } from '../../scripts/diagnosis/meter.ts';
import { ACCOUNT, aMeter, CONTAINER, GROUP, SITE } from '../support/case-fixture.ts';

const OTHER = `${GROUP}/ds01-student-100002.slice`;
const ALL = [SITE, GROUP, ACCOUNT, CONTAINER, OTHER].map((path) => aMeter(path));

function pathsOf(meters: readonly Meter[]) {
  return meters.map(({ path }) => path);
}

it('knows what is in what', () => {
  expect(isWithin(GROUP, GROUP)).toBe(true);
  expect(isWithin(ACCOUNT, GROUP)).toBe(true);
  expect(isWithin(GROUP, ACCOUNT)).toBe(false);
  expect(isWithin(`${GROUP}d`, GROUP)).toBe(false);
});

it('goes from a cgroup to the outermost, whether it is there or not', () => {
  expect(pathsOf(wayUp(CONTAINER, ALL))).toEqual([CONTAINER, ACCOUNT, GROUP, SITE]);
  expect(pathsOf(wayUp(CONTAINER, [...ALL].reverse()))).toEqual([CONTAINER, ACCOUNT, GROUP, SITE]);
  expect(pathsOf(wayUp(`${OTHER}/gone/gone`, ALL))).toEqual([OTHER, GROUP, SITE]);
  expect(pathsOf(wayUp(`${GROUP}d/a`, ALL))).toEqual([SITE]);
  expect(wayUp('/user.slice', ALL)).toEqual([]);
});

it('knows what nothing else is in', () => {
  expect(pathsOf(innermost(ALL))).toEqual([CONTAINER, OTHER]);
  expect(pathsOf(innermost(ALL.slice(0, 2)))).toEqual([GROUP]);
  // What is between them is not looked at.
  expect(pathsOf(innermost([aMeter(SITE), aMeter(CONTAINER)]))).toEqual([CONTAINER]);
});

describe('what a cgroup has counted itself', () => {
  const counted = (counts: Readonly<Record<string, number>>) => {
    const own = ALL.map((meter) => ownCount(meter, ALL, ({ path }) => counts[path]));
    return Object.fromEntries(ALL.map(({ path }, index) => [path, own[index]]).filter(([, count]) => count !== 0));
  };

  it('is what those directly in it have not', () => {
    expect(counted({ [SITE]: 10, [GROUP]: 9, [ACCOUNT]: 5, [CONTAINER]: 5, [OTHER]: 1 })).toEqual({
      [SITE]: 1,
      [GROUP]: 3,
      [CONTAINER]: 5,
      [OTHER]: 1,
    });
  });

  it('is all of it where only that cgroup counts', () => {
    expect(counted({ [CONTAINER]: 5, [OTHER]: 2 })).toEqual({ [CONTAINER]: 5, [OTHER]: 2 });
    expect(counted({ [GROUP]: 1, [ACCOUNT]: 5 })).toEqual({ [ACCOUNT]: 5 });
  });
});
