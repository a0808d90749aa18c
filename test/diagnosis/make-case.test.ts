import { describe, expect, it } from 'vitest';
import type { Focus } from '../../scripts/diagnosis/case.ts';
import { makeCase } from '../../scripts/diagnosis/make-case.ts';
import type { Process } from '../../scripts/diagnosis/sighting.ts';
import { entitlementOf } from '../../scripts/policy/resolve.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { textsIn } from '../support/carry-out.ts';
import {
  ACCOUNT,
  aContainer,
  CONTAINER,
  CONTAINER_ID,
  FACTS,
  GROUP,
  NOW,
  RESEARCHERS,
  SCOPE,
  SITE,
  told,
} from '../support/case-fixture.ts';
import { cgroups } from '../support/live-survey.ts';
import { aSighting, type Seen, type Texts } from '../support/looks.ts';
import { asFound, resolvePolicy } from '../support/resolve-policy.ts';

const resolved = resolvePolicy();
const MOVED = `${GROUP}/ds01-student-204214.slice`;
const OWN = `${RESEARCHERS}/ds01-researcher-204214.slice`;
const OTHER = `${RESEARCHERS}/ds01-researcher-2042140.slice`;
const OUTSIDE = `/docker/${'a'.repeat(64)}`;
const PATHS = [
  SITE,
  GROUP,
  ACCOUNT,
  CONTAINER,
  `${ACCOUNT}x`,
  MOVED,
  `${MOVED}/x.scope`,
  RESEARCHERS,
  OWN,
  OTHER,
  OUTSIDE,
];

function caseOf(
  before: Seen = {},
  after: Seen = {},
  more: Partial<Parameters<typeof makeCase>[0]> = {},
  machine: Parameters<typeof aSighting>[2] = {},
) {
  const found = asFound(render(resolved));
  return makeCase({
    sighting: aSighting(before, after, machine),
    ...{ facts: FACTS, resolved, files: textsIn(found), plan: plan(found, resolved) },
    live: { show: '', cgroup: cgroups({}) },
    ...{ now: NOW, placeText: ({ file, line }: { file: string; line: number }) => `p/${file}:${line}` },
    ...more,
  });
}

function metersOf(focus?: Focus): readonly string[] {
  const seen = { cgroups: Object.fromEntries(PATHS.map((path) => [path, {}])) };
  const found = caseOf(seen, seen, focus ? { focus } : {});
  expect(found.all.map(({ path }) => path)).toEqual(PATHS);
  expect(found.focus).toEqual(focus);
  return found.meters.map(({ path }) => path);
}

describe('the cgroups that it is about', () => {
  it('are all of them, where nobody asks for somebody', () => {
    expect(metersOf()).toEqual(PATHS);
  });

  it('of an account are its own, what is in them, and those around; also of other groups where it still runs', () => {
    const unlisted = { kind: 'account', entitlement: entitlementOf(resolved, '100001') } as const;
    expect(metersOf(unlisted)).toEqual([SITE, GROUP, ACCOUNT, CONTAINER]);
    const moved = { kind: 'account', entitlement: entitlementOf(resolved, '204214') } as const;
    expect(metersOf(moved)).toEqual([SITE, GROUP, MOVED, `${MOVED}/x.scope`, RESEARCHERS, OWN]);
    expect(metersOf({ kind: 'account', entitlement: entitlementOf(resolved, '100002') })).toEqual([]);
  });

  it('of a container are it and those around', () => {
    expect(metersOf({ kind: 'container', id: CONTAINER_ID })).toEqual([SITE, GROUP, ACCOUNT, CONTAINER]);
    expect(metersOf({ kind: 'container', id: 'a'.repeat(64) })).toEqual([OUTSIDE]);
    expect(metersOf({ kind: 'container', id: 'b'.repeat(64) })).toEqual([]);
  });
});

describe('programs', () => {
  const process = (pid: number, cpuSeconds: number, more: Partial<Process> = {}): Process => {
    return { pid, uid: 1000, name: 'python', cgroup: CONTAINER, cpuSeconds, ...more };
  };

  it('have used so many CPUs in the window', () => {
    const [before, after] = [
      [process(1, 100), process(2, 50)],
      [process(1, 120), process(2, 50, { seesGpu: true })],
    ];
    expect(caseOf({ processes: before }, { processes: after }).programs).toEqual([
      { ...process(1, 120), cores: 4 },
      { ...process(2, 50, { seesGpu: true }), cores: 0 },
    ]);
  });

  it('that have begun since have used all of it, also under the number of another one', () => {
    const found = caseOf({ processes: [process(2, 50)] }, { processes: [process(1, 10), process(2, 5)] });
    expect(found.programs.map(({ cores }) => cores)).toEqual([2, 1]);
  });
});

