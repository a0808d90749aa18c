import { expect, it } from 'vitest';
import { cgroupFile } from '../../scripts/diagnosis/cgroup-file.ts';

it('is in the one tree of cgroup v2', () => {
  expect(cgroupFile('v2', '/ds01.slice', 'cpu.stat')).toBe('/sys/fs/cgroup/ds01.slice/cpu.stat');
  expect(cgroupFile('v2', '/', 'cgroup.subtree_control')).toBe('/sys/fs/cgroup/cgroup.subtree_control');
});

it('is in the tree of its controller on cgroup v1, or in that of systemd', () => {
  expect(cgroupFile('v1', '/ds01.slice', 'pids.max')).toBe('/sys/fs/cgroup/pids/ds01.slice/pids.max');
  expect(cgroupFile('v1', '/ds01.slice', 'cpu.cfs_quota_us')).toBe('/sys/fs/cgroup/cpu/ds01.slice/cpu.cfs_quota_us');
  expect(cgroupFile('v1', '/a', 'cpuacct.usage')).toBe('/sys/fs/cgroup/cpuacct/a/cpuacct.usage');
  expect(cgroupFile('v1', '/a', 'blkio.throttle.read_bps_device')).toBe(
    '/sys/fs/cgroup/blkio/a/blkio.throttle.read_bps_device',
  );
  expect(cgroupFile('v1', '/', 'cgroup.procs')).toBe('/sys/fs/cgroup/systemd/cgroup.procs');
});
