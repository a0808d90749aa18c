import { describe, expect, it } from 'vitest';
import type { LimitSource } from '../../scripts/diagnosis/limit-source.ts';
import { causingLimit, wayOut } from '../../scripts/diagnosis/way-out.ts';
import { aSource, SCOPE } from '../support/case-fixture.ts';

const FILE = '/etc/systemd/system.control/ds01-student.slice.d/50-TasksMax.conf';
const SET = 'ds01-policy set-limit student per_group.tasks_max';

// Who says a limit of tasks, and policy says something else.
function overruled(more: Partial<LimitSource>): LimitSource {
  return aSource({ origin: 'set-property', value: '512', policy: '65536', file: FILE, settledBy: 'apply', ...more });
}

function withoutOwner(more: Partial<LimitSource>): LimitSource {
  const { owner: _owner, place: _place, policy: _policy, file: _file, ...source } = aSource();
  return { ...source, ...more };
}

describe('a limit that policy says', () => {
  it('is changed there, with a line that can be copied', () => {
    expect(wayOut(aSource(), '131072')).toBe(`${SET} 131072 --reason TEXT`);
    expect(wayOut(aSource(), undefined)).toBe(`raise it with ${SET} VALUE --reason TEXT`);
    const own = aSource({ key: 'CPUQuota', owner: { name: 'm@example.org', scope: 'per_member' } });
    expect(wayOut(own, '3200%')).toBe('ds01-policy set-limit m@example.org per_member.cpu_quota 3200% --reason TEXT');
  });

  it('of a device names the device', () => {
    const rate = aSource({ key: 'IOReadBandwidthMax /dev/sda', value: '500M' });
    expect(wayOut(rate, '1G')).toBe(
      'ds01-policy set-limit student per_group.io_read_bandwidth_max 1G --device /dev/sda --reason TEXT',
    );
  });

  it('and has given up, is left behind', () => {
    expect(wayOut(withoutOwner({ cgroup: 'ds01-old.slice' }), '131072')).toBe(
      'start anew what runs in ds01-old.slice: policy gives the slice to nobody any more, and changes no limit of it',
    );
  });
});

describe('a limit that something else says', () => {
  it('goes with apply, and then policy holds', () => {
    const policy = 'then TasksMax is 65536, as policy says';
    expect(wayOut(overruled({}), '131072')).toBe(`ds01-policy apply, which takes ${FILE} away: ${policy}`);
    const hand = { origin: 'file', file: '/etc/systemd/system/ds01-student.slice' } as const;
    expect(wayOut(overruled({ ...hand, settledBy: 'adopt' }), '131072')).toBe(
      `ds01-policy apply --adopt, which takes ${hand.file} over: ${policy}`,
    );
    expect(wayOut(overruled(hand), '131072')).toBe(`ds01-policy apply: ${policy}`);
    const { file: _file, ...kernel } = overruled({ origin: 'kernel' });
    expect(wayOut(kernel, '131072')).toBe(`ds01-policy apply: ${policy}`);
    expect(wayOut(overruled({ policy: 'infinity' }), undefined)).toBe(
      `ds01-policy apply, which takes ${FILE} away: then TasksMax is unlimited, as policy says`,
    );
  });

  it('that is in a file of somebody else is taken away by somebody', () => {
    const { settledBy: _apply, ...foreign } = overruled({ origin: 'file', file: '/run/systemd/system/x.conf' });
    expect(wayOut(foreign, '131072')).toBe(
      'take /run/systemd/system/x.conf away, and systemctl daemon-reload: then TasksMax is 65536, as policy says',
    );
    const { settledBy: _reload, ...other } = withoutOwner({ origin: 'kernel', cgroup: 'user.slice', value: '77' });
    expect(wayOut(other, undefined)).toBe(
      'systemctl daemon-reload, or whoever set TasksMax of user.slice takes it back: then policy sets no limit here',
    );
  });

  it('is first raised in policy, where policy alone would not help', () => {
    for (const policy of ['65536', '4096']) {
      expect(wayOut(overruled({ value: '65536', policy }), '131072')).toBe(
        `${SET} 131072 --reason TEXT; then ds01-policy apply, which takes ${FILE} away`,
      );
    }
    expect(wayOut(overruled({ value: 'infinity', policy: '4096' }), undefined)).toBe(
      `${SET} VALUE --reason TEXT; then ds01-policy apply, which takes ${FILE} away`,
    );
  });

  it('is compared as amounts, and not as text', () => {
    const more = { value: '128M', policy: '2G', key: 'MemoryMax' };
    expect(wayOut(overruled(more), '4G')).toContain('then MemoryMax is 2G, as policy says');
    const rate = { value: '90M', policy: '100M', key: 'IOWriteBandwidthMax /dev/sda' };
    expect(wayOut(overruled(rate), '1G')).toContain('then IOWriteBandwidthMax /dev/sda is 100M, as policy says');
  });

  it('that policy knows nothing of is no limit afterwards', () => {
    expect(wayOut(withoutOwner({ origin: 'set-property', value: '512', file: FILE, settledBy: 'apply' }), '1024')).toBe(
      `ds01-policy apply, which takes ${FILE} away: then policy sets no limit here`,
    );
  });
});

