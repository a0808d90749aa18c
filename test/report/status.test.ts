import { describe, expect, it } from 'vitest';
import type { Resolved } from '../../scripts/policy/resolve.ts';
import type { FollowStatus } from '../../scripts/report/follow-status.ts';
import { type Paint, plain } from '../../scripts/report/paint.ts';
import { type LastRun, statusJson, statusText } from '../../scripts/report/status.ts';
import { type FoundFile, plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { type SliceNode, sliceTree } from '../../scripts/units/tree.ts';
import { textsIn } from '../support/carry-out.ts';
import { A, at } from '../support/host-history.ts';
import { HOSTILE, hostilePlan } from '../support/hostile-plan.ts';
import { obedientHost } from '../support/live-survey.ts';
import { asFound, groupText, memberText, resolvePolicy } from '../support/resolve-policy.ts';

const label = (file: string) => `policy/${file}`;
const NEVER: LastRun = { unfinished: false };

function status(host: Resolved | undefined, policy: Resolved, paint: Paint = plain, run = NEVER): string {
  const units = host ? render(host) : [];
  const seen = {
    host: 'root',
    tree: sliceTree('ds01', units),
    resolved: policy,
    plan: plan(asFound(units), policy),
    run,
  };
  return statusText(seen, label, paint);
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
    const text = statusText(
      { host: HOSTILE, tree, resolved: policy, plan: hostilePlan(), run: hostileRun(HOSTILE) },
      label,
      plain,
    );
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    const harmless = statusText(
      { host: 'x', tree, resolved: policy, plan: hostilePlan('x'), run: hostileRun('x') },
      label,
      plain,
    );
    expect(text.split('\n').length).toBe(harmless.split('\n').length);
  });

  it('paints its verdict', () => {
    const paint: Paint = (tone, text) => `<${tone}>${text}</>`;
    const policy = resolvePolicy();
    expect(status(policy, policy, paint)).toContain('<good>as policy says: nothing differs</>');
    expect(status(undefined, policy, paint)).toContain('<warning>not as policy says: ');
  });
});

function hostileRun(text: string): LastRun {
  return { last: { at: text, result: 'broken', failure: text, commit: text }, unfinished: true };
}

describe('how the last apply went', () => {
  const policy = resolvePolicy();
  const last = { at: '2026-06-14T03:10:00.000Z', result: 'applied', commit: '0123456789abcdef0123' } as const;
  const lineOf = (run: LastRun, paint: Paint = plain) => {
    const sections = status(policy, policy, paint, run).trimEnd().split('\n\n');
    return sections.slice(2, -1).join('\n');
  };

  it('is not said where there was none', () => {
    expect(lineOf(NEVER)).toBe('');
  });

  it('is when, and which policy', () => {
    expect(lineOf({ last, unfinished: false })).toBe('last apply 2026-06-14 03:10 UTC: commit 0123456789ab');
    expect(lineOf({ last: { ...last, commit: null }, unfinished: false })).toBe(
      'last apply 2026-06-14 03:10 UTC: policy without a commit',
    );
  });

  it('is why it failed, and that the host was left as it was', () => {
    const failed = { ...last, result: 'restored', failure: 'systemctl said no' } as const;
    expect(lineOf({ last: failed, unfinished: false })).toBe(
      'last apply 2026-06-14 03:10 UTC: commit 0123456789ab failed, nothing changed: systemctl said no',
    );
  });

  it('is loud where the host was not left as it was', () => {
    const paint: Paint = (tone, text) => `<${tone}>${text}</>`;
    const broken = { ...last, result: 'broken', failure: 'the disk is full' } as const;
    expect(lineOf({ last: broken, unfinished: false }, paint)).toBe(
      '<error>DEGRADED since 2026-06-14 03:10 UTC: the last apply failed and could not be taken back: the disk is full</>',
    );
    const units = render(policy);
    const run: LastRun = { last: broken, unfinished: false };
    const json = statusJson({
      host: 'root',
      tree: sliceTree('ds01', units),
      resolved: policy,
      plan: plan(asFound(units), policy),
      run,
    });
    expect(JSON.parse(json)).toMatchObject({ degraded: true, last: broken, differs: false });
  });

  it('is that one was ended half-way', () => {
    const words = 'an apply is under way, or was ended half-way: the next apply settles it';
    expect(lineOf({ unfinished: true })).toBe(words);
    expect(lineOf({ last, unfinished: true }).split('\n')).toEqual([
      expect.stringMatching(/^last apply .*: commit \w+$/),
      words,
    ]);
  });
});

