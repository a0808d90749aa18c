import { describe, expect, it } from 'vitest';
import { tasksLimit } from '../../../scripts/diagnosis/checks/tasks-limit.ts';
import type { KernelMessage } from '../../../scripts/diagnosis/facts.ts';
import type { Meter, TasksMeter } from '../../../scripts/diagnosis/meter.ts';
import { entitlementOf } from '../../../scripts/policy/resolve.ts';
import {
  ACCOUNT,
  aCase,
  aContainer,
  aMeter,
  type CaseParts,
  CONTAINER,
  GROUP,
  NOW,
  SITE,
  told,
} from '../../support/case-fixture.ts';
import { resolvePolicy } from '../../support/resolve-policy.ts';

const OTHER = `${GROUP}/ds01-student-100002.slice`;
const OTHER_WORK = `${OTHER}/run-1.scope`;
const SYMPTOMS =
  'programs then fail with "libgomp: Thread creation failed: Resource temporarily unavailable", pthread_create with EAGAIN, ' +
  '"can\'t start new thread" or "fork: retry: Resource temporarily unavailable"';
const CURRENT = '/sys/fs/cgroup/ds01.slice/ds01-student.slice/pids.current';
const PEAK = '/sys/fs/cgroup/ds01.slice/ds01-student.slice/pids.peak';
const EVENTS = `/sys/fs/cgroup${CONTAINER}/pids.events`;
const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000] as const;

function tasks(path: string, more: Partial<TasksMeter> = {}): Meter {
  return aMeter(path, { tasks: { current: 20, peak: 30, refused: 0, refusedEver: 0, ...more } });
}

/** The way from the site to a container: of each cgroup, what is not as usual. */
function way(group: Partial<TasksMeter>, account: Partial<TasksMeter> = {}, container: Partial<TasksMeter> = {}) {
  return [tasks(SITE), tasks(GROUP, group), tasks(ACCOUNT, account), tasks(CONTAINER, container)];
}

function rejected(ago: number, path = CONTAINER): KernelMessage {
  return { at: NOW - ago, text: `cgroup: fork rejected by pids controller in ${path}` };
}

function examine(meters: readonly Meter[], log: readonly KernelMessage[] = [], more: CaseParts = {}) {
  return tasksLimit.examine(aCase({ meters, facts: { kernelLog: told(log) }, ...more }));
}

/** Subjects and weights, in the order in which they are told. */
function weights(meters: readonly Meter[], log: readonly KernelMessage[] = [], more: CaseParts = {}) {
  return examine(meters, log, more).causes.map(({ subject, weight }) => [subject, weight]);
}

// Before Linux 6.1.
const NO_PEAK = { peak: undefined } as unknown as Partial<TasksMeter>;

