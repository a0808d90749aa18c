// Whoever may start programs and containers chooses their names, and a kernel or a program that is broken may say anything:
// the answer may be wrong then, but there is one, in text that does nothing to a terminal.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseFocus } from '../../scripts/cli/choose-focus.ts';
import { UsageError } from '../../scripts/cli/usage-error.ts';
import type { Case } from '../../scripts/diagnosis/case.ts';
import { diagnose } from '../../scripts/diagnosis/diagnose.ts';
import { makeCase } from '../../scripts/diagnosis/make-case.ts';
import { rankUsage } from '../../scripts/diagnosis/rank-usage.ts';
import { readFacts } from '../../scripts/diagnosis/read-facts.ts';
import { readMeters } from '../../scripts/diagnosis/read-meters.ts';
import type { Look, Process, ProgramTexts, Sighting } from '../../scripts/diagnosis/sighting.ts';
import type { Told } from '../../scripts/diagnosis/told.ts';
import { entitlementOf } from '../../scripts/policy/resolve.ts';
import { doctorJson } from '../../scripts/report/doctor-json.ts';
import { doctorText } from '../../scripts/report/doctor-text.ts';
import { plain } from '../../scripts/report/paint.ts';
import { topText } from '../../scripts/report/top.ts';
import { topJson } from '../../scripts/report/top-json.ts';
import { plan } from '../../scripts/units/plan.ts';
import { render } from '../../scripts/units/render.ts';
import { textsIn } from '../support/carry-out.ts';
import { ACCOUNT, CONTAINER, CONTAINER_ID, GROUP, NOW, RESEARCHERS, SITE } from '../support/case-fixture.ts';
import { HOSTILE } from '../support/hostile-plan.ts';
import { cgroups } from '../support/live-survey.ts';
import { asFound, resolvePolicy } from '../support/resolve-policy.ts';

const resolved = resolvePolicy();
const found = asFound(render(resolved));
const fixed = { resolved, files: textsIn(found), plan: plan(found, resolved) };

const number = fc.constantFrom(
  ...['0', '1', '5', '99', '100', '65536', '1000000', '99999999999', '18446744073709551615', String(2n ** 70n)],
  ...['-1', '1e400', '-1e400', 'max', '', '9'.repeat(400), '0x10', '1.5'],
);
const word = fc.oneof(
  fc.constantFrom(
    HOSTILE,
    ') R 1 (',
    'x (deleted)',
    '\r\u2028Uid:\t0',
    '\u202e',
    '\u001b]0;x\u0007',
    '__proto__',
    '',
    ' ',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** Most of the time what is usual, with any numbers in it; sometimes anything. */
function text(shape: string): fc.Arbitrary<string> {
  const holes = shape.split('#');
  const filled = fc.array(number, { minLength: holes.length, maxLength: holes.length });
  const usual = filled.map((numbers) =>
    holes.map((part, index) => part + (holes[index + 1] === undefined ? '' : numbers[index])).join(''),
  );
  return fc.oneof({ arbitrary: usual, weight: 9 }, { arbitrary: fc.oneof(word, number), weight: 1 });
}

const PRESSURE = 'some avg10=# avg60=0 avg300=0 total=#\nfull avg10=0 avg60=0 avg300=0 total=#';
const FILES: Readonly<Record<Look['version'], Readonly<Record<string, string>>>> = {
  v2: {
    'cpu.max': '# 100000',
    'cpu.stat': 'usage_usec #\nnr_periods #\nnr_throttled #\nthrottled_usec #',
    'memory.max': '#',
    'memory.high': '#',
    'memory.current': '#',
    'memory.stat': 'file #\nshmem #',
    'memory.events': 'low 0\nhigh #\nmax #\noom 0\noom_kill #',
    'pids.max': '#',
    'pids.current': '#',
    'pids.peak': '#',
    'pids.events': 'max #',
    'io.stat': '8:0 rbytes=# wbytes=# rios=1 wios=1',
    'io.max': '8:0 rbps=# wbps=# riops=max wiops=max',
    'cpu.pressure': PRESSURE,
    'memory.pressure': PRESSURE,
    'io.pressure': PRESSURE,
    'cgroup.subtree_control': 'cpu io memory pids',
  },
  v1: {
    'cpu.cfs_quota_us': '#',
    'cpu.cfs_period_us': '100000',
    'cpu.stat': 'nr_periods #\nnr_throttled #\nthrottled_time #',
    'cpuacct.usage': '#',
    'memory.limit_in_bytes': '#',
    'memory.usage_in_bytes': '#',
    'memory.stat': 'total_cache #\ntotal_shmem #',
    'memory.failcnt': '#',
    'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill #',
    'pids.max': '#',
    'pids.current': '#',
    'blkio.throttle.io_service_bytes_recursive': '8:0 Read #\n8:0 Write #',
    'blkio.throttle.read_bps_device': '8:0 #',
  },
};
const PROC = {
  'pressure/cpu': PRESSURE,
  'pressure/io': PRESSURE,
  meminfo: 'MemTotal:       # kB',
  diskstats: '   8       0 sda 1 2 3 4 5 6 7 8 9 # 11',
  'sys/kernel/pid_max': '#',
  'sys/kernel/threads-max': '#',
};

/** Any of these files are not there. */
function files(shapes: Readonly<Record<string, string>>): fc.Arbitrary<ReadonlyMap<string, string>> {
  const each = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, text(shape)]));
  return fc.record(each, { requiredKeys: [] }).map((texts) => new Map(Object.entries(texts as Record<string, string>)));
}

