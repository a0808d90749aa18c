import { describe, expect, it } from 'vitest';
import { type LiveReadings, liveLimits } from '../../scripts/diagnosis/live-limits.ts';
import type { Meter } from '../../scripts/diagnosis/meter.ts';
import { entitlementOf } from '../../scripts/policy/resolve.ts';
import { cgroups, shownBlock } from '../support/live-survey.ts';
import { filesV2, type Values } from '../support/printed-limits.ts';
import { groupText, resolvePolicy } from '../support/resolve-policy.ts';

const GROUP = 'ds01-student.slice';
const SLICE = 'ds01-student-a.slice';
const SCOPE = `docker-${'c0ffee12'.repeat(8)}.scope`;
const TEXT = groupText(
  'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536',
  '  per_member: { cpu_weight: 50 }\n  per_container: { cpus: 0.07, memory: 4G }\n',
);
const POLICY: Values = { cpu_quota: 1600, memory_max: 32 * 2 ** 30, tasks_max: 65_536 };
const resolved = resolvePolicy({ 'groups/student.yaml': TEXT });
const LINE = { file: 'groups/student.yaml', line: 3 };

function meter(path: string, more: Partial<Meter> = {}): Meter {
  return { path, name: path.replace(/^.*[/]/, ''), level: 'group', disks: [], ...more };
}

function live(readings: Partial<LiveReadings>) {
  const survey = { show: '', cgroup: cgroups({}) };
  return liveLimits(entitlementOf(resolved, 'a'), resolved, { survey, meters: [], ...readings });
}