describe('the limit of a group', () => {
  const FULL = { current: 64, max: 64, peak: 64 };

  it('is named with all that was read, what users see of it, and the change of policy that helps', () => {
    expect(examine(way(FULL, {}, { refused: 12, refusedEver: 40 })).causes).toEqual([
      {
        weight: 95,
        subject: 'ds01-student.slice',
        message:
          'ds01-student.slice (everybody in the group together) is at its limit of 64 tasks, and 12 new threads or processes ' +
          `were refused in 5.0 s: ${SYMPTOMS}`,
        evidence: [
          { source: CURRENT, figure: '64; pids.max 64' },
          { source: PEAK, figure: '64' },
          { source: EVENTS, figure: 'max +12 in 5.0 s' },
        ],
        limit: { key: 'TasksMax', value: '64', origin: 'policy', place: { file: 'groups/student.yaml', line: 6 } },
        wayOut: 'ds01-policy set-limit student per_group.tasks_max 4096 --reason TEXT',
      },
    ]);
  });

  it('holds up the next program, too, if none has been refused yet', () => {
    const [cause] = examine(way(FULL)).causes;
    expect(cause?.weight).toBe(90);
    expect(cause?.message).toContain(
      ' is at its limit of 64 tasks, and no further thread or process can start: programs',
    );
    expect(weights(way({ ...FULL, current: 70 }))).toEqual([['ds01-student.slice', 90]]);
    expect(weights(way({ ...FULL, current: 63, peak: 63 }))).toEqual([]);
  });

  it('is to be twice as large, as a power of two, and no smaller than the site allows', () => {
    const wanted = (max: number) => examine(way({ current: max, max })).causes[0]?.wayOut.split(' ')[4];
    expect(wanted(4096)).toBe('8192');
    expect(wanted(4097)).toBe('16384');
    expect(wanted(65_536)).toBe('131072');
    expect(wanted(2_000_000)).toBe('4194304');
    expect(wanted(3_000_000)).toBe('4194304');
  });

  it('is no floor for one container', () => {
    const [cause] = examine(way({}, {}, { current: 100, max: 100 })).causes;
    expect(cause?.wayOut).toContain('docker update --pids-limit=256 ');
    expect(cause?.limit?.origin).toBe("the container's own options");
  });

  it('is not that of the account, and the other way round', () => {
    const refused = { refused: 1, refusedEver: 1 };
    expect(weights(way(FULL, { max: 100 }, refused))).toEqual([['ds01-student.slice', 95]]);
    expect(weights(way({ max: 1000 }, FULL, refused))).toEqual([['ds01-student-100001.slice', 95]]);
    expect(weights(way({ max: 1000 }, { max: 100 }, { ...FULL, ...refused }))).toEqual([
      ['container c0ffee12c0ff', 95],
    ]);
    // Both are: the inner one is asked first, and the outer one refuses the next.
    expect(weights(way(FULL, FULL, refused))).toEqual([
      ['ds01-student-100001.slice', 95],
      ['ds01-student.slice', 90],
    ]);
  });

  it('stops others as well: what was refused to them is counted where they are', () => {
    const others = [tasks(OTHER), tasks(OTHER_WORK, { refused: 1, refusedEver: 1 })];
    const meters = way(FULL);
    const [cause] = examine(meters, [], { all: [...meters, ...others] }).causes;
    expect(cause).toMatchObject({ weight: 95, subject: 'ds01-student.slice' });
    expect(cause?.message).toContain('and a new thread or process was refused in 5.0 s');
    expect(cause?.evidence[2]?.source).toBe(`/sys/fs/cgroup${OTHER_WORK}/pids.events`);
    // By their own limit, which is nobody else's business.
    const theirs = [tasks(OTHER, FULL), tasks(OTHER_WORK, { refused: 1, refusedEver: 1 })];
    expect(weights(way({ max: 1000 }), [], { all: [...way({ max: 1000 }), ...theirs] })).toEqual([]);
  });
});