const hex = fc.constantFrom('a', 'b', CONTAINER_ID.slice(0, 1)).map((digit) => digit.repeat(64));
const below = word.map((name) => name.replace(/[/\n]/g, '') || 'x');
const path = fc.oneof(
  fc.constantFrom(
    SITE,
    GROUP,
    ACCOUNT,
    CONTAINER,
    RESEARCHERS,
    `${SITE}/ds01-old.slice`,
    `${GROUP}/ds01-student-204214.slice`,
  ),
  hex.map((id) => `/docker/${id}`),
  below.map((name) => `${SITE}/ds01-${name}.slice`),
  fc.tuple(fc.constantFrom(GROUP, ACCOUNT, CONTAINER, ''), below).map((names) => names.join('/')),
);

const seen: fc.Arbitrary<Process> = fc.record(
  {
    pid: fc.integer({ min: 1, max: 50 }),
    uid: fc.constantFrom(0, 1000, 5001, 65_534, 4_294_967_295),
    name: word,
    cgroup: path,
    cpuSeconds: fc.constantFrom(0, 1, 500, 1e300),
    seesGpu: fc.boolean(),
  },
  { requiredKeys: ['pid', 'uid', 'name', 'cgroup', 'cpuSeconds'] },
);

function look(at: number, version: Look['version']): fc.Arbitrary<Look> {
  const cgroup = fc.record({ path, files: files(FILES[version]) });
  // Parents first, as the kernel shows them.
  const all = fc
    .uniqueArray(cgroup, { selector: (one) => one.path, maxLength: 8 })
    .map((list) => list.sort((a, b) => (a.path < b.path ? -1 : 1)));
  const processes = fc.array(seen, { maxLength: 6 });
  return fc.record({ at: fc.constant(at), version: fc.constant(version), cgroups: all, processes, proc: files(PROC) });
}

function told<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Told<T>> {
  const silent = word.map((why) => ({ kind: 'silent', why, wayOut: why }) as const);
  return fc.oneof({ arbitrary: value.map((one) => ({ kind: 'told', value: one }) as const), weight: 5 }, silent);
}

const json = fc.oneof(
  fc.constantFrom(null, 0, -1, 1e300, '', {}, [], { toString: 1 }),
  fc.jsonValue({ maxDepth: 2 }),
  word,
);
const container = fc
  .record({
    Id: fc.oneof(hex, json),
    Name: fc.oneof(word, json),
    State: fc.record({ Pid: fc.oneof(fc.constantFrom(1, 50), json) }),
    Config: fc.record({
      Image: fc.oneof(word, json),
      User: fc.oneof(word, json),
      Labels: json,
      Env: fc.array(json, { maxLength: 2 }),
    }),
    HostConfig: fc.record({
      CgroupParent: word,
      NanoCpus: json,
      Memory: json,
      ShmSize: json,
      PidsLimit: json,
      Devices: json,
      DeviceRequests: json,
      Runtime: json,
    }),
    Mounts: fc.oneof(
      json,
      fc.array(fc.record({ Type: fc.constant('bind'), Source: fc.oneof(word, json) }), { maxLength: 2 }),
    ),
  })
  .map((one) => JSON.stringify(one));
const oom = fc.tuple(path, path, word, number).map(([limit, task, name, pid]) => {
  return `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=${limit},task_memcg=${task},task=${name},pid=${pid},uid=0`;
});
const message = fc
  .tuple(
    fc.oneof(
      oom,
      path.map((at) => `cgroup: fork rejected by pids controller in ${at}`),
      word,
    ),
    number,
  )
  .map(([MESSAGE, time]) => {
    return JSON.stringify({ MESSAGE, __REALTIME_TIMESTAMP: time });
  });
