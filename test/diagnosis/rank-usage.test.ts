import { describe, expect, it } from 'vitest';
import type { Meter } from '../../scripts/diagnosis/meter.ts';
import { ofFocus, rankUsage, type UsageFocus, type UsageNode } from '../../scripts/diagnosis/rank-usage.ts';
import { entitlementOf } from '../../scripts/policy/resolve.ts';
import { ACCOUNT, aMeter, CONTAINER, CONTAINER_ID, GROUP, RESEARCHERS, SITE } from '../support/case-fixture.ts';
import { BUSY, NAMES, RESEARCHER, use } from '../support/usage-fixture.ts';

const { resolved } = NAMES;

/** A tree as lines: indented labels. */
function drawn(nodes: readonly UsageNode[], depth = 0): readonly string[] {
  return nodes.flatMap(({ label, children }) => [`${'  '.repeat(depth)}${label}`, ...drawn(children, depth + 1)]);
}

function all(nodes: readonly UsageNode[]): readonly UsageNode[] {
  return nodes.flatMap((node) => [node, ...all(node.children)]);
}

function ranked(meters: readonly Meter[]): readonly UsageNode[] {
  return rankUsage(meters, NAMES);
}

/** Labels of slices of students, in the order of the tree. */
function order(...uses: readonly Partial<Meter>[]): readonly string[] {
  const names = ['100001', '100002', '100003'];
  const meters = uses.map((more, index) => aMeter(`${GROUP}/ds01-student-${names[index]}.slice`, more));
  return ranked([aMeter(GROUP), ...meters])[0]!.children.map(({ label }) => label);
}

describe('the tree', () => {
  it('has what is inside of what, and containers elsewhere beside it', () => {
    expect(drawn(ranked(BUSY))).toEqual([
      'ds01',
      ...['  student', '    100001', '      train', '    a_name_that_is_long', '    100002', '    100003'],
      ...['  researcher', '    204214', '      jupyter.service'],
      '0a1b2c3d0a1b',
    ]);
  });

  it('has the site first, however much is done elsewhere', () => {
    const outside = aMeter(`/system.slice/${CONTAINER.replace(/^.*[/]/, '')}`, use(99, 99, 99, [0.9, 0, 0]));
    expect(drawn(ranked([outside, aMeter(SITE)]))).toEqual(['ds01', 'train']);
  });

  it('finds what is around a container some folders up', () => {
    const path = `${ACCOUNT}/user.service/app.slice/${CONTAINER_ID}`;
    expect(drawn(ranked([aMeter(SITE), aMeter(GROUP), aMeter(ACCOUNT), aMeter(path)]))).toEqual([
      ...['ds01', '  student', '    100001', '      train'],
    ]);
  });

  it('is empty where nothing runs', () => {
    expect(ranked([])).toEqual([]);
  });
});

describe('what a cgroup is called', () => {
  const label = (path: string) => all(ranked([aMeter(path)]))[0]!;

  it.each([
    [SITE, 'ds01', undefined],
    [GROUP, 'student', undefined],
    [ACCOUNT, '100001', '100001@hertie-school.lan'],
    [`${RESEARCHERS}/ds01-researcher-s_kaiser.slice`, 's.kaiser', 's.kaiser@hertie-school.lan'],
    // It has left that group, or was never in it.
    [`${RESEARCHERS}/ds01-researcher-100001.slice`, '100001 (not granted)', undefined],
    [`${ACCOUNT}/ds01-student-100001-night.slice`, 'night', '100001@hertie-school.lan'],
    [`${ACCOUNT}/ds01-student-100001-a-b.slice`, 'a-b', '100001@hertie-school.lan'],
    [CONTAINER, 'train', undefined],
    [CONTAINER.replaceAll('c0ffee12', 'deadbeef'), 'deadbeefdead', undefined],
    [`${ACCOUNT}/session-3.scope`, 'session-3.scope', undefined],
  ])('%s', (path, expected, account) => {
    expect(label(path).label).toBe(expected);
    expect(label(path).account).toBe(account);
  });
});

