import { accountOfSlice } from '../../scripts/diagnosis/account-of-slice.ts';
import type { Case, Machine } from '../../scripts/diagnosis/case.ts';
import { cgroupKind } from '../../scripts/diagnosis/cgroup-level.ts';
import type { Container, Facts, Person } from '../../scripts/diagnosis/facts.ts';
import type { LimitSource } from '../../scripts/diagnosis/limit-source.ts';
import { limitValue } from '../../scripts/diagnosis/limit-value.ts';
import type { Meter } from '../../scripts/diagnosis/meter.ts';
import type { Told } from '../../scripts/diagnosis/told.ts';
import type { ContainerField, Scope, SliceField } from '../../scripts/policy/fields.ts';
import type { Limits } from '../../scripts/policy/policy.ts';
import { entitlementOf, type Resolved } from '../../scripts/policy/resolve.ts';
import { measureText } from '../../scripts/units/measures.ts';
import { plan } from '../../scripts/units/plan.ts';
import { DROP_IN, render } from '../../scripts/units/render.ts';
import { asFound, resolvePolicy } from './resolve-policy.ts';

/** Id of a container, 64 hex digits, and the scope that Docker's systemd driver makes of it. */
export const CONTAINER_ID = 'c0ffee12'.repeat(8);
export const SCOPE = `docker-${CONTAINER_ID}.scope`;

/** Paths of the slices that the cases are mostly about; `100001` is a student that policy does not list. */
export const SITE = '/ds01.slice';
export const GROUP = `${SITE}/ds01-student.slice`;
export const ACCOUNT = `${GROUP}/ds01-student-100001.slice`;
export const CONTAINER = `${ACCOUNT}/${SCOPE}`;
export const RESEARCHERS = `${SITE}/ds01-researcher.slice`;

/** When it is asked: 2026-06-15, 10:00 UTC. */
export const NOW = Date.UTC(2026, 5, 15, 10);

/** What somebody said, and that there was nobody to ask. */
export function told<T>(value: T): Told<T> {
  return { kind: 'told', value };
}
export const ABSENT = { kind: 'absent', why: 'it is not installed' } as const;

/** Facts of a machine with systemd 252 and a clock that is set, without Docker and GPUs, and a kernel that has said nothing. */
export const FACTS: Facts = {
  systemd: told(252),
  containers: ABSENT,
  docker: ABSENT,
  gpus: ABSENT,
  people: told([]),
  kernelLog: told([]),
  clockSynchronized: told(true),
  services: told(new Map()),
};

/** A container as Docker has it; in no slice, without limits. */
export function aContainer(more: Partial<Container> = {}): Container {
  return {
    ...{ id: CONTAINER_ID, name: 'train', image: 'pytorch', pid: 4000, cgroupParent: '', asksGpu: false, user: '' },
    ...{ mounts: [], labels: new Map() },
    ...more,
  };
}

/** A cgroup with nothing in it; its name and level are those of its path. */
export function aMeter(path: string, more: Partial<Meter> = {}): Meter {
  return { path, name: path.replace(/^.*[/]/, ''), ...cgroupKind(path, 'ds01'), disks: [], ...more };
}

/** Who says a limit: policy, unless something else is given. */
export function aSource(more: Partial<LimitSource> = {}): LimitSource {
  return {
    ...{
      key: 'TasksMax',
      cgroup: 'ds01-student.slice',
      value: '65536',
      file: '/etc/systemd/system/ds01-student.slice',
    },
    origin: 'policy',
    place: { file: 'groups/student.yaml', line: 6 },
    owner: { name: 'student', scope: 'per_group' },
    ...more,
  };
}

/** What a case of the tests is made of; of facts and the machine, only what is not as usual. */
export type CaseParts = Partial<Omit<Case, 'facts' | 'machine'>> & {
  readonly facts?: Partial<Facts>;
  readonly machine?: Partial<Machine>;
};

/**
 * A case in which nothing is wrong: the policy of the tests (resolvePolicy) is on the machine as it is, which knows all
 * accounts of policy, and has 128 CPUs, 512G of memory, cgroup v2. `all` are the meters, unless it is given, too. Limits of
 * slices are said by policy, whatever the number, those of containers by the container itself, all others by systemd:
 * find-source.test.ts has the rest.
 */
