import { describe, expect, it } from 'vitest';
import type { Focus } from '../../../scripts/diagnosis/case.ts';
import { containerLimits } from '../../../scripts/diagnosis/checks/container-limits.ts';
import type { Container } from '../../../scripts/diagnosis/facts.ts';
import type { Meter } from '../../../scripts/diagnosis/meter.ts';
import { entitlementOf } from '../../../scripts/policy/resolve.ts';
import {
  ACCOUNT,
  aCase,
  aContainer,
  aMeter,
  type CaseParts,
  CONTAINER,
  CONTAINER_ID,
  GROUP,
  RESEARCHERS,
  SCOPE,
  SITE,
  told,
} from '../../support/case-fixture.ts';
import { groupText, resolvePolicy } from '../../support/resolve-policy.ts';

const GIB = 2 ** 30;
const MADE = { cpus: 16, memory: 32 * GIB };
const [ALL, LINE] = ['cpus: 16, memory: 32G, pids_limit: 4096, shm_size: 16G', 4];
const REST = { pidsLimit: 4096, shmSize: 16 * GIB };

function policy(perContainer: string) {
  return resolvePolicy({
    'groups/student.yaml': groupText(
      'cpu_quota: 1600%, memory_max: 32G, tasks_max: 65536',
      `  per_container: { ${perContainer} }\n`,
    ),
  });
}

const FOCUS: Focus = { kind: 'account', entitlement: entitlementOf(resolvePolicy(), '100001') };

/** One container of 100001, as Docker made it, if that is asked about. */
function examine(made: Partial<Container>, more: CaseParts = {}) {
  return examineMachine(made, { focus: FOCUS, ...more });
}

/** The same for the whole machine. */
function examineMachine(made: Partial<Container>, more: CaseParts = {}) {
  const containers = told([aContainer(made)]);
  return containerLimits.examine(aCase({ meters: [aMeter(CONTAINER)], facts: { containers }, ...more }));
}

/** The same where Docker does not tell. */
function examineSilent(meter: Partial<Meter>, more: CaseParts = {}) {
  const containers = { kind: 'silent', why: 'docker did not answer within 3 s' } as const;
  const found = aCase({ focus: FOCUS, meters: [aMeter(CONTAINER, meter)], facts: { containers }, ...more });
  return { unknown: [], ...containerLimits.examine(found) };
}