it('lasts as long as there was between the looks', () => {
  expect(caseOf({ at: 1000 }, { at: 3500 }).window).toBe(2.5);
});

it('has the counters of the window, and the machine', () => {
  const files = (usage: number): Texts => ({ 'cpu.stat': `usage_usec ${usage}` });
  const found = caseOf({ cgroups: { [GROUP]: files(1e6) } }, { cgroups: { [GROUP]: files(11e6) } }, {}, { cpus: 96 });
  expect(found.all.map(({ cpu }) => cpu)).toEqual([{ cores: 2 }]);
  expect(found.machine).toMatchObject({ cpus: 96, version: 'v2' });
});

it('hands on what it was given', () => {
  const lags = [{ kind: 'unverified', since: undefined }] as const;
  const found = caseOf({}, {}, { lags });
  expect(found).toMatchObject({ facts: FACTS, resolved, lags, now: NOW });
  expect(found.plan.site).toBe('ds01');
  expect(found.placeText({ file: 'a.yaml', line: 3 })).toBe('p/a.yaml:3');
  expect(caseOf()).not.toHaveProperty('lags');
  expect(caseOf()).not.toHaveProperty('focus');
});

it('knows whose a slice is', () => {
  expect(caseOf().accountOf('ds01-student-100001.slice')?.account).toBe('100001@hertie-school.lan');
  expect(caseOf().accountOf('ds01-student.slice')).toBeUndefined();
});

describe('who says a limit', () => {
  const at = (path: string, files: Texts, more: Parameters<typeof caseOf>[2] = {}, proc: Texts = {}) => {
    const machine = { devices: new Map([['8:0', 'sda']]) };
    const found = caseOf({}, { cgroups: { [path]: files }, proc }, more, machine);
    const [meter] = found.all;
    if (!meter) throw new Error('no meter');
    return (key: string) => found.sourceOf(meter, key);
  };

  it('is policy, or what is on the machine', () => {
    const tasks = { 'pids.current': '1', 'pids.max': '512' };
    expect(at(GROUP, { ...tasks, 'pids.max': '65536' })('TasksMax').origin).toBe('policy');
    expect(at(GROUP, tasks)('TasksMax').origin).toBe('kernel');
    const file = { kind: 'file', path: 'ds01-student.slice', text: '[Slice]\nTasksMax=512\n' } as const;
    const more = { files: [file], plan: plan([file], resolved) };
    expect(at(GROUP, tasks, more)('TasksMax')).toMatchObject({ origin: 'file', settledBy: 'adopt', policy: '65536' });
  });

  it('is Docker, where it tells', () => {
    const tasks = { 'pids.current': '1', 'pids.max': '512' };
    const facts = { ...FACTS, containers: told([aContainer()]) };
    expect(at(CONTAINER, tasks, { facts })('TasksMax')).toMatchObject({ origin: 'default', cgroup: SCOPE });
    expect(at(CONTAINER, tasks)('TasksMax').origin).toBe('container');
  });

  it('is systemd, with its default', () => {
    const proc = { 'sys/kernel/pid_max': '32768' };
    const source = at(CONTAINER, { 'pids.current': '1', 'pids.max': '4915' }, {}, proc);
    expect(source('TasksMax').origin).toBe('default');
  });

  it('is found by the devices that unit files and the kernel speak of', () => {
    const files = { 'io.max': '8:0 rbps=1000000 wbps=max riops=max wiops=max' };
    expect(at(GROUP, files)('IOReadBandwidthMax 8:0').key).toBe('IOReadBandwidthMax /dev/sda');
    const text = '[Slice]\nIOReadBandwidthMax=/dev/disk/by-id/x 1M\n';
    const live = { show: '', cgroup: cgroups({}, { devices: new Map([['/dev/disk/by-id/x', '8:0']]) }) };
    const more = { live, files: [{ kind: 'file', path: 'ds01-student.slice.d/90-x.conf', text } as const] };
    expect(at(GROUP, files, more)('IOReadBandwidthMax 8:0')).toMatchObject({
      ...{ key: 'IOReadBandwidthMax /dev/disk/by-id/x', value: '1M', origin: 'file' },
    });
  });

  it('is asked of the version of cgroups that the machine has', () => {
    const seen = { version: 'v1', cgroups: { [GROUP]: { 'pids.current': '1', 'pids.max': '65536' } } } as const;
    const found = caseOf(seen, seen);
    expect(found.all.map((meter) => found.sourceOf(meter, 'TasksMax').origin)).toEqual(['policy']);
  });
});