export function aCase(more: CaseParts = {}): Case {
  const resolved = more.resolved ?? usualPolicy();
  const { machine, facts, ...rest } = more;
  return {
    ...{ now: NOW, window: 5, meters: [], all: more.meters ?? [], resolved, programs: [] },
    plan: planOf(resolved),
    facts: { ...FACTS, people: told(peopleOf(resolved)), ...facts },
    machine: {
      ...{ version: 'v2', cpus: 128, memory: 512 * 2 ** 30, tasks: 4_194_304, asRoot: true, hasGpu: false },
      ...{ pressure: { cpu: QUIET, memory: QUIET, io: QUIET }, disks: [], controllers: new Map() },
      ...machine,
    },
    sourceOf: (meter, key) => sourceByLevel(meter, key, resolved),
    accountOf: (slice) => accountOfSlice(resolved, slice),
    placeText: ({ file, line }) => `policy/${file}:${line}`,
    ...rest,
  };
}

// Most of the time goes into reading policy and planning it, and most cases have the same.
let usual: Resolved | undefined;
const plans = new WeakMap<Resolved, Case['plan']>();

function usualPolicy(): Resolved {
  usual ??= resolvePolicy();
  return usual;
}

function planOf(resolved: Resolved): Case['plan'] {
  const known = plans.get(resolved) ?? plan(asFound(render(resolved)), resolved);
  plans.set(resolved, known);
  return known;
}

function peopleOf({ accounts }: Resolved): readonly Person[] {
  return [...accounts.keys()].map((name, index) => ({ name, uid: 70_001 + index, home: `/home/${name}` }));
}

/** Nobody waits. */
export const QUIET = { some: 0, full: 0 };

function sourceByLevel(meter: Meter, key: string, resolved: Resolved): LimitSource {
  const [, group, slug] = /\/ds01-([^-/]+)(?:-([^-/]+))?[.]slice(?:\/[^/]*)?$/.exec(meter.path) ?? [];
  const value = measureText(key, limitValue(meter, key, key.split(' ')[1]) ?? Number.NaN);
  const scope = SCOPES[meter.level];
  const limits = slug === undefined ? resolved.groups.get(group ?? '')?.limits : entitlementOf(resolved, slug).limits;
  const place = limits && scope && placeOf(limits, scope, key);
  const files = { per_group: meter.name, per_member: `ds01-${group}-.slice.d/${DROP_IN}`, per_container: undefined };
  const file = place && scope && files[scope];
  return {
    ...{ key, cgroup: meter.name, value, origin: originOf(meter, place !== undefined) },
    ...(file !== undefined && { file: `/etc/systemd/system/${file}` }),
    ...(place && { place }),
    ...(place && scope && group !== undefined && { owner: { name: group, scope } }),
  };
}

// Nobody but the kernel says a limit of a slice that policy does not have.
function originOf({ level }: Meter, isPolicy: boolean): LimitSource['origin'] {
  if (level === 'container') return 'container';
  if (level === 'work' || level === 'outside') return 'default';
  return isPolicy ? 'policy' : 'kernel';
}

const SCOPES: Readonly<Partial<Record<Meter['level'], Scope>>> = {
  group: 'per_group',
  account: 'per_member',
  container: 'per_container',
};

function placeOf({ per_container, ...slices }: Limits, scope: Scope, key: string) {
  const [slice, container] = FIELDS[key.split(' ')[0] ?? ''] ?? [];
  if (scope === 'per_container') return container && per_container[container]?.place;
  return slice && slices[scope][slice]?.place;
}

const FIELDS: Readonly<Record<string, readonly [SliceField, ContainerField?]>> = {
  CPUQuota: ['cpu_quota', 'cpus'],
  MemoryMax: ['memory_max', 'memory'],
  MemoryHigh: ['memory_high'],
  TasksMax: ['tasks_max', 'pids_limit'],
  IOReadBandwidthMax: ['io_read_bandwidth_max'],
  IOWriteBandwidthMax: ['io_write_bandwidth_max'],
};
