import { describe, expect, it } from 'vitest';
import { afterAround, limitsAround } from '../../scripts/diagnosis/limits-around.ts';
import { ACCOUNT, aCase, aMeter, CONTAINER, GROUP, SITE } from '../support/case-fixture.ts';

const CORES = { cores: 1 };

function around(group: number | undefined, site?: number) {
  const own = aMeter(CONTAINER, { cpu: { ...CORES, quota: 8 } });
  const meters = [
    aMeter(SITE, { cpu: { ...CORES, ...(site !== undefined && { quota: site }) } }),
    aMeter(GROUP, { cpu: { ...CORES, ...(group !== undefined && { quota: group }) } }),
    aMeter(ACCOUNT),
    own,
    // Whatever is beside it is not around it.
    aMeter(`${GROUP}/ds01-student-100002.slice`, { cpu: { ...CORES, quota: 1 } }),
  ];
  const found = aCase({ meters });
  return { found, limits: limitsAround(own, 'CPUQuota', 800, found) };
}

describe('what is around a limit', () => {
  it.each([
    ['nothing has one', undefined, undefined, [], Number.POSITIVE_INFINITY],
    ['the group has as much', 8, undefined, [GROUP], Number.POSITIVE_INFINITY],
    ['the group has less, and the site more', 4, 12, [GROUP], 1200],
    ['both have no more', 8, 7, [GROUP, SITE], Number.POSITIVE_INFINITY],
    ['both have more', 9, 12, [], 900],
  ])('%s', (_name, group, site, tight, room) => {
    const { limits } = around(group, site);
    expect([limits.tight.map(({ path }) => path), limits.room]).toEqual([tight, room]);
  });
});

describe('what to do', () => {
  it('is first what those around need', () => {
    const { found, limits } = around(8);
    expect(afterAround(limits, 'CPUQuota', '1600%', 'LAST', found)).toBe(
      'ds01-policy set-limit student per_group.cpu_quota 1600% --reason TEXT; then LAST',
    );
  });

  it('is nothing more where they have room', () => {
    const { found, limits } = around(9);
    expect(afterAround(limits, 'CPUQuota', '1600%', 'LAST', found)).toBe('LAST');
  });
});