describe('what hurts comes first', () => {
  const [waits, throttled, refused] = [
    use(1, 1, 1, [0.9, 0, 0]),
    { cpu: { cores: 1, quota: 1, throttling: { periods: 20, throttled: 19, seconds: 9 } } },
    { tasks: { current: 9, max: 9 } },
  ];

  it('the worse, the earlier, whatever others use', () => {
    expect(order(use(50, 50, 50), waits, throttled)).toEqual(['100003', '100002', '100001']);
    expect(order(waits, throttled, refused)).toEqual(['100003', '100002', '100001']);
  });

  it('and what is around it with it', () => {
    const nodes = ranked([
      ...[aMeter(SITE), aMeter(RESEARCHERS, use(99, 9, 9)), aMeter(GROUP, use(1, 1, 1)), aMeter(ACCOUNT)],
      aMeter(CONTAINER, refused),
    ]);
    expect(drawn(nodes)).toEqual(['ds01', '  student', '    100001', '      train', '  researcher']);
    expect(all(nodes).map(({ weight }) => weight)).toEqual([3, 3, 3, 3, 0]);
    expect(all(nodes).map(({ strains }) => strains.length)).toEqual([0, 0, 0, 1, 0]);
  });
});

describe('then comes what uses most', () => {
  it('first of CPUs, then of memory, then by name', () => {
    expect(order(use(1, 9, 9), use(2, 1, 1))).toEqual(['100002', '100001']);
    expect(order(use(1, 1, 9), use(1, 2, 1))).toEqual(['100002', '100001']);
    expect(order({}, {}, use(1, 1, 1))).toEqual(['100003', '100001', '100002']);
    expect(order({}, use(0, 1, 1), {})).toEqual(['100002', '100001', '100003']);
    expect(ranked([aMeter(GROUP), aMeter(RESEARCHERS)]).map(({ label }) => label)).toEqual(['researcher', 'student']);
  });

  it('as far as it is shown: what looks the same keeps its place', () => {
    expect(order(use(1.01, 1.02, 1), use(1.04, 1, 1))).toEqual(['100001', '100002']);
    expect(order(use(1.01, 1, 1), use(1.06, 1, 1))).toEqual(['100002', '100001']);
  });
});

describe('what is idle', () => {
  const idle = (path: string, more: Partial<Meter>) => ranked([aMeter(path, more)])[0]!.isIdle;

  it.each([
    [ACCOUNT, use(0.04, 0.9, 50), true],
    [ACCOUNT, {}, true],
    [CONTAINER, use(0, 0, 1), true],
    [`${ACCOUNT}/a.service`, use(0, 0, 1), true],
    [`/system.slice/${CONTAINER_ID}`, use(0, 0, 1), true],
    [ACCOUNT, use(0.05, 0, 1), false],
    // Nobody else can have it.
    [ACCOUNT, use(0, 1, 1), false],
    [ACCOUNT, use(0, 0, 1, [0, 0, 0.5]), false],
    [GROUP, use(0, 0, 0), false],
    [SITE, use(0, 0, 0), false],
  ])('%s with %o', (path, more, expected) => {
    expect(idle(path, more)).toBe(expected);
  });

  it('is never what something that hurts is in', () => {
    const [account] = ranked([aMeter(ACCOUNT), aMeter(CONTAINER, { tasks: { current: 1, max: 1 } })]);
    expect(account!.isIdle).toBe(false);
  });
});

describe('what is of somebody', () => {
  const paths = (focus: UsageFocus, meters: readonly Meter[] = BUSY) => ofFocus(meters, focus).map(({ path }) => path);
  const account = (spelling: string): UsageFocus => {
    return { kind: 'account', entitlement: entitlementOf(resolved, spelling) };
  };
  const group = (name: string): UsageFocus => ({ kind: 'group', group: resolved.groups.get(name)! });

  it('of a group is all in its slice, and what is around it', () => {
    expect(paths(group('researcher'))).toEqual([SITE, RESEARCHERS, RESEARCHER, `${RESEARCHER}/jupyter.service`]);
  });

  it('of an account is its slice with all in it, and what is around it', () => {
    expect(paths(account('100001'))).toEqual([SITE, GROUP, ACCOUNT, CONTAINER]);
  });

  it('is also what it still has in the slice of another group, and in slices below its own', () => {
    const old = `${RESEARCHERS}/ds01-researcher-100001.slice`;
    const below = `${ACCOUNT}/ds01-student-100001-night.slice`;
    const meters = [...BUSY, aMeter(below), aMeter(old)];
    expect(paths(account('100001'), meters)).toEqual([SITE, RESEARCHERS, GROUP, ACCOUNT, CONTAINER, below, old]);
  });

  it('is nothing of those whose name begins in the same way', () => {
    const longer = `${GROUP}/ds01-student-1000011.slice`;
    expect(paths(account('100001'), [aMeter(longer), aMeter(`${ACCOUNT}x`)])).toEqual([]);
    expect(paths(account('10000'))).toEqual([]);
  });

  it('is empty if nothing of theirs runs', () => {
    expect(paths(account('999999'))).toEqual([]);
    expect(paths(group('admin'))).toEqual([]);
  });
});
