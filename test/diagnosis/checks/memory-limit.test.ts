import { describe, expect, it } from 'vitest';
import { memoryLimit } from '../../../scripts/diagnosis/checks/memory-limit.ts';
import type { KernelMessage } from '../../../scripts/diagnosis/facts.ts';
import type { MemoryMeter, Meter } from '../../../scripts/diagnosis/meter.ts';
import { entitlementOf } from '../../../scripts/policy/resolve.ts';
import {
  ACCOUNT,
  aCase,
  aMeter,
  type CaseParts,
  CONTAINER,
  CONTAINER_ID,
  GROUP,
  NOW,
  RESEARCHERS,
  SITE,
  told,
} from '../../support/case-fixture.ts';
import { groupText, resolvePolicy } from '../../support/resolve-policy.ts';

const G = 2 ** 30;
const OTHER = `${GROUP}/ds01-student-100002.slice`;
const OTHER_WORK = `${OTHER}/run-1.scope`;
const GONE = `${ACCOUNT}/docker-${'dead'.repeat(16)}.scope`;
const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000] as const;
const NO_EVENTS = { high: 0, max: 0, kills: 0 };

type Events = Partial<{ high: number; max: number; kills: number }>;

/** A cgroup with memory: events of the window, and how many there were before it. */
function memory(path: string, more: Partial<MemoryMeter> = {}, events: Events = {}, before: Events = {}): Meter {
  const watched = { ...NO_EVENTS, ...events };
  const earlier = { ...NO_EVENTS, ...before };
  const ever = {
    high: watched.high + earlier.high,
    max: watched.max + earlier.max,
    kills: watched.kills + earlier.kills,
  };
  return aMeter(path, { memory: { current: 2 * G, held: G, events: watched, eventsEver: ever, ...more } });
}

/** What the kernel writes when it kills, as Linux 5.0 and later have it. */
function killed(ago: number, limit: string | undefined, path: string, name = 'node', pid = 300): KernelMessage {
  const whose = limit === undefined ? 'global_oom' : `oom_memcg=${limit}`;
  const constraint = limit === undefined ? 'NONE' : 'MEMCG';
  const text =
    `oom-kill:constraint=CONSTRAINT_${constraint},nodemask=0-1,3,cpuset=ds01.slice,mems_allowed=0-1,${whose},` +
    `task_memcg=${path},task=${name},pid=${pid},uid=1001`;
  return { at: NOW - ago, text };
}

function examine(meters: readonly Meter[], log: readonly KernelMessage[] = [], more: CaseParts = {}) {
  return memoryLimit.examine(aCase({ meters, facts: { kernelLog: told(log) }, ...more }));
}

function weights(meters: readonly Meter[], log: readonly KernelMessage[] = [], more: CaseParts = {}) {
  return examine(meters, log, more).causes.map(({ subject, weight }) => [subject, weight]);
}

const LIMITED = { max: 4 * G };
const OF_MEMBERS = resolvePolicy({
  'groups/student.yaml': groupText(
    'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536',
    '  per_member: { memory_high: 3G, memory_max: 4G }\n',
  ),
});