describe('what is over', () => {
  const WAS = { current: 20, max: 64, peak: 64 };

  it('is told first of that which refused more to whoever asks', () => {
    const full = (path: string, refused = 0) =>
      tasks(path, { current: 64, max: 64, peak: 64, refused, refusedEver: refused });
    const own = [full(GROUP), full(ACCOUNT, 2)];
    const all = [...own, tasks(OTHER), tasks(OTHER_WORK, { refused: 9, refusedEver: 9 })];
    const focus = { kind: 'account', entitlement: entitlementOf(resolvePolicy(), '100001') } as const;
    const subjects = (more: CaseParts) => weights(all, [], more).map(([subject]) => subject);
    expect(subjects({})).toEqual(['ds01-student.slice', 'ds01-student-100001.slice']);
    expect(subjects({ focus, meters: own, all })).toEqual(['ds01-student-100001.slice', 'ds01-student.slice']);
  });

  it('counts by its age in the log of the kernel, which says where the fork was tried', () => {
    expect(weights(way(WAS), [rejected(HOUR)])).toEqual([['ds01-student.slice', 90]]);
    expect(weights(way(WAS), [rejected(HOUR + SECOND)])).toEqual([['ds01-student.slice', 60]]);
    expect(weights(way(WAS), [rejected(DAY + SECOND)])).toEqual([['ds01-student.slice', 20]]);
    const [cause] = examine(way(WAS), [rejected(2 * HOUR), rejected(3 * MINUTE), rejected(DAY * 3)]).causes;
    expect(cause?.message).toBe(
      'ds01-student.slice (everybody in the group together) was at its limit of 64 tasks, and a new thread or process was ' +
        `refused 3 min ago: ${SYMPTOMS}`,
    );
    expect(cause?.evidence).toEqual([
      { source: CURRENT, figure: '20; pids.max 64' },
      { source: PEAK, figure: '64' },
      log('2026-06-15 09:57:00 UTC'),
      log('2026-06-15 08:00:00 UTC'),
      log('2026-06-12 10:00:00 UTC'),
    ]);
    function log(moment: string) {
      const figure = `${moment}: fork rejected by pids controller in ${CONTAINER}`;
      return { source: 'journalctl --dmesg', figure };
    }
  });

  it('is known of cgroups that are gone, by those that were around them', () => {
    const meters = way(WAS).slice(0, 2);
    expect(weights(meters, [rejected(MINUTE)])).toEqual([['ds01-student.slice', 90]]);
    expect(weights(meters, [rejected(MINUTE, '/ds01.slice/ds01-student.sliced/a')])).toEqual([
      ['ds01-student.slice', 25],
    ]);
    expect(weights(meters, [rejected(MINUTE, '/user.slice')])).toEqual([['ds01-student.slice', 25]]);
  });

  it('counts little where only a counter has it, and less where none has', () => {
    const [counted] = examine(way(WAS, {}, { refusedEver: 7 })).causes;
    expect(counted?.weight).toBe(30);
    expect(counted?.message).toContain(', and 7 new threads or processes were refused since it began: programs');
    expect(counted?.evidence[2]).toEqual({ source: EVENTS, figure: 'max 7 since it began' });
    const [bare] = examine(way(WAS)).causes;
    expect(bare?.weight).toBe(25);
    expect(bare?.message).toBe(
      'ds01-student.slice (everybody in the group together) was at its limit of 64 tasks since it began; whether anything ' +
        `was refused, the kernel no longer says: ${SYMPTOMS}`,
    );
    expect(bare?.evidence).toHaveLength(2);
  });

  it('may have been any of several limits that were reached', () => {
    expect(weights(way(WAS, WAS), [rejected(MINUTE)])).toEqual([
      ['ds01-student.slice', 90],
      ['ds01-student-100001.slice', 90],
    ]);
  });

  it('is no reason any more once the limit is above what there ever was', () => {
    const raised = { current: 20, max: 65_536, peak: 64 };
    expect(weights(way(raised, {}, { refusedEver: 3 }), [rejected(MINUTE)])).toEqual([]);
    expect(weights(way({ ...raised, max: 64, peak: 70 }))).toEqual([['ds01-student.slice', 25]]);
  });

  it('is counted only once where a kernel counts it in cgroups around, too', () => {
    const hit = { current: 64, max: 64, peak: 64, refused: 2, refusedEver: 2 };
    const group = { max: 1000, peak: 1000, refused: 2, refusedEver: 2 };
    expect(weights(way(group, hit))).toEqual([
      ['ds01-student-100001.slice', 95],
      ['ds01-student.slice', 25],
    ]);
  });
});