describe('what is in force for an account', () => {
  it('is what policy, systemd and the kernel say of its slice and of that around it, and what is in use', () => {
    const show = [shownBlock(GROUP, POLICY), shownBlock(SLICE, { cpu_weight: 50 })].join('\n');
    const cgroup = cgroups({ [GROUP]: { files: filesV2(POLICY) }, [SLICE]: { files: filesV2({ cpu_weight: 50 }) } });
    const used: Partial<Meter> = {
      cpu: { cores: 12.34 },
      memory: { current: 9e9, held: 3.25 * 2 ** 30 },
      tasks: { current: 64 },
    };
    const meters = [meter(`/ds01.slice/${GROUP}`, used), meter(`/ds01.slice/${GROUP}/${SLICE}`)];
    const [group, account, ...more] = live({ survey: { show, cgroup }, meters });
    expect(more).toEqual([]);
    expect(group).toEqual({
      name: GROUP,
      scope: 'per_group',
      running: true,
      limits: [
        row('CPUQuota', '1600%', { place: LINE, used: '12.3 cores' }),
        row('MemoryMax', '32G', { place: LINE, used: '3.3G' }),
        row('TasksMax', '65536', { place: LINE, used: '64' }),
      ],
    });
    expect(account).toEqual({
      name: SLICE,
      scope: 'per_member',
      running: true,
      limits: [
        row('CPUQuota', 'infinity'),
        row('MemoryMax', 'infinity'),
        row('TasksMax', 'infinity'),
        row('CPUWeight', '50', { place: { ...LINE, line: 4 } }),
      ],
    });
  });

  it('differs where systemd or the kernel says something else', () => {
    const systemd = live({ survey: { show: shownBlock(GROUP, { ...POLICY, tasks_max: 512 }), cgroup: cgroups({}) } });
    expect(systemd[0]?.limits.find(({ key }) => key === 'TasksMax')).toEqual({
      ...{ key: 'TasksMax', policy: '65536', place: LINE, systemd: '512', differs: true },
    });
    const cgroup = cgroups({ [GROUP]: { files: { ...filesV2(POLICY), 'pids.max': '77' } } });
    const kernel = live({ survey: { show: shownBlock(GROUP, POLICY), cgroup } });
    expect(kernel[0]?.limits.find(({ key }) => key === 'TasksMax')).toEqual({
      ...{ key: 'TasksMax', policy: '65536', place: LINE, systemd: '65536', kernel: '77', differs: true },
    });
  });

  it('has limits that only systemd knows of, and none of the kernel where it has no place for one', () => {
    const held = { ...POLICY, memory_high: 2 ** 30 };
    const { 'memory.high': _none, ...files } = filesV2(held);
    const cgroup = cgroups({ [GROUP]: { files } });
    const uncounted = live({
      survey: { show: shownBlock(GROUP, held), cgroup },
      meters: [meter(`/ds01.slice/${GROUP}`)],
    });
    expect(uncounted[0]?.limits.at(-1)).not.toHaveProperty('used');
    const meters = [meter(`/ds01.slice/${GROUP}`, { memory: { current: 5, held: 2048 } })];
    const [group] = live({ survey: { show: shownBlock(GROUP, held), cgroup }, meters });
    expect(group?.limits.at(-1)).toEqual({
      ...{ key: 'MemoryHigh', policy: 'infinity', systemd: '1G', used: '2K', differs: true },
      unenforced: 'the kernel has no memory.high here',
    });
  });

  it('of a slice where nothing runs, and that systemd does not show, is what policy says', () => {
    const [group] = live({});
    expect(group).toMatchObject({ running: false });
    expect(group?.limits[0]).toEqual({ key: 'CPUQuota', policy: '1600%', place: LINE, differs: false });
  });

  it('is what the kernel says, also where systemd shows nothing and the counters are not there', () => {
    const cgroup = cgroups({ [GROUP]: { files: filesV2(POLICY) } });
    const [group] = live({ survey: { show: '', cgroup }, meters: [meter(`/ds01.slice/${GROUP}`)] });
    expect(group?.limits[1]).toEqual({ key: 'MemoryMax', policy: '32G', place: LINE, kernel: '32G', differs: false });
  });

  it('of the site is only told if somebody limits it', () => {
    const show = [shownBlock('ds01.slice', { tasks_max: 100 }), shownBlock(GROUP, POLICY)].join('\n');
    expect(live({ survey: { show, cgroup: cgroups({}) } }).map(({ name, scope }) => [name, scope])).toEqual([
      ['ds01.slice', 'site'],
      [GROUP, 'per_group'],
      [SLICE, 'per_member'],
    ]);
    expect(live({ survey: { show: shownBlock('ds01.slice', {}), cgroup: cgroups({}) } })[0]?.name).toBe(GROUP);
  });

  it('includes its containers, with what they were made with', () => {
    const path = `/ds01.slice/${GROUP}/${SLICE}/${SCOPE}`;
    const figures: Partial<Meter> = {
      level: 'container',
      cpu: { cores: 0.05, quota: 0.07 },
      memory: { current: 10, held: 10 * 1024, max: 2 ** 31 },
      tasks: { current: 3 },
    };
    const others = [
      meter(path.replace(SLICE, 'ds01-student-ab.slice'), figures),
      meter(`${path}`, { ...figures, level: 'work' }),
    ];
    const show = shownBlock(SCOPE, { cpu_quota: 7, memory_max: 2 ** 31 });
    const found = live({ survey: { show, cgroup: cgroups({}) }, meters: [...others, meter(path, figures)] });
    expect(found.slice(2)).toEqual([
      {
        name: SCOPE,
        scope: 'per_container',
        running: true,
        limits: [
          row('CPUQuota', '7%', { place: { ...LINE, line: 5 }, used: '0.1 cores' }),
          {
            ...{ key: 'MemoryMax', policy: '4G', place: { ...LINE, line: 5 }, systemd: '2G', kernel: '2G' },
            ...{ used: '10K', differs: true },
          },
          row('TasksMax', 'infinity', { used: '3' }),
        ],
      },
    ]);
    const [, , unknown] = live({ meters: [meter(path, { level: 'container' })] });
    expect(unknown?.limits).toEqual([
      { key: 'CPUQuota', policy: '7%', place: { ...LINE, line: 5 }, differs: false },
      { key: 'MemoryMax', policy: '4G', place: { ...LINE, line: 5 }, differs: false },
      { key: 'TasksMax', policy: 'infinity', differs: false },
    ]);
    const [, , unlimited] = live({
      meters: [
        meter(path, {
          level: 'container',
          cpu: { cores: 1 },
          memory: { current: 1, held: 1 },
          tasks: { current: 1, max: 9 },
        }),
      ],
    });
    expect(unlimited?.limits.map(({ kernel, differs }) => [kernel, differs])).toEqual([
      ['infinity', true],
      ['infinity', true],
      ['9', true],
    ]);
  });
});

function row(key: string, value: string, more: object = {}) {
  return { key, policy: value, systemd: value, kernel: value, differs: false, ...more };
}