describe('a limit of a container', () => {
  const container = (more: Partial<LimitSource>): LimitSource => {
    const { file: _file, ...source } = aSource({ cgroup: SCOPE, origin: 'container' });
    return { ...source, owner: { name: 'student', scope: 'per_container' }, ...more };
  };

  it('becomes what policy says while it runs', () => {
    expect(wayOut(container({ key: 'CPUQuota', value: '400%', policy: '1650%' }), '8')).toBe(
      'docker update --cpus=16.5 c0ffee12c0ff, as policy says',
    );
    expect(wayOut(container({ key: 'MemoryMax', value: '4G', policy: '32G' }), '8G')).toBe(
      'docker update --memory=32g --memory-swap=64g c0ffee12c0ff, as policy says',
    );
    expect(wayOut(container({ value: '100', policy: '4096' }), undefined)).toBe(
      'docker update --pids-limit=4096 c0ffee12c0ff, as policy says',
    );
    expect(wayOut(container({ value: '100', policy: 'infinity' }), '200')).toBe(
      'make the container anew without --pids-limit, as policy says',
    );
  });

  it('is raised in policy first, where policy says no more than the container has', () => {
    expect(wayOut(container({ key: 'CPUQuota', value: '1600%', policy: '1600%' }), '32')).toBe(
      'ds01-policy set-limit student per_container.cpus 32 --reason TEXT; then docker update --cpus=32 c0ffee12c0ff',
    );
    expect(wayOut(container({ key: 'MemoryMax', value: '64G', policy: '32G' }), undefined)).toBe(
      'ds01-policy set-limit student per_container.memory VALUE --reason TEXT; then make the container anew with a higher --memory',
    );
  });

  it('that policy says nothing about is an option of Docker', () => {
    expect(wayOut(withoutOwner({ origin: 'container', cgroup: SCOPE, value: '100' }), '200')).toBe(
      'docker update --pids-limit=200 c0ffee12c0ff: policy sets no limit here',
    );
    expect(wayOut(withoutOwner({ origin: 'container', cgroup: SCOPE, key: 'MemoryHigh', value: '1G' }), '2G')).toBe(
      'make the container anew with a higher MemoryHigh',
    );
  });
});

describe('a limit that nobody asked for', () => {
  it('is systemd’s default, for containers too', () => {
    const scope = withoutOwner({ origin: 'default', cgroup: 'run-1.scope', value: '4915' });
    const manager = 'or raise DefaultTasksMax in /etc/systemd/system.conf';
    expect(wayOut(scope, '16384')).toBe(`start it anew with TasksMax=16384, ${manager}`);
    expect(wayOut(scope, undefined)).toBe(`start it anew with a higher TasksMax, ${manager}`);
    expect(wayOut({ ...scope, cgroup: SCOPE }, '16384')).toBe(
      'docker update --pids-limit=16384 c0ffee12c0ff: policy sets no limit here',
    );
  });

  it('is one that a service or scope was started with', () => {
    expect(wayOut(withoutOwner({ origin: 'kernel', cgroup: 'run-1.scope', value: '64' }), '128')).toBe(
      'start it anew with a higher TasksMax: no file and no policy limits run-1.scope',
    );
  });
});

describe('in words', () => {
  it.each<[Partial<LimitSource>, string]>([
    [{ origin: 'policy' }, 'policy'],
    [{ origin: 'set-property', file: FILE }, `systemctl set-property, in ${FILE}`],
    [{ origin: 'file', file: '/run/systemd/system/x.conf' }, '/run/systemd/system/x.conf'],
    [{ origin: 'kernel' }, 'nobody but the kernel: no file says it'],
    [{ origin: 'kernel', cgroup: 'run-1.scope' }, 'whoever started it'],
    [{ origin: 'container' }, "the container's own options"],
    [{ origin: 'default' }, "systemd's default for services and scopes"],
  ])('%o is said by %s', (more, origin) => {
    const place = { file: 'groups/student.yaml', line: 6 };
    expect(causingLimit(aSource(more))).toEqual({ key: 'TasksMax', value: '65536', origin, place });
  });

  it('there may be no line of policy', () => {
    expect(causingLimit(withoutOwner({}))).toEqual({ key: 'TasksMax', value: '65536', origin: 'policy' });
  });
});