const lines = (line: fc.Arbitrary<string>) => fc.array(line, { maxLength: 4 }).map((all) => all.join('\n'));

const programs: fc.Arbitrary<ProgramTexts> = fc.record({
  systemctl: told(text('systemd # (#)')),
  containers: told(
    fc.oneof(
      fc.array(container, { maxLength: 3 }).map((all) => `[${all.join()}]`),
      word,
    ),
  ),
  dockerInfo: told(
    fc.oneof(
      json.map((one) => JSON.stringify({ CgroupDriver: one })),
      word,
    ),
  ),
  dockerConfig: told(
    fc.oneof(
      json.map((one) => JSON.stringify({ 'cgroup-parent': one })),
      word,
    ),
  ),
  gpus: told(fc.record({ gpus: lines(text('0, GPU-a, A100, #, #, #')), processes: lines(text('GPU-a, #, #')) })),
  passwd: told(
    lines(
      fc.oneof(
        text('100001@hertie-school.lan:x:5001:#:x:/home/100001:/bin/sh'),
        word.map((name) => `${name}:x:1000:1:::`),
      ),
    ),
  ),
  kernelLog: told(lines(message)),
  clock: told(text('NTPSynchronized=#')),
  services: told(word.map((state) => `Id=ds01-policy.timer\nLoadState=loaded\nActiveState=${state}\nResult=${state}`)),
});

const sighting: fc.Arbitrary<Sighting> = fc.constantFrom('v1' as const, 'v2' as const).chain((version) => {
  const devices = word.map((name) => new Map([['8:0', name]]));
  const nvidiaDevices = fc.constantFrom([], ['nvidia0']);
  const machine = fc.record({ cpus: fc.constantFrom(1, 4, 128), asRoot: fc.boolean(), devices, nvidiaDevices });
  return fc.record({ before: look(0, version), after: look(5000, version), machine, programs });
});

const SEED = { seed: 6, numRuns: 100 };
const label = (file: string) => file;

function caseOf(seenNow: Sighting, focus?: Case['focus']): Case {
  return makeCase({
    ...{ sighting: seenNow, facts: readFacts(seenNow.programs), ...fixed, now: NOW },
    ...{ live: { show: '', cgroup: cgroups({}) }, placeText: ({ file, line }) => `${file}:${line}` },
    ...(focus && { focus }),
  });
}

/** Nothing in it moves a cursor, or hides or reorders what is read. */
function expectHarmless(output: string): void {
  expect(output).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(output).not.toMatch(/NaN|Infinity|undefined/);
}

/** JSON for programs: no figure is missing. */
function expectComplete(output: string): void {
  expect(() => JSON.parse(output)).not.toThrow();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
}

