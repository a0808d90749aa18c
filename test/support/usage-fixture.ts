import type { Meter } from '../../scripts/diagnosis/meter.ts';
import { rankUsage, type UsageNames } from '../../scripts/diagnosis/rank-usage.ts';
import type { Usage } from '../../scripts/report/top.ts';
import { ACCOUNT, aMeter, CONTAINER, GROUP, NOW, RESEARCHERS, SITE } from './case-fixture.ts';
import { resolvePolicy } from './resolve-policy.ts';

const GIB = 2 ** 30;

/** Use of a cgroup; waiting as shares for cpu, memory and io. */
export function use(
  cores: number,
  gibibytes: number,
  tasks: number,
  waits?: readonly [cpu: number, memory: number, io: number],
): Pick<Meter, 'cpu' | 'memory' | 'tasks' | 'pressure'> {
  const [cpu = 0, memory = 0, io = 0] = waits ?? [];
  const waiting = (some: number) => ({ some, full: 0 });
  return {
    cpu: { cores },
    memory: { current: gibibytes * GIB + 4096, held: gibibytes * GIB },
    tasks: { current: tasks },
    ...(waits && { pressure: { cpu: waiting(cpu), memory: waiting(memory), io: waiting(io) } }),
  };
}

/** A researcher of policy, and a container of hers. */
export const RESEARCHER = `${RESEARCHERS}/ds01-researcher-204214.slice`;

/**
 * The afternoon of the incident: the students' slice is at its quota and its tasks limit, one of them has a container that
 * is, too, others do nothing; a researcher computes without being held up, and somebody has started a container outside.
 */
export const BUSY: readonly Meter[] = [
  aMeter(SITE, use(24.36, 48.5, 911, [0.63, 0, 0.02])),
  aMeter(RESEARCHERS, {
    ...use(8.42, 12.1, 300, [0.03, 0, 0]),
    cpu: { cores: 8.42, quota: 128, throttling: { periods: 50, throttled: 0, seconds: 0 } },
    tasks: { current: 300, max: 65_536 },
  }),
  aMeter(RESEARCHER, use(8.42, 12.1, 300, [0.03, 0, 0])),
  aMeter(`${RESEARCHER}/jupyter.service`, use(8.42, 12.1, 300, [0.004, 0, 0])),
  aMeter(GROUP, {
    ...use(15.94, 31.4, 512, [0.78, 0.02, 0.02]),
    cpu: { cores: 15.94, quota: 16, throttling: { periods: 20, throttled: 19, seconds: 31 } },
    memory: { current: 32 * GIB, held: 31.4 * GIB, max: 32 * GIB },
    tasks: { current: 512, max: 512 },
  }),
  ...['100002', '100003'].map((name) => aMeter(`${GROUP}/ds01-student-${name}.slice`, use(0.01, 0.2, 4, [0, 0, 0]))),
  aMeter(`${GROUP}/ds01-student-a_name_that_is_long.slice`, use(0.2, 1.2, 96, [0.01, 0, 0])),
  aMeter(ACCOUNT, use(15.7, 30.1, 412, [0.77, 0.02, 0.02])),
  aMeter(CONTAINER, {
    ...use(15.7, 30.1, 412, [0.77, 0.02, 0.02]),
    cpu: { cores: 15.7, quota: 32, throttling: { periods: 20, throttled: 0, seconds: 0 } },
    memory: { current: 32 * GIB, held: 30.1 * GIB, max: 64 * GIB },
  }),
  aMeter(`/system.slice/docker-${'0a1b2c3d'.repeat(8)}.scope`, use(3.1, 2, 40, [0, 0, 0])),
];

/** Names for it: Docker has said what the students' container is called, and not yet the other one. */
export const NAMES: UsageNames = {
  resolved: resolvePolicy(),
  containers: new Map([['c0ffee12'.repeat(8), 'train']]),
};

/** Who used what, as it is shown. */
export function aUsage(meters: readonly Meter[] = BUSY, more: Partial<Usage> = {}): Usage {
  return {
    ...{
      host: 'node1',
      site: 'ds01',
      at: NOW,
      seconds: 2,
      roots: rankUsage(meters, NAMES),
      showIdle: false,
      notes: [],
    },
    ...more,
  };
}