describe('what is in force', () => {
  const policy = resolvePolicy({ 'members/m001.yaml': memberText('m001', 'student') });
  const found = asFound(render(policy));

  it('is told by limits, with what others have done, what is left of old slices, and what the machine cannot do', () => {
    const file: FoundFile = {
      kind: 'file',
      path: 'ds01-student.slice.d/x.conf',
      text: '[Slice]\nTasksMax=512\nIOWeight=50\n',
    };
    const host = [...found, file];
    const running = { 'ds01-student.slice': {}, 'ds01-researcher-m001.slice': { work: ['a.service'] } };
    const result = plan(host, policy, obedientHost(textsIn(host), running, 'v1'));
    const text = statusText(
      { host: 'root', tree: undefined, resolved: policy, plan: result, run: NEVER },
      label,
      plain,
    );
    expect(text.split('\n\n').slice(2)).toEqual([
      expect.stringMatching(
        /^somebody else has the last word\n {2}TasksMax of ds01-student[.]slice is 512, .*\n {4}policy\/.*\n {2}IOWeight/,
      ),
      expect.stringMatching(
        /^still in use, and given up by policy\n {2}ds01-researcher-m001[.]slice keeps its limits .*: a[.]service; new work goes to ds01-student-m001[.]slice$/,
      ),
      'not enforced by this machine\n  IOWeight 50 of ds01-student.slice: nothing in cgroup v1 says that it is enforced',
      `verified: 2 limits of 1 slice in the kernel; 6 limits of 2 slices in systemd, because nothing runs there
not as policy says: 2 limits that somebody else has the last word about
plan shows what would change, and why
`,
    ]);
  });

  it('is told where nothing differs, too', () => {
    const result = plan(found, policy, obedientHost(textsIn(found)));
    const text = statusText(
      { host: 'root', tree: undefined, resolved: policy, plan: result, run: NEVER },
      label,
      plain,
    );
    expect(text).toMatch(/\n\nverified: 9 limits of 3 slices in systemd, .*\nas policy says: nothing differs\n$/);
    expect(
      JSON.parse(statusJson({ host: 'root', tree: undefined, resolved: policy, plan: result, run: NEVER })).verified,
    ).toEqual({
      unenforced: [],
      inKernel: { limits: 0, slices: 0 },
      inSystemd: { limits: 9, slices: 3 },
    });
  });
});

describe('a host that follows a repository', () => {
  const grants = (names: Readonly<Record<string, string>>) => {
    const files = Object.entries(names).map(([name, expires]) => {
      return [`members/${name}.yaml`, memberText(name, 'researcher', `expires: ${expires}\n`)] as const;
    });
    return resolvePolicy(Object.fromEntries(files));
  };
  const ENDINGS = {
    d: '2026-09-30',
    c: '2026-07-01',
    b: '2026-07-01',
    a: '2026-12-31',
    over: '2026-06-14',
    ever: 'never',
  };

  it('says first what it follows, and before what is in force which grants end next', () => {
    expect(sections(grants(ENDINGS))).toEqual([
      'root on 2026-06-15',
      `follows main of https://example.org/policy.git, any commit that descends
  commit aaaaaaaaaaaa, applied 2026-06-15 09:00 UTC (1 hour ago)
  last run 2026-06-15 09:59 UTC (1 minute ago): in force
  verified 2026-06-15 09:59 UTC (1 minute ago)`,
      expect.stringMatching(/^ds01[.]slice\n/),
      `grants that end next, each at the end of its day
  2026-07-01  b@hertie-school.lan
  2026-07-01  c@hertie-school.lan
  2026-09-30  d@hertie-school.lan`,
      'as policy says: nothing differs\n',
    ]);
  });

  it('names each account of a member, by name', () => {
    const text = memberText('z', 'researcher', 'expires: 2026-07-01\n').replace(']', ', y@hertie-school.lan]');
    const shown = sections(resolvePolicy({ 'members/z.yaml': text }));
    expect(shown[3]?.split('\n').slice(1)).toEqual([
      '  2026-07-01  y@hertie-school.lan',
      '  2026-07-01  z@hertie-school.lan',
    ]);
  });

  it('says nothing of grants where none ever ends', () => {
    const shown = sections(grants({ ever: 'never', over: '2026-06-14' }));
    expect(shown.filter((section) => section.includes('grants that end'))).toEqual([]);
    expect(shown).toHaveLength(4);
  });

  it('says it to programs', () => {
    const value = JSON.parse(statusJson(seen(grants(ENDINGS))));
    expect(value.follow).toMatchObject({ branch: 'main', host: 'gpu-1', upToDate: true, lags: [] });
    expect(value.endings).toEqual([
      { account: 'b@hertie-school.lan', until: '2026-07-01' },
      { account: 'c@hertie-school.lan', until: '2026-07-01' },
      { account: 'd@hertie-school.lan', until: '2026-09-30' },
    ]);
  });

  function seen(policy: Resolved) {
    const units = render(policy);
    const tree = sliceTree('ds01', units);
    return { host: 'root', tree, resolved: policy, plan: plan(asFound(units), policy), run: NEVER, follow: follows() };
  }

  function sections(policy: Resolved): readonly string[] {
    return statusText(seen(policy), label, plain).split('\n\n');
  }

  function follows(): FollowStatus {
    const verifiedAt = at('09:59');
    return {
      ...{ now: new Date(at('10:00')), interval: 60, lags: [] },
      config: { remote: 'https://example.org/policy.git', branch: 'main', trust: 'none', host: 'gpu-1' },
      standing: { applied: { commit: A, at: at('09:00') } },
      run: { version: 1, at: verifiedAt, seconds: 1, exitCode: 0, outcome: 'in force', verifiedAt },
    };
  }
});

describe('what a host has, as JSON', () => {
  it('has the tree, what is in the way, and whether anything differs', () => {
    const policy = resolvePolicy();
    const units = render(policy);
    const result = plan(asFound(units), policy);
    const value = JSON.parse(
      statusJson({ host: 'root', tree: sliceTree('ds01', units), resolved: policy, plan: result, run: NEVER }),
    );
    expect(Object.keys(value)).toEqual([
      ...['version', 'host', 'today', 'differs', 'degraded', 'changes', 'digest', 'guards', 'answered'],
      ...['conflicts', 'drift'],
      ...['draining', 'foreign', 'accountingOnly', 'last', 'unfinished', 'tree'],
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
    expect(
      JSON.parse(statusJson({ host: 'root', tree: undefined, resolved: resolvePolicy(), plan: result, run: NEVER })),
    ).toMatchObject({
      tree: null,
      differs: true,
      changes: 10,
    });
  });
});