describe('a container with less than policy grants', () => {
  it('is named with the option, the line of policy, and what would help', () => {
    const { causes, notes } = examine({ ...MADE, cpus: 4 });
    expect(notes).toEqual([]);
    expect(causes).toEqual([
      {
        weight: 10,
        subject: 'container train',
        message:
          'container train was made with --cpus=4, which is lower than policy grants a container of 100001@hertie-school.lan: 16',
        evidence: [
          { source: 'docker inspect', figure: '--cpus=4' },
          { source: 'policy/groups/student.yaml:7', figure: '16' },
        ],
        limit: {
          key: '--cpus',
          value: '4',
          origin: "the container's own options",
          place: { file: 'groups/student.yaml', line: 7 },
        },
        wayOut: 'docker update --cpus=16 train; or make it anew with docker run --cpus=16',
      },
    ]);
  });

  it('is told of each option', () => {
    const made = { cpus: 0.5, memory: 2 ** 29, pidsLimit: 100, shmSize: 2 ** 26 };
    const { causes } = examine(made, { resolved: policy(ALL) });
    expect(causes.map(({ message, limit, wayOut }) => [message.slice(30), limit?.key, limit?.value, wayOut])).toEqual([
      [
        '--cpus=0.5, which is lower than policy grants a container of 100001@hertie-school.lan: 16',
        ...['--cpus', '0.5'],
        'docker update --cpus=16 train; or make it anew with docker run --cpus=16',
      ],
      [
        '--memory=512m, which is lower than policy grants a container of 100001@hertie-school.lan: 32g',
        ...['--memory', '512m'],
        'docker update --memory=32g --memory-swap=64g train; or make it anew with docker run --memory=32g',
      ],
      [
        '--pids-limit=100, which is lower than policy grants a container of 100001@hertie-school.lan: 4096',
        ...['--pids-limit', '100'],
        'docker update --pids-limit=4096 train; or make it anew with docker run --pids-limit=4096',
      ],
      [
        '--shm-size=64m, which is lower than policy grants a container of 100001@hertie-school.lan: 16g; where it is full, programs such as the data loaders of PyTorch end with "Bus error"',
        ...['--shm-size', '64m'],
        'make it anew with docker run --shm-size=16g',
      ],
    ]);
    expect(causes[3]?.limit?.place).toEqual({ file: 'groups/student.yaml', line: LINE });
  });

  it('has a limit where policy says that there is none', () => {
    const [cause] = examine({ cpus: 4 }, { resolved: policy('cpus: unlimited') }).causes;
    expect(cause?.message).toMatch(/: unlimited$/);
    expect(cause?.wayOut).toBe('make it anew without --cpus');
  });

  it('is told of by another check where that very limit holds it up', () => {
    const throttling = { periods: 50, throttled: 5, seconds: 1 };
    const events = { high: 0, max: 3, kills: 0 };
    const told = (meter: Partial<Meter>) => {
      const made = { cpus: 4, memory: GIB, pidsLimit: 64 };
      const { causes, saw } = examine(made, {
        meters: [aMeter(CONTAINER, meter)],
        resolved: policy(ALL.replace(/, shm.*/, '')),
      });
      expect(saw).toBe('1 container; 1 has less than policy grants: --cpus, --memory, --pids-limit');
      return causes.map(({ limit }) => limit?.key);
    };
    expect(told({})).toEqual(['--cpus', '--memory', '--pids-limit']);
    expect(told({ cpu: { cores: 4, quota: 4, throttling } })).toEqual(['--memory', '--pids-limit']);
    const memory = { current: GIB, held: GIB, max: GIB, events, eventsEver: events };
    expect(told({ memory })).toEqual(['--cpus', '--pids-limit']);
    expect(told({ tasks: { current: 64, max: 64 } })).toEqual(['--cpus', '--memory']);
    expect(told({ tasks: { current: 63, max: 64 } })).toEqual(['--cpus', '--memory', '--pids-limit']);
    expect(told({ memory: { current: GIB, held: GIB, high: GIB, events: { ...events, high: 2 } } })).toEqual([
      ...['--cpus', '--memory', '--pids-limit'],
    ]);
  });

  it('is good to know where nobody asks about it: it lacks nothing', () => {
    const resolved = policy(ALL);
    const made = { cpus: 4, memory: 32 * GIB, pidsLimit: 4096, shmSize: 2 ** 26 };
    expect(examineMachine(made, { resolved })).toMatchObject({
      causes: [],
      notes: [
        'made with less than policy grants: container train --cpus=4 instead of 16, --shm-size=64m instead of 16g',
      ],
    });
    const throttling = { periods: 50, throttled: 5, seconds: 1 };
    const meters = [aMeter(CONTAINER, { cpu: { cores: 4, quota: 4, throttling } })];
    expect(examineMachine({ ...MADE, cpus: 4 }, { meters }).notes).toEqual([]);
  });

  it('is told of with all others in one note', () => {
    const id = (index: number) => String(index).padStart(2, '0').repeat(32);
    const containers = Array.from({ length: 12 }, (_, index) =>
      aContainer({ ...MADE, id: id(index), name: `c${index}`, cpus: 1 }),
    );
    const meters = containers.map((container) => aMeter(`${ACCOUNT}/docker-${container.id}.scope`));
    const { notes, saw } = containerLimits.examine(aCase({ meters, facts: { containers: told(containers) } }));
    expect(notes).toHaveLength(1);
    expect(notes?.[0]).toMatch(/: container c0 --cpus=1 instead of 16, container c1 .* and 2 more$/);
    expect(saw).toBe('12 containers; 12 have less than policy grants: --cpus, --memory');
  });

  it('is called in a command by what Docker takes for a name', () => {
    const [cause] = examine({ ...MADE, cpus: 4, name: 'x; reboot' }).causes;
    expect(cause?.wayOut).toContain('docker update --cpus=16 c0ffee12c0ff;');
  });
});

describe('a container with more than policy grants', () => {
  it('is good to know, with all of it', () => {
    const { causes, notes } = examine({ cpus: 64 });
    expect(causes).toEqual([]);
    expect(notes).toEqual([
      'made with more than policy grants: container train --cpus=64 instead of 16, no --memory instead of 32g; container tools give what policy says when they make a container anew',
    ]);
  });
});