describe('whatever anybody chose and the kernel says', () => {
  it('there is an answer about the machine, an account and a container', () => {
    fc.assert(
      fc.property(sighting, (now) => {
        const account = { kind: 'account', entitlement: entitlementOf(resolved, '100001') } as const;
        for (const focus of [undefined, account, { kind: 'container', id: CONTAINER_ID } as const]) {
          const examined = caseOf(now, focus);
          const diagnosis = diagnose(examined);
          const output = { host: 'node1', found: examined, diagnosis };
          expectHarmless(doctorText(output, label, plain));
          expectComplete(doctorJson(output));
          for (const { weight, evidence } of diagnosis.causes) {
            expect(weight >= 0 && weight <= 100).toBe(true);
            expect(evidence).not.toEqual([]);
          }
        }
      }),
      SEED,
    );
  });

  it('and a table of who uses what', () => {
    fc.assert(
      fc.property(sighting, word, (now, note) => {
        const roots = rankUsage(readMeters(now.before, now.after, 'ds01'), {
          resolved,
          containers: new Map([[CONTAINER_ID, note]]),
        });
        const usage = { host: 'node1', site: 'ds01', at: NOW, seconds: 5, roots, showIdle: true, notes: [note] };
        expectHarmless(topText(usage, plain));
        expectComplete(topJson(usage));
      }),
      SEED,
    );
  });

  it('any word is somebody, or is refused', () => {
    fc.assert(
      fc.property(sighting, fc.oneof(word, hex, path), (now, asked) => {
        try {
          expect(chooseFocus(asked, caseOf(now))).toHaveProperty('kind');
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { ...SEED, numRuns: 50 },
    );
  });
});

it('JSON that is nested without an end is understood, or is not', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const value = `[{"Id":"${CONTAINER_ID}","Name":"/a","State":{"Pid":1},"Config":{"Image":"i","Labels":{"a":${deep},"b":"c"},"Env":[${deep}]},"HostConfig":{"Runtime":"nvidia","Devices":[{"PathOnHost":${deep}}],"DeviceRequests":[{"DeviceIDs":[${deep}]}]}}]`;
  const silent = { kind: 'silent', why: 'nobody asked' } as const;
  const texts = { systemctl: silent, gpus: silent, passwd: silent, clock: silent, services: silent };
  const nested = { kind: 'told', value: deep } as const;
  const said = { ...texts, dockerInfo: nested, dockerConfig: nested, kernelLog: nested };
  const { containers, kernelLog, docker } = readFacts({ ...said, containers: { kind: 'told', value } });
  expect(containers).toMatchObject({ kind: 'told', value: [{ labels: new Map([['b', 'c']]), asksGpu: false }] });
  expect([kernelLog.kind, docker.kind]).toEqual(['silent', 'silent']);
});

it('thousands of cgroups and of programs, some of them deep, cost no more than a moment', () => {
  const id = (index: number) => index.toString(16).padStart(64, '0');
  const count = 200;
  const deep = `/user.slice/user-5001.slice/user@5001.service${'/a'.repeat(1900)}`;
  const paths = Array.from(
    { length: count },
    (_, index) => `${GROUP}/ds01-student-u${index % 500}.slice/docker-${id(index)}.scope`,
  );
  const state = (at: number): Look => {
    const numbers = { usage: at * 1e6, stall: at * 4e5 };
    const texts = new Map([
      ['cpu.max', '200000 100000'],
      ['cpu.stat', `usage_usec ${numbers.usage}\nnr_periods ${at * 10}\nnr_throttled ${at * 9}\nthrottled_usec 5`],
      ['cpu.pressure', `some total=${numbers.stall}`],
      ['pids.max', '100'],
      ['pids.current', '99'],
      ['pids.events', `max ${at}`],
      ['memory.max', '1000'],
      ['memory.current', '990'],
      ['memory.events', `high 0\nmax ${at}\noom_kill ${at}`],
    ]);
    const all = [...new Set([SITE, GROUP, ...paths.map((one) => one.replace(/[/][^/]*$/, '')), ...paths])].sort();
    const processes = Array.from({ length: 4 * count }, (_, index) => {
      const cgroup = index % 4 === 0 ? `${deep}/${index}` : (paths[index % count] ?? '');
      return { pid: index + 1, uid: 5001 + (index % 1000), name: 'x', cgroup, cpuSeconds: at };
    });
    return {
      at: at * 1000,
      version: 'v2',
      cgroups: all.map((one) => ({ path: one, files: texts })),
      processes,
      proc: new Map(),
    };
  };
  const silent = { kind: 'silent', why: 'nobody asked' } as const;
  const others = { systemctl: silent, dockerInfo: silent, dockerConfig: silent, clock: silent, services: silent };
  const passwd = Array.from(
    { length: 1000 },
    (_, index) => `u${index}@hertie-school.lan:x:${5001 + index}:1::/home/u${index}:/x`,
  );
  const log = paths.slice(0, 500).map((one) => ({
    MESSAGE: `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),oom_memcg=${one},task_memcg=${one},task=x,pid=1,uid=0`,
    __REALTIME_TIMESTAMP: '1781517600000000',
  }));
  const gpus = {
    gpus: '0, GPU-a, A100, 99, 40000, 40960',
    processes: Array.from({ length: 200 }, (_, index) => `GPU-a, ${4 * index + 1}, 100`).join('\n'),
  };
  const answers = {
    containers: silent,
    passwd: { kind: 'told', value: passwd.join('\n') },
    gpus: { kind: 'told', value: gpus },
    kernelLog: { kind: 'told', value: log.map((one) => JSON.stringify(one)).join('\n') },
  } as const satisfies Partial<ProgramTexts>;
  const now: Sighting = {
    before: state(0),
    after: state(5),
    programs: { ...others, ...answers },
    machine: { cpus: 128, asRoot: true, devices: new Map(), nvidiaDevices: [] },
  };
  const begun = process.cpuUsage();
  const { causes } = diagnose(caseOf(now));
  const { user, system } = process.cpuUsage(begun);
  expect(causes.length).toBeGreaterThan(count);
  // Ten times what it takes: what grows with the square takes a hundred times as much.
  expect((user + system) / 1e6).toBeLessThan(10);
});
