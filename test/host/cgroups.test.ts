import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readCgroups } from '../../scripts/host/cgroups.ts';
import { CGROUP_FILES } from '../../scripts/units/live.ts';
import { IN_MEMORY, temporaryFolder, unprivileged, writeFiles } from '../support/temporary-folder.ts';

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

it('work that somebody was given and has closed is there', () => {
  const root = temporaryFolder(IN_MEMORY);
  writeFiles(root, {
    'cgroup.controllers': '',
    'ds01.slice/cgroup.events': 'populated 1\n',
    'ds01.slice/closed.service/cgroup.events': 'populated 0\n',
    'ds01.slice/empty.service/cgroup.events': 'populated 0\n',
  });
  chmodSync(join(root, 'ds01.slice/closed.service'), 0);
  const question = { site: 'ds01', units: [], properties: [], cgroupFiles: CGROUP_FILES, devices: [] };
  expect(unprivileged(() => readCgroups(question, root)).slices).toMatchObject([{ work: ['closed.service'] }]);
});
