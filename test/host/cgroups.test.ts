import { expect, it } from 'vitest';
import { readCgroups } from '../../scripts/host/cgroups.ts';
import { CGROUP_FILES } from '../../scripts/units/live.ts';

// What the kernel says of slices is told in test/machine; here is what any kernel has.
it('a site without a slice that runs has none, and devices that do not exist have no number', () => {
  const question = { site: 'no-such-site', units: [], properties: [], cgroupFiles: CGROUP_FILES };
  const devices = ['/dev/no-such-disk', '/dev/null', '/etc'];
  const { slices, devices: numbers, version, at } = readCgroups({ ...question, devices });
  expect(slices).toEqual([]);
  expect(numbers).toEqual(new Map());
  expect(['v1', 'v2']).toContain(version);
  expect(readCgroups({ ...question, devices }).at).toBeGreaterThan(at);
});
