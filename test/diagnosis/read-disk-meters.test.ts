import { expect, it } from 'vitest';
import { readDiskMeters } from '../../scripts/diagnosis/read-disk-meters.ts';
import type { Texts } from '../support/looks.ts';

function disks(before: Texts, after: Texts, version: 'v1' | 'v2' = 'v2') {
  const [then, now] = [before, after].map((files) => new Map(Object.entries(files)));
  return readDiskMeters({ before: then ?? new Map(), after: now ?? new Map(), version, seconds: 4 });
}

it('are bytes per second of each disk that was used, and its limits', () => {
  const before = { 'io.stat': '8:0 rbytes=1000 wbytes=0 rios=9 wios=9\n259:0 rbytes=5 wbytes=5 rios=1 wios=1' };
  const after = {
    'io.stat':
      '8:0 rbytes=9000 wbytes=400 rios=99 wios=99 dbytes=1\n259:0 rbytes=5 wbytes=5 rios=1 wios=1\n18:0 rbytes=4\n8:32 wbytes=8',
    'io.max': '8:0 rbps=max wbps=1048576 riops=max wiops=max\n253:1 rbps=7 wbps=max riops=5 wiops=max',
  };
  expect(disks(before, after)).toEqual([
    { device: '8:0', read: 2000, write: 100, writeMax: 1_048_576 },
    { device: '18:0', read: 1, write: 0 },
    { device: '8:32', read: 0, write: 2 },
    { device: '253:1', read: 0, write: 0, readMax: 7 },
  ]);
});

it('are all from the beginning where the cgroup has begun since, or begun anew', () => {
  const after = { 'io.stat': '8:0 rbytes=4000 wbytes=8000' };
  const counted = [{ device: '8:0', read: 1000, write: 2000 }];
  expect(disks({}, after)).toEqual(counted);
  expect(disks({ 'io.stat': '8:0 rbytes=4001 wbytes=8001' }, after)).toEqual(counted);
});

it('are in a line for each direction on cgroup v1', () => {
  const before = { 'blkio.throttle.io_service_bytes': '8:0 Read 1000\n8:0 Write 0\n8:0 Total 1000\nTotal 1000' };
  const after = {
    'blkio.throttle.io_service_bytes': '8:0 Read 9000\n8:0 Write 400\n8:0 Sync 77\n8:0 Total 9400\nTotal 9400',
    'blkio.throttle.read_bps_device': '8:0 1048576',
    'blkio.throttle.write_bps_device': '8:16 2097152',
  };
  expect(disks(before, after, 'v1')).toEqual([
    { device: '8:0', read: 2000, write: 100, readMax: 1_048_576 },
    { device: '8:16', read: 0, write: 0, writeMax: 2_097_152 },
  ]);
});

it('of cgroup v1 are with those below, where the kernel counts them', () => {
  const files = (own: number, all: number) => ({
    'blkio.throttle.io_service_bytes': `8:0 Read ${own}`,
    'blkio.throttle.io_service_bytes_recursive': `8:0 Read ${all}`,
  });
  expect(disks(files(0, 100), files(4, 500), 'v1')).toEqual([{ device: '8:0', read: 100, write: 0 }]);
});

it('are none where nothing was used', () => {
  const idle = { 'io.stat': '8:0 rbytes=5 wbytes=5\n8:16 \n', 'io.max': '' };
  expect(disks(idle, idle)).toEqual([]);
  expect(disks({}, {})).toEqual([]);
});
