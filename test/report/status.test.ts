import { describe, expect, it } from 'vitest';
import type { Resolved } from '../../scripts/policy/resolve.ts';
import { type Paint, plain } from '../../scripts/report/paint.ts';
import { statusJson, statusText } from '../../scripts/report/status.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { type SliceNode, sliceTree } from '../../scripts/units/tree.ts';
import { HOSTILE } from '../support/hostile-plan.ts';
import { asFound, groupText, memberText, resolvePolicy } from '../support/resolve-policy.ts';

function status(host: Resolved | undefined, policy: Resolved, paint: Paint = plain): string {
  const units = host ? render(host) : [];
  return statusText('root', sliceTree('ds01', units), policy, plan(asFound(units), policy), paint);
}

describe('what a host has, for people', () => {
  it('is a tree with limits, who is in which group until when, and that it is as policy says', () => {
    const policy = resolvePolicy({
      'groups/student.yaml': groupText(
        'cpu_quota: 100%, memory_max: unlimited, tasks_max: 65536',
        '  per_member: { io_weight: 50 }\n  per_container: { cpus: 16 }\n',
      ),
      'members/m.yaml': memberText(
        'm',
        'student',
        'expires: 2027-03-31\nlimits: { per_member: { io_weight: 60 }, per_container: { gpus: 2 } }\n',
      ),
    });
    expect(status(policy, policy)).toBe(
      `\
root on 2026-06-15

ds01.slice
├─ ds01-admin.slice                    CPUQuota unlimited, MemoryMax unlimited, TasksMax unlimited
│  ├─ ds01-admin-datasciencelab.slice  datasciencelab@hertie-school.lan, never ends
│  └─ ds01-admin-….slice               each member
├─ ds01-researcher.slice               CPUQuota 12800% (128 cores), MemoryMax 128G, TasksMax 65536; each container: cpus 64, memory 128G
│  ├─ ds01-researcher-204214.slice     204214@hertie-school.lan, never ends
│  ├─ ds01-researcher-s_kaiser.slice   s.kaiser@hertie-school.lan, never ends
│  └─ ds01-researcher-….slice          each member
└─ ds01-student.slice                  CPUQuota 100% (1 core), MemoryMax unlimited, TasksMax 65536; each container: cpus 16
   ├─ ds01-student-m.slice             m@hertie-school.lan, until 2027-03-31, IOWeight 60; each container: cpus 16, gpus 2
   └─ ds01-student-….slice             everybody who is not listed; IOWeight 50

as policy says: nothing differs
`,
    );
  });

  it('says how much is not as policy says, and how to see it', () => {
    const text = status(resolvePolicy(), resolvePolicy({ 'members/m.yaml': memberText('m', 'researcher') }));
    expect(text).toContain(
      '\nnot as policy says: 1 to create, 0 to update, 0 to remove\nplan shows what would change, and why',
    );
  });

  it('says of members who should not be where they are that nothing grants it any more', () => {
    const host = resolvePolicy({
      'members/gone.yaml': memberText('gone', 'researcher'),
      'members/over.yaml': memberText('over', 'researcher'),
      'members/moved.yaml': memberText('moved', 'researcher'),
    });
    const policy = resolvePolicy({
      'members/over.yaml': memberText('over', 'researcher', 'expires: 2026-06-14\n'),
      'members/moved.yaml': memberText('moved', 'student'),
    });
    const lines = status(host, policy)
      .split('\n')
      .filter((line) => /gone|over|moved/.test(line));
    expect(lines.map((line) => line.replace(/.*slice +/, ''))).toEqual([
      'gone@hertie-school.lan, no longer granted',
      'moved@hertie-school.lan, no longer granted',
      'over@hertie-school.lan, no longer granted',
    ]);
  });

  it('says that nothing is here', () => {
    expect(status(undefined, resolvePolicy())).toMatch(
      /^root on 2026-06-15\n\nno ds01[.]slice of ds01-policy is here\n\nnot as policy says: 10 to/,
    );
  });

  it('keeps text from the host on its line', () => {
    const setting = { key: `IOReadBandwidthMax ${HOSTILE}`, text: HOSTILE, measure: Number.NaN };
    const leaf = { settings: [setting], children: [] };
    const children: readonly SliceNode[] = [
      {
        name: HOSTILE,
        kind: 'group',
        settings: [setting],
        children: [{ name: HOSTILE, kind: 'member', account: HOSTILE, ...leaf }],
      },
    ];
    const tree: SliceNode = { name: 'ds01.slice', kind: 'site', settings: [setting], children };
    const policy = resolvePolicy();
    const text = statusText(HOSTILE, tree, policy, plan([], policy), plain);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(text.split('\n').length).toBe(9);
  });

  it('paints its verdict', () => {
    const paint: Paint = (tone, text) => `<${tone}>${text}</>`;
    const policy = resolvePolicy();
    expect(status(policy, policy, paint)).toContain('<good>as policy says: nothing differs</>');
    expect(status(undefined, policy, paint)).toContain('<warning>not as policy says: ');
  });
});

describe('what a host has, as JSON', () => {
  it('has the tree, what is in the way, and whether anything differs', () => {
    const policy = resolvePolicy();
    const units = render(policy);
    const result = plan(asFound(units), policy);
    const value = JSON.parse(statusJson('root', sliceTree('ds01', units), result));
    expect(Object.keys(value)).toEqual([
      ...['version', 'host', 'today', 'differs', 'changes', 'digest', 'guards', 'conflicts', 'foreign', 'tree'],
    ]);
    expect(value).toMatchObject({ version: 1, host: 'root', today: '2026-06-15', differs: false, changes: 0 });
    expect(value.tree.children[0]).toEqual({
      name: 'ds01-admin.slice',
      kind: 'group',
      limits: { CPUQuota: 'unlimited', MemoryMax: 'unlimited', TasksMax: 'unlimited' },
      children: [
        {
          name: 'ds01-admin-datasciencelab.slice',
          kind: 'member',
          account: 'datasciencelab@hertie-school.lan',
          limits: {},
          children: [],
        },
        { name: 'ds01-admin-….slice', kind: 'others', limits: {}, children: [] },
      ],
    });
  });

  it('has no tree where nothing is', () => {
    const result = plan([], resolvePolicy());
    expect(JSON.parse(statusJson('root', undefined, result))).toMatchObject({ tree: null, differs: true, changes: 10 });
  });
});