describe('where Docker does not tell', () => {
  it('what the kernel enforces is what the container was made with', () => {
    const { causes, unknown } = examineSilent({
      cpu: { cores: 1, quota: 2 },
      memory: { current: 1, held: 1, max: 8 * GIB },
      tasks: { current: 1 },
    });
    expect(unknown).toEqual([]);
    expect(causes.map(({ message, evidence }) => [message.slice(0, 52), evidence[0]])).toEqual([
      [
        'container c0ffee12c0ff was made with --cpus=2, which',
        { source: `/sys/fs/cgroup${CONTAINER}/cpu.max`, figure: '--cpus=2' },
      ],
      [
        'container c0ffee12c0ff was made with --memory=8g, wh',
        { source: `/sys/fs/cgroup${CONTAINER}/memory.max`, figure: '--memory=8g' },
      ],
    ]);
  });

  it('the files are others on cgroup v1', () => {
    const meter = {
      cpu: { cores: 1, quota: 2 },
      memory: { current: 1, held: 1, max: GIB },
      tasks: { current: 1, max: 9 },
    };
    const { causes } = examineSilent(meter, { machine: { version: 'v1' }, resolved: policy(ALL) });
    expect(causes.map(({ evidence }) => evidence[0]?.source)).toEqual([
      `/sys/fs/cgroup/cpu${CONTAINER}/cpu.cfs_quota_us`,
      `/sys/fs/cgroup/memory${CONTAINER}/memory.limit_in_bytes`,
      `/sys/fs/cgroup/pids${CONTAINER}/pids.max`,
    ]);
  });

  it('what the kernel does not count either is not made up', () => {
    expect(examineSilent({})).toMatchObject({ causes: [], notes: [] });
  });

  it('nobody else knows how large /dev/shm is', () => {
    expect(examineSilent({}, { resolved: policy('shm_size: 16G') }).unknown).toEqual([
      { why: 'how large /dev/shm is in a container, only Docker says: docker did not answer within 3 s' },
    ]);
    const meters = [aMeter(CONTAINER), aMeter(`${RESEARCHERS}/ds01-researcher-204214.slice/${SCOPE}`)];
    expect(examineSilent({}, { resolved: policy('shm_size: 16G'), meters }).unknown.length).toBe(1);
    expect(examineSilent({}, { resolved: policy('shm_size: 16G'), meters: [] }).unknown).toEqual([]);
    expect(examine(REST, { resolved: policy('shm_size: 16G') }).unknown).toEqual([]);
  });
});

describe('how many containers an account has', () => {
  const path = (digit: string) => `${ACCOUNT}/docker-${digit.repeat(64)}.scope`;

  it('is good to know, if it is more than policy grants, wherever they run', () => {
    const meters = [
      aMeter(CONTAINER),
      aMeter(path('a')),
      aMeter(`/user.slice/user-5000.slice/docker-${'b'.repeat(64)}.scope`),
    ];
    const people = told([{ name: '100001@hertie-school.lan', uid: 5000, home: '/home/100001' }]);
    const notes = (most: number) => {
      return containerLimits.examine(aCase({ meters, resolved: policy(`max_containers: ${most}`), facts: { people } }))
        .notes;
    };
    expect(notes(2)).toEqual([
      '100001@hertie-school.lan has 3 containers, and policy grants 2: policy/groups/student.yaml:4',
    ]);
    expect(notes(3)).toEqual([]);
  });

  it('counts for each account', () => {
    const meters = [aMeter(CONTAINER), aMeter(`${GROUP}/ds01-student-100002.slice/docker-${'a'.repeat(64)}.scope`)];
    expect(containerLimits.examine(aCase({ meters, resolved: policy('max_containers: 1') })).notes).toEqual([]);
  });
});

describe('what was seen', () => {
  it.each([
    ['as policy grants', MADE, {}],
    [
      'as policy grants, rounded by the kernel',
      { ...MADE, memory: 65536 * 4096 },
      { resolved: policy('memory: 262145K') },
    ],
    [
      'where policy says nothing',
      { cpus: 1, memory: GIB, shmSize: 2 ** 26, pidsLimit: 10 },
      { resolved: policy('idle_timeout: 48h') },
    ],
    ['in a slice of nobody', { cpus: 1 }, { meters: [aMeter(`${SITE}/ds01-phd.slice/${SCOPE}`)] }],
    [
      'in a slice that its account has left',
      { cpus: 1 },
      { meters: [aMeter(`${GROUP}/ds01-student-204214.slice/${SCOPE}`)] },
    ],
    ['outside of the site', { cpus: 1 }, { meters: [aMeter(`/docker/${CONTAINER_ID}`)] }],
    ['that is no container', { cpus: 1 }, { meters: [aMeter(ACCOUNT), aMeter(`${ACCOUNT}/run-1.scope`)] }],
  ])('is no reason: %s', (_name, made, more) => {
    const { causes, notes, unknown } = examine(made, more);
    expect([causes, notes, unknown]).toEqual([[], [], []]);
  });

  it('is how many containers there are, and which options policy has', () => {
    expect(examine(MADE).saw).toBe('1 container; none has less than policy grants: --cpus, --memory');
    expect(examine(MADE, { resolved: policy('idle_timeout: 48h') }).saw).toBe(
      '1 container; policy says nothing about them',
    );
    expect(examine(MADE, { meters: [] }).saw).toBe("no container runs in its account's slice");
  });

  it('is held against the group of the account', () => {
    const meters = [aMeter(`${RESEARCHERS}/ds01-researcher-204214.slice/${SCOPE}`)];
    expect(examine({ cpus: 64, memory: 128 * GIB }, { meters }).causes).toEqual([]);
    expect(examine({ cpus: 63.99, memory: 128 * GIB }, { meters }).causes[0]?.message).toMatch(
      /--cpus=63.99, which is lower than policy grants a container of 204214@hertie-school.lan: 64$/,
    );
  });
});