describe('before Linux 6.1, which keeps no peak', () => {
  it('is most likely the limit with the least room', () => {
    const meters = way({ ...NO_PEAK, max: 65_536 }, { ...NO_PEAK, max: 64 }, { refused: 3, refusedEver: 3 });
    const { causes } = examine(meters);
    expect(causes).toMatchObject([{ weight: 95, subject: 'ds01-student-100001.slice' }]);
    expect(causes[0]?.message).toBe(
      '3 new threads or processes were refused in 5.0 s, most likely because of ds01-student-100001.slice (all of the ' +
        `account's work together) with its limit of 64 tasks: ${SYMPTOMS}`,
    );
    expect(causes[0]?.evidence).toEqual([
      { source: `/sys/fs/cgroup${ACCOUNT}/pids.current`, figure: '20; pids.max 64' },
      { source: EVENTS, figure: 'max +3 in 5.0 s' },
    ]);
    const outer = way({ ...NO_PEAK, max: 100, current: 90 }, { ...NO_PEAK, max: 64 }, { refused: 3, refusedEver: 3 });
    expect(weights(outer)).toEqual([['ds01-student.slice', 95]]);
    const full = way({ ...NO_PEAK, max: 64, current: 64 }, { ...NO_PEAK, max: 60 }, { refused: 3, refusedEver: 3 });
    expect(weights(full)).toEqual([['ds01-student.slice', 95]]);
  });

  it('is never a limit that has a peak below it', () => {
    const meters = way({ ...NO_PEAK, max: 65_536 }, { max: 64 }, { refusedEver: 3 });
    expect(weights(meters)).toEqual([['ds01-student.slice', 30]]);
  });

  it('only the log has what was refused to programs that are gone', () => {
    const silent = { kind: 'silent', why: 'journalctl may not read it', wayOut: 'root sees it' } as const;
    const facts = { kernelLog: silent };
    const why =
      "what was refused before these 5.0 s, to programs that are gone, is only in the kernel's log: journalctl may not read it";
    expect(examine(way({ ...NO_PEAK, max: 64 }), [], { facts })).toMatchObject({
      causes: [],
      unknown: [{ why, wayOut: 'root sees it' }],
    });
    expect(examine(way({ max: 64 }), [], { facts }).unknown).toEqual([]);
    expect(examine(way({ max: 64 }, { ...NO_PEAK, max: 64 }), [], { facts }).unknown).toHaveLength(1);
    const absent = { kernelLog: { kind: 'absent', why: 'there is no journalctl' } } as const;
    expect(examine(way({ ...NO_PEAK, max: 64 }), [], { facts: absent }).unknown).toEqual([
      { why: expect.stringMatching(/: there is no journalctl$/) },
    ]);
  });
});

describe('what is as it should be', () => {
  it.each([
    ['nothing runs', [], 'nothing has a limit of tasks'],
    ['nothing is limited', way({}), 'nothing has a limit of tasks'],
    ['there is room', way({ max: 64 }, { max: 100 }), 'at most 20 of the 64 tasks it may have: ds01-student.slice'],
    ['there is more room elsewhere', way({ max: 64 }, { max: 40 }), /^at most 20 of the 40 tasks .*-100001[.]slice$/],
  ] as const)('%s', (_title, meters, saw) => {
    const checked = examine(meters);
    expect(checked).toMatchObject({ causes: [], notes: [], unknown: [] });
    expect(checked.saw).toMatch(saw);
  });

  it('is good to know when it is nearly not', () => {
    expect(examine(way({ current: 90, max: 100, peak: 90 })).notes).toEqual([
      'ds01-student.slice (everybody in the group together) uses 90 of the 100 tasks it may have',
    ]);
    expect(examine(way({ current: 89, max: 100, peak: 90 })).notes).toEqual([]);
    expect(examine(way({ current: 100, max: 100, peak: 100 })).notes).toEqual([]);
  });

  it('is not known where the kernel counts no tasks', () => {
    expect(examine([aMeter(SITE), aMeter(GROUP)]).unknown).toEqual([
      { why: 'the kernel counts no tasks here: the controller pids is not at work' },
    ]);
    expect(examine([aMeter(SITE), tasks(GROUP)]).unknown).toEqual([]);
  });
});

it('calls a container as Docker does, and files as cgroup v1 has them', () => {
  const meters = way({}, {}, { current: 64, max: 64, peak: 64 });
  const containers = told([aContainer({ id: 'f'.repeat(64), name: 'other' }), aContainer()]);
  const [cause] = examine(meters, [], { facts: { containers }, machine: { version: 'v1' } }).causes;
  expect(cause?.subject).toBe('container train');
  expect(cause?.message).toMatch(/^container train is at its limit of 64 tasks/);
  expect(cause?.evidence[0]?.source).toBe(`/sys/fs/cgroup/pids${CONTAINER}/pids.current`);
});