describe('what was killed', () => {
  /** The kernel counts in the cgroup where it kills, and in all that are around it. */
  const meters = [
    memory(SITE, {}, {}, { kills: 1, max: 9 }),
    memory(GROUP, { max: 32 * G }, {}, { kills: 1, max: 9 }),
    memory(ACCOUNT, LIMITED, {}, { kills: 1, max: 9 }),
    memory(CONTAINER, {}, {}, { kills: 1 }),
  ];

  it('is named with pid, time and whose limit it was, as the log of the kernel has it', () => {
    expect(examine(meters, [killed(3 * MINUTE, ACCOUNT, CONTAINER)], { resolved: OF_MEMBERS })).toEqual({
      causes: [
        {
          weight: 90,
          subject: 'ds01-student-100001.slice',
          message:
            "ds01-student-100001.slice (all of the account's work together) reached its limit of 4G of memory, and the kernel " +
            'killed "node" (pid 300) 3 min ago',
          evidence: [
            {
              source: 'journalctl --dmesg',
              figure: `2026-06-15 09:57:00 UTC: oom-kill of "node", pid 300, in ${CONTAINER}`,
            },
          ],
          limit: { key: 'MemoryMax', value: '4G', origin: 'policy', place: { file: 'groups/student.yaml', line: 4 } },
          wayOut: 'ds01-policy set-limit student per_member.memory_max 8G --reason TEXT',
        },
      ],
      saw: 'nothing killed of late; ds01-student-100001.slice at 25 % of its limit',
      unknown: [],
    });
  });

  it('counts by its age', () => {
    const weightAt = (ago: number) => weights(meters, [killed(ago, ACCOUNT, CONTAINER)])[0]?.[1];
    expect([0, HOUR, HOUR + SECOND, DAY, DAY + SECOND].map(weightAt)).toEqual([90, 90, 60, 60, 20]);
  });

  it('has names that anybody may have chosen', () => {
    const names = ['a,task=b', ',pid=1,uid=0', 'x y"', 'ünï', ''];
    const log = names.map((name, index) => killed(index, ACCOUNT, CONTAINER, name, index + 1));
    const { evidence = [] } = examine(meters, log).causes[0] ?? {};
    const told = evidence.map(({ figure }) => figure.replace(/^.*oom-kill of "/, '').replace(/ in .*$/, ''));
    expect(told).toEqual(names.map((name, index) => `${name}", pid ${index + 1},`));
  });

  it('is told shortly where it was much', () => {
    const log = [5, 4, 3, 2, 1].map((minutes) => killed(minutes * MINUTE, ACCOUNT, CONTAINER, 'node', minutes));
    const [cause, ...others] = examine(meters, log).causes;
    expect(others).toEqual([]);
    expect(cause?.message).toMatch(
      /killed "node" \(pid 1\) 60 s ago, "node" \(pid 2\) 2 min ago, "node" \(pid 3\) 3 min ago and 2 more$/,
    );
    expect(cause?.evidence.map(({ figure }) => figure.slice(11, 19))).toEqual([
      ...['09:59:00', '09:58:00', '09:57:00', '09:56:00', '09:55:00'],
    ]);
    const [three] = examine(meters, log.slice(2)).causes;
    expect(three?.message).toMatch(/"node" \(pid 3\) 3 min ago$/);
  });

  it('is one cause for each limit, the newest first', () => {
    const log = [killed(2 * HOUR, ACCOUNT, CONTAINER), killed(MINUTE, GROUP, OTHER_WORK)];
    expect(weights([...meters, memory(OTHER_WORK)], log)).toEqual([
      ['ds01-student.slice', 90],
      ['ds01-student-100001.slice', 60],
    ]);
  });

  it('is most of a reason while somebody looks', () => {
    const now = [
      memory(GROUP, { max: 32 * G }, { kills: 2, max: 5 }),
      memory(ACCOUNT, { max: 4 * G, held: 4 * G }, { kills: 2, max: 5 }),
      memory(CONTAINER, { max: 2 * G, held: 2 * G }, { kills: 2, max: 5 }),
    ];
    const { causes, unknown } = examine([now[0]!, now[1]!, memory(CONTAINER, {}, { kills: 2 })]);
    expect(unknown).toEqual([]);
    expect(causes).toHaveLength(1);
    expect(causes[0]).toMatchObject({ weight: 95, subject: 'ds01-student-100001.slice' });
    expect(causes[0]?.message).toMatch(
      /^the kernel killed 2 processes in 5[.]0 s, most likely because .* reached its limit of 4G of memory$/,
    );
    expect(causes[0]?.evidence).toEqual([
      { source: `/sys/fs/cgroup${CONTAINER}/memory.events`, figure: 'oom_kill +2 in 5.0 s' },
    ]);
    expect(weights(now)).toEqual([['container c0ffee12c0ff', 95]]);
    // Only one limit on the way was reached.
    const [sure] = examine([memory(GROUP), memory(CONTAINER, { max: 2 * G }, { kills: 1, max: 5 })]).causes;
    expect(sure?.message).toBe(
      'container c0ffee12c0ff reached its limit of 2G of memory, and the kernel killed 1 process in 5.0 s',
    );
    expect(sure?.wayOut).toContain('docker update --memory=4g --memory-swap=8g ');
  });

  it('may be known only by counters, without its time', () => {
    const silent = { kind: 'silent', why: 'journalctl may not read it', wayOut: 'root sees it' } as const;
    const facts = { kernelLog: silent };
    const { causes, unknown } = examine(meters, [], { facts });
    expect(causes).toMatchObject([{ weight: 30, subject: 'ds01-student-100001.slice' }]);
    expect(causes[0]?.message).toMatch(
      /^the kernel killed 1 process since it began, most likely because ds01-student-100001/,
    );
    expect(causes[0]?.evidence).toEqual([
      { source: `/sys/fs/cgroup${CONTAINER}/memory.events`, figure: 'oom_kill 1 since it began' },
    ]);
    expect(unknown).toEqual([
      { why: 'which process was killed, and when: journalctl may not read it', wayOut: 'root sees it' },
    ]);
    expect(examine([memory(SITE)], [], { facts }).unknown).toEqual([]);
    const v1 = examine([memory(SITE)], [], { facts, machine: { version: 'v1' } });
    expect(v1.unknown).toEqual([
      { why: 'what was killed in containers that are gone: journalctl may not read it', wayOut: 'root sees it' },
    ]);
  });

  it('is the limit of the log also for what only counters know', () => {
    const more = [
      memory(GROUP, { max: 32 * G }, {}, { kills: 3, max: 9 }),
      memory(ACCOUNT, LIMITED, {}, { kills: 3, max: 9 }),
      memory(CONTAINER, {}, {}, { kills: 3 }),
    ];
    const [cause, ...others] = examine(more, [killed(2 * HOUR, GROUP, CONTAINER)]).causes;
    expect(others).toEqual([]);
    expect(cause).toMatchObject({ weight: 60, subject: 'ds01-student.slice' });
    expect(cause?.message).toMatch(
      / reached its limit of 32G .* killed "node" \(pid 300\) 2 h ago, 2 processes since it began$/,
    );
    // As many as the log has.
    expect(examine(meters, [killed(0, ACCOUNT, CONTAINER)]).causes[0]?.evidence).toHaveLength(1);
  });

  it('is certain once the log has it for one of those that were killed', () => {
    const more = [
      memory(GROUP, { max: 32 * G }, {}, { kills: 2, max: 9 }),
      memory(ACCOUNT, LIMITED, {}, { kills: 2, max: 9 }),
      memory(CONTAINER, {}, {}, { kills: 1 }),
      memory(`${ACCOUNT}/run-1.scope`, {}, {}, { kills: 1 }),
    ];
    const [cause] = examine(more, [killed(MINUTE, ACCOUNT, CONTAINER)]).causes;
    expect(cause?.message).toMatch(
      / 4G of memory, and the kernel killed "node" \(pid 300\) 60 s ago, 1 process since it began$/,
    );
  });

  it('is told once, if the log has it while counters are watched', () => {
    const now = [memory(ACCOUNT, LIMITED, { kills: 3, max: 3 }), memory(CONTAINER, {}, { kills: 3 })];
    const [cause] = examine(now, [killed(-1, ACCOUNT, CONTAINER)]).causes;
    expect(cause?.message).toMatch(/ killed 2 processes in 5[.]0 s, "node" \(pid 300\) 0 s ago$/);
    const [all] = examine(
      now,
      [-1, -2, -3, -4].map((ago) => killed(ago, ACCOUNT, CONTAINER)),
    ).causes;
    expect(all?.evidence).toHaveLength(4);
    // What was before is another one.
    const [before] = examine(now, [killed(1, ACCOUNT, CONTAINER)]).causes;
    expect(before?.message).toMatch(/ killed 3 processes in 5[.]0 s, "node"/);
  });

  it('may have been another limit than the last time', () => {
    const now = [
      memory(GROUP, { max: 32 * G }, { kills: 1, max: 2 }),
      memory(CONTAINER, { max: 2 * G }, { kills: 1, max: 2 }),
    ];
    expect(weights(now, [killed(2 * DAY, GROUP, CONTAINER)])).toEqual([
      ['container c0ffee12c0ff', 95],
      ['ds01-student.slice', 20],
    ]);
  });

  it('is not a limit that only another one below it has reached', () => {
    const other = memory(OTHER, LIMITED, { max: 5 });
    const around = [memory(GROUP, { max: 32 * G }, { kills: 1, max: 5 }), other, memory(ACCOUNT, {}, { kills: 1 })];
    expect(weights(around)).toEqual([['the machine', 95]]);
  });

  it('is told first of the limit that killed more of whoever asks', () => {
    const both = [
      memory(GROUP, { max: 32 * G }),
      memory(ACCOUNT, LIMITED),
      memory(OTHER),
      memory(CONTAINER),
      memory(OTHER_WORK),
    ];
    const log = [
      killed(MINUTE, GROUP, CONTAINER),
      ...[1, 2].map((times) => killed(times * MINUTE, ACCOUNT, CONTAINER)),
      ...[1, 2, 3].map((times) => killed(times * MINUTE, GROUP, OTHER_WORK)),
    ];
    const subjects = (more: CaseParts) => weights(both, log, more).map(([subject]) => subject);
    const focus = { kind: 'account', entitlement: entitlementOf(resolvePolicy(), '100001') } as const;
    const own = both.filter(({ path }) => !path.startsWith(OTHER));
    expect(subjects({})).toEqual(['ds01-student.slice', 'ds01-student-100001.slice']);
    expect(subjects({ focus, meters: own, all: both })).toEqual(['ds01-student-100001.slice', 'ds01-student.slice']);
  });

  it('may have been in a container that is gone, by its own limit', () => {
    const around = [memory(SITE), memory(GROUP), memory(ACCOUNT, { max: 4 * G }, {}, { kills: 1, max: 3 })];
    const [cause, ...others] = examine(around, [killed(MINUTE, GONE, GONE)]).causes;
    expect(others).toEqual([]);
    expect(cause).toEqual({
      weight: 90,
      subject: 'ds01-student-100001.slice',
      message:
        'a limit of memory in ds01-student-100001.slice was reached, and the kernel killed "node" (pid 300) 60 s ago',
      evidence: [
        { source: 'journalctl --dmesg', figure: `2026-06-15 09:59:00 UTC: oom-kill of "node", pid 300, in ${GONE}` },
      ],
      wayOut: 'start the work again with more memory, as docker run --memory gives it',
    });
    expect(weights(around, [killed(DAY + SECOND, GONE, GONE)])).toEqual([]);
    // The slice has what was counted there: without the log, it may be the slice's limit.
    expect(examine(around).causes[0]?.message).toMatch(
      /^the kernel killed 1 process since it began, most likely because/,
    );
  });

  it('may have been by a limit that was taken away since, or is around the site', () => {
    const free = [memory(SITE), memory(GROUP), memory(ACCOUNT), memory(CONTAINER, {}, {}, { kills: 1 })];
    const [cause] = examine(free, [killed(MINUTE, ACCOUNT, CONTAINER)]).causes;
    expect(cause?.message).toMatch(
      /^ds01-student-100001.slice reached a limit of memory that it has no more, and the kernel/,
    );
    expect(cause?.wayOut).toBe('start the work again');
    const docker = `/lab.slice/${CONTAINER_ID}`;
    const [around] = examine([memory(docker)], [killed(MINUTE, '/lab.slice', docker)]).causes;
    expect(around?.message).toMatch(/^a limit of memory in lab[.]slice was reached/);
  });

  it('may have been for want of memory of the whole machine', () => {
    const groups = [memory(GROUP, { held: 3 * G }), memory(RESEARCHERS, { held: 400 * G })];
    const inside = [memory(ACCOUNT, { held: 500 * G }, {}, { kills: 1 }), memory(CONTAINER, {}, {}, { kills: 1 })];
    const [cause] = examine([...groups, ...inside], [killed(MINUTE, undefined, CONTAINER)]).causes;
    expect(cause).toMatchObject({ weight: 90, subject: 'the machine' });
    expect(cause?.message).toBe('the machine had no memory left, and the kernel killed "node" (pid 300) 60 s ago');
    expect(cause?.limit).toBeUndefined();
    expect(cause?.wayOut).toBe(
      'ds01-researcher.slice holds the most, 400G: run less at the same time, or let memory_max of the groups leave room for ' +
        'the machine itself',
    );
    const [unknown] = examine(inside).causes;
    expect(unknown).toMatchObject({ weight: 30, subject: 'the machine' });
    expect(unknown?.message).toBe(
      'the kernel killed 1 process since it began in container c0ffee12c0ff, and no limit around it counts that it was ' +
        'reached: most likely the machine had no memory left',
    );
    expect(unknown?.wayOut).toMatch(/^run less at the same time/);
    const { events: _events, eventsEver: _ever, ...bare } = memory(ACCOUNT, LIMITED).memory!;
    const uncounted = [aMeter(ACCOUNT, { memory: bare }), memory(CONTAINER, {}, { kills: 1 })];
    expect(weights(uncounted)).toEqual([['the machine', 95]]);
  });

  it('elsewhere is nobody’s business', () => {
    const others = [memory(OTHER, LIMITED, {}, { kills: 1, max: 1 }), memory(OTHER_WORK, {}, {}, { kills: 1 })];
    const own = [memory(SITE), memory(GROUP, { max: 32 * G }), memory(ACCOUNT)];
    const focus = { kind: 'account', entitlement: entitlementOf(resolvePolicy(), '100001') } as const;
    const asked = { focus, all: [...own, ...others] };
    expect(weights(own, [killed(MINUTE, OTHER, OTHER_WORK)], asked)).toEqual([]);
    // A limit around it that others died of may be reached by it next.
    expect(weights(own, [killed(MINUTE, GROUP, OTHER_WORK)], asked)).toEqual([['ds01-student.slice', 50]]);
    expect(weights(own, [killed(DAY + SECOND, GROUP, OTHER_WORK)], asked)).toEqual([['ds01-student.slice', 20]]);
    const both = [killed(MINUTE, GROUP, OTHER_WORK), killed(2 * MINUTE, GROUP, `${ACCOUNT}/x`)];
    expect(weights(own, both, asked)).toEqual([['ds01-student.slice', 90]]);
    expect(weights(own, [killed(MINUTE, undefined, OTHER_WORK)], asked)).toEqual([]);
    expect(weights(own, [killed(MINUTE, undefined, `${ACCOUNT}/x`)], asked)).toEqual([['the machine', 90]]);
    expect(weights(own, [killed(MINUTE, '/user.slice', '/user.slice/a')])).toEqual([]);
  });
});

describe('what is held up', () => {
  const FULL = { current: 4 * G, held: 3.9 * G, max: 4 * G };

  it('is at its limit with what cannot be given back', () => {
    const meters = [memory(GROUP, { max: 32 * G }, { max: 30 }), memory(ACCOUNT, FULL, { max: 30 })];
    const { causes } = examine(meters, [], { resolved: OF_MEMBERS });
    expect(causes).toEqual([
      {
        weight: 75,
        subject: 'ds01-student-100001.slice',
        message:
          "ds01-student-100001.slice (all of the account's work together) is at its limit of 4G of memory: the next program " +
          'that needs more may be killed',
        evidence: [
          { source: `/sys/fs/cgroup${ACCOUNT}/memory.events`, figure: 'max +30 in 5.0 s' },
          { source: `/sys/fs/cgroup${ACCOUNT}/memory.current`, figure: '4G, of which 3.9G cannot be given back' },
        ],
        limit: { key: 'MemoryMax', value: '4G', origin: 'policy', place: { file: 'groups/student.yaml', line: 4 } },
        wayOut: 'ds01-policy set-limit student per_member.memory_max 8G --reason TEXT',
      },
    ]);
  });

  it('weighs more the longer it waits, and says so', () => {
    const at = (some: number, held = 3.9 * G) => {
      const meter = memory(ACCOUNT, { ...FULL, held }, { max: 1 });
      return examine([{ ...meter, pressure: { memory: { some, full: 0 } } }]).causes[0];
    };
    expect(at(0.34)?.weight).toBe(75);
    expect(at(1)?.weight).toBe(89);
    expect(at(0.34)?.message).toMatch(/ may be killed; something waited for memory 34 % of the time$/);
    expect(at(0.34)?.evidence[2]).toEqual({
      source: `/sys/fs/cgroup${ACCOUNT}/memory.pressure`,
      figure: 'some 34 % of 5.0 s',
    });
    // Cached files alone are no reason, unless somebody waits for them.
    expect(at(0.09, 3.7 * G)).toBeUndefined();
    expect(at(0.1, 3.7 * G)?.weight).toBe(50);
    expect(at(0.1, 3.7 * G)?.message).toMatch(
      / 4G of memory, a part of it cached files: what was read is dropped, and has/,
    );
    expect(at(0, 3.8 * G)?.weight).toBe(75);
  });

  it('is slowed down above memory_high', () => {
    const slow = (some: number | undefined, held = 2 * G, high = 3 * G) => {
      const meter = memory(ACCOUNT, { current: 3 * G, held, high, max: 4 * G }, { high: 8 });
      const pressure = some === undefined ? {} : { pressure: { memory: { some, full: 0 } } };
      return examine([{ ...meter, ...pressure }], [], { resolved: OF_MEMBERS }).causes[0];
    };
    expect(slow(0.1)).toEqual({
      weight: 50,
      subject: 'ds01-student-100001.slice',
      message:
        "ds01-student-100001.slice (all of the account's work together) is over its memory_high of 3G: the kernel slows its " +
        'programs down instead of killing them; something waited for memory 10 % of the time',
      evidence: [
        { source: `/sys/fs/cgroup${ACCOUNT}/memory.events`, figure: 'high +8 in 5.0 s' },
        { source: `/sys/fs/cgroup${ACCOUNT}/memory.current`, figure: '3G, of which 2G cannot be given back' },
        { source: `/sys/fs/cgroup${ACCOUNT}/memory.pressure`, figure: 'some 10 % of 5.0 s' },
      ],
      limit: { key: 'MemoryHigh', value: '3G', origin: 'policy', place: { file: 'groups/student.yaml', line: 4 } },
      wayOut: 'ds01-policy set-limit student per_member.memory_high 3.5G --reason TEXT',
    });
    expect(slow(0.6)?.weight).toBe(74);
    expect(slow(0.09, 3 * G)).toBeUndefined();
    expect(slow(undefined)).toBeUndefined();
    expect(slow(undefined, 95, 100)?.weight).toBe(50);
    expect(slow(undefined, 94, 100)).toBeUndefined();
    // There is no room between the two: memory_max comes first.
    expect(slow(0.1, 2 * G, 3.5 * G)?.wayOut).toMatch(/memory_max 8G .*, and then memory_high below it$/);
    expect(slow(0.1, 2 * G, 3.9 * G)?.wayOut).toBe(
      'ds01-policy set-limit student per_member.memory_max 8G --reason TEXT, and then memory_high below it',
    );
  });

  it('is felt by whoever waits, or could be the next', () => {
    const focus = { kind: 'account', entitlement: entitlementOf(resolvePolicy(), '100001') } as const;
    const felt = (some: number, group: Partial<MemoryMeter>, events: Events) => {
      const waits = (share: number) => ({ pressure: { memory: { some: share, full: 0 } } });
      const meters = [
        { ...memory(GROUP, group, events), ...waits(0.5) },
        { ...memory(ACCOUNT), ...waits(some) },
      ];
      return examine(meters, [], { focus }).causes.length;
    };
    const [cached, high] = [{ max: 4 * G }, { high: 2 * G }];
    expect([felt(0.019, cached, { max: 1 }), felt(0.02, cached, { max: 1 })]).toEqual([0, 1]);
    expect([felt(0.019, high, { high: 1 }), felt(0.02, high, { high: 1 })]).toEqual([0, 1]);
    expect([felt(0, { ...high, held: 2 * G }, { high: 1 }), felt(0, FULL, { max: 1 })]).toEqual([0, 1]);
  });

  it('is not told again where the kernel kills already, nor where it was reached only further in', () => {
    const meters = [memory(ACCOUNT, FULL, { max: 30, kills: 1 }), memory(CONTAINER, {}, { kills: 1 })];
    expect(weights(meters)).toEqual([['ds01-student-100001.slice', 95]]);
    const inner = [memory(ACCOUNT, FULL, { max: 30 }), memory(CONTAINER, FULL, { max: 30 })];
    expect(weights(inner)).toEqual([['container c0ffee12c0ff', 75]]);
    // What was killed by the limit around it is another matter.
    const outer = [memory(GROUP, { max: 32 * G }, { max: 31, kills: 1 }), memory(ACCOUNT, FULL, { max: 30, kills: 1 })];
    expect(weights(outer, [killed(0, GROUP, ACCOUNT)])).toEqual([
      ['ds01-student.slice', 95],
      ['ds01-student-100001.slice', 75],
    ]);
  });

  it('gets no more than the machine has', () => {
    const wayOut = (max: number, size: number | undefined) => {
      const { machine, ...rest } = aCase({ meters: [memory(GROUP, { held: max, max }, { max: 1 })] });
      const { memory: _none, ...unsized } = machine;
      const sized = size === undefined ? unsized : { ...machine, memory: size };
      return memoryLimit.examine({ ...rest, machine: sized }).causes[0]?.wayOut;
    };
    expect(wayOut(32 * G, undefined)).toBe('ds01-policy set-limit student per_group.memory_max 64G --reason TEXT');
    expect(wayOut(32 * G, 40 * G)).toBe('ds01-policy set-limit student per_group.memory_max 36G --reason TEXT');
    expect(wayOut(36 * G, 40 * G)).toBe(
      "ds01-student.slice may use 36G of the machine's 40G already: run less at the same time, or what needs less",
    );
    expect(wayOut(1_500_000_000, undefined)).toMatch(/ 2[.]75G --reason/);
    expect(wayOut(1000 * G, undefined)).toMatch(/ 1[.]75T --reason/);
    expect(wayOut(33 * 2 ** 20, undefined)).toMatch(/ 66M --reason/);
    // Bytes, where somebody meant gigabytes: twice as much is of no use.
    for (const max of [0, 300, 32 * 2 ** 20]) expect(wayOut(max, undefined)).toMatch(/ 64M --reason/);
    expect(wayOut(300, 1000)).toMatch(/ 900 --reason/);
  });

  it('has other files on cgroup v1', () => {
    const machine = { version: 'v1' } as const;
    const [held] = examine([memory(ACCOUNT, FULL, { max: 30 })], [], { machine }).causes;
    expect(held?.evidence).toEqual([
      { source: `/sys/fs/cgroup/memory${ACCOUNT}/memory.failcnt`, figure: '+30 in 5.0 s' },
      {
        source: `/sys/fs/cgroup/memory${ACCOUNT}/memory.usage_in_bytes`,
        figure: '4G, of which 3.9G cannot be given back',
      },
    ]);
    const [kill] = examine([memory(ACCOUNT, FULL, { max: 1, kills: 1 })], [], { machine }).causes;
    expect(kill?.evidence[0]?.source).toBe(`/sys/fs/cgroup/memory${ACCOUNT}/memory.oom_control`);
  });
});

describe('what is as it should be', () => {
  it.each([
    ['nothing runs', [], 'nothing killed of late, and nothing has a limit of memory'],
    ['nothing is limited', [memory(SITE)], 'nothing killed of late, and nothing has a limit of memory'],
    [
      'half of a limit is held',
      [memory(GROUP, { max: 4 * G }), memory(ACCOUNT, { max: 2 * G })],
      'nothing killed of late; ds01-student-100001.slice at 50 % of its limit',
    ],
    [
      'a limit is reached with cached files, as it always is',
      [memory(GROUP, { current: 4 * G, held: 3.7 * G, max: 4 * G }, { max: 1000 })],
      'nothing killed of late; ds01-student.slice at 93 % of its limit',
    ],
    [
      'a limit was reached before anybody looked',
      [memory(GROUP, { held: 4 * G, max: 4 * G }, {}, { max: 1000, high: 5 })],
      'nothing killed of late; ds01-student.slice at 100 % of its limit',
    ],
    [
      'somebody waits for memory without a limit',
      [{ ...memory(GROUP, {}, { max: 1, high: 1 }), pressure: { memory: { some: 1, full: 1 } } }],
      'nothing killed of late, and nothing has a limit of memory',
    ],
  ] as const)('%s', (_title, meters, saw) => {
    expect(examine(meters)).toEqual({ causes: [], saw, unknown: [] });
  });

  it('is not known where the kernel counts no memory', () => {
    expect(examine([aMeter(SITE)]).unknown).toEqual([
      { why: 'the kernel counts no memory here: the controller memory is not at work' },
    ]);
    const { events: _events, eventsEver: _ever, ...bare } = memory(GROUP, { max: G }).memory!;
    expect(examine([aMeter(GROUP, { memory: bare })])).toMatchObject({ causes: [], unknown: [] });
  });
});
