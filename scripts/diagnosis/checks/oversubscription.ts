import type { Place } from '../../policy/policy.ts';
import { isOverpromised, promisedBy, type Resource, sharesOf } from '../../policy/promised.ts';
import { printValue } from '../../policy/values.ts';
import { bytes } from '../../units/running.ts';
import { groupOfSlice } from '../../units/unit-path.ts';
import type { Case } from '../case.ts';
import { cgroupFile } from '../cgroup-file.ts';
import type { Cause, Check, Unknown } from '../check.ts';
import { coresText, percentText } from '../figures.ts';
import type { Meter } from '../meter.ts';

/** It is felt where programs wait for so much of the time while so much of the machine is in use: limits make them wait, too. */
const FELT = { waiting: 0.3, used: 0.8 } as const;

/** All groups together may use more than there is, which is fair as long as not all of them do. */
export const oversubscription: Check = {
  id: 'oversubscription',
  title: 'sum of limits',
  about: 'machine',
  examine(found) {
    const { machine, resolved } = found;
    const known = RESOURCES.flatMap((resource) => {
      const has = machine[resource];
      return has === undefined ? [] : [{ resource, has }];
    });
    const over = known.filter(({ resource, has }) => {
      return isOverpromised(promisedBy(resolved, resource), has, resolved.site.adminGroup);
    });
    const told = over.map(({ resource, has }) => sumWords(resource, has, found));
    return {
      causes: over.flatMap(({ resource, has }) => causesOf(resource, has, found)),
      saw: `all groups together may use ${known.map(({ resource, has }) => shareWords(resource, has, found)).join(', ')}`,
      notes: [...told, ...known.flatMap(({ resource, has }) => aloneWords(resource, has, found))],
      unknown: unknownOf(over, found),
    };
  },
};

const RESOURCES = ['cpus', 'memory', 'tasks'] as const satisfies readonly Resource[];

/** What can be waited for, with the field of policy, the setting of systemd, and where the kernel says how much there is. */
const AWAITED = {
  cpus: {
    ...({ pressure: 'cpu', noun: 'a CPU', weight: 40, size: '/sys/devices/system/cpu/online' } as const),
    ...({ field: 'cpu_quota', key: 'CPUQuota', file: { v1: 'cpuacct.usage', v2: 'cpu.stat' } } as const),
    useOf: ({ cpu }: Meter) => cpu?.cores,
    holdOf: ({ cpu }: Meter) => cpu?.cores,
    print: (cores: number) => printValue('percent', cores * 100),
    // Limits are proposed in whole CPUs, and in whole GiB.
    step: 1,
  },
  memory: {
    ...({ pressure: 'memory', noun: 'memory', weight: 55, size: '/proc/meminfo' } as const),
    ...({
      field: 'memory_max',
      key: 'MemoryMax',
      file: { v1: 'memory.usage_in_bytes', v2: 'memory.current' },
    } as const),
    useOf: ({ memory }: Meter) => memory?.current,
    // What the kernel could take back at once is nobody's fault.
    holdOf: ({ memory }: Meter) => memory?.held,
    print: (size: number) => printValue('size', size),
    step: 2 ** 30,
  },
} as const;

type Awaited = keyof typeof AWAITED;

/** `all groups together may use 144 of 128 cores, and no limit holds for admin`; with `used`, also what they do. */
function sumWords(resource: Resource, has: number, found: Case, used?: number): string {
  const { unlimited } = promisedBy(found.resolved, resource);
  // Administrators are always among them: rule admin-limits.
  const free = `, and no limit holds for ${unlimited.join(', ')}`;
  const now = used === undefined ? '' : `use ${amountOf(resource, used)} and `;
  return `all groups together ${now}may use ${shareWords(resource, has, found)}${free}`;
}

/** `144 of 128 cores`. */
function shareWords(resource: Resource, has: number, { resolved }: Case): string {
  return `${amountOf(resource, promisedBy(resolved, resource).limited)} of ${unitsOf(resource, has)}`;
}

function aloneWords(resource: Resource, has: number, { resolved }: Case): readonly string[] {
  const above = [...sharesOf(resolved, resource)].filter(
    ([, share]) => share > has && share !== Number.POSITIVE_INFINITY,
  );
  return above.map(([group, share]) => {
    return `group "${group}" alone may use ${amountOf(resource, share)} of ${unitsOf(resource, has)}`;
  });
}

function amountOf(resource: Resource, amount: number): string {
  return resource === 'memory' ? bytes(amount) : String(Number(amount.toFixed(1)));
}

function unitsOf(resource: Resource, amount: number): string {
  if (resource === 'cpus') return coresText(amount);
  return resource === 'memory' ? `${bytes(amount)} of memory` : `${amount} tasks`;
}

// Nobody waits for tasks: the next one is refused, and the check of tasks says so.
function causesOf(resource: Resource, has: number, found: Case): readonly Cause[] {
  if (resource === 'tasks') return [];
  const { pressure, noun, weight, size, file, useOf } = AWAITED[resource];
  const { all, machine, resolved, window } = found;
  const waiting = machine.pressure[pressure]?.some ?? 0;
  const site = all.find(({ level }) => level === 'site');
  const used = (site && useOf(site)) ?? 0;
  if (!site || waiting < FELT.waiting || used < FELT.used * has) return [];
  const [top] = groupsByUse(resource, found);
  const share = percentText(waiting);
  const sum = sumWords(resource, has, found, used);
  const most = top === undefined ? '' : `; ${top.slice} uses most, ${unitsOf(resource, top.used)}`;
  const limit = top?.limit;
  return [
    {
      weight,
      subject: top?.slice ?? site.name,
      message: `programs wait for ${noun} ${share} of the time: ${sum}${most}`,
      evidence: [
        { source: `/proc/pressure/${pressure}`, figure: `some ${share} of ${window.toFixed(1)} s` },
        { source: cgroupFile(machine.version, site.path, file[machine.version]), figure: unitsOf(resource, used) },
        { source: size, figure: unitsOf(resource, has) },
        ...[...resolved.groups.keys()].flatMap((group) => shareEvidence(group, resource, found)),
      ],
      ...(limit && { limit: { key: AWAITED[resource].key, value: limit.text, origin: 'policy', place: limit.place } }),
      wayOut: wayOut(resource, has, top, found),
    },
  ];
}

interface GroupUse {
  readonly slice: string;
  readonly group: string;
  /** CPUs or bytes. */
  readonly used: number;
  readonly limit?: GroupLimit | undefined;
}

// Those that use most come first.
function groupsByUse(resource: Awaited, found: Case): readonly GroupUse[] {
  const uses = found.all.flatMap((meter) => {
    const [used, group] = [AWAITED[resource].holdOf(meter), groupOfSlice(meter.name, found.resolved.site.name)];
    if (meter.level !== 'group' || used === undefined || group === undefined) return [];
    return [{ slice: meter.name, group, used, limit: limitOf(group, resource, found) }];
  });
  return uses.sort((a, b) => b.used - a.used);
}

/** A limit of a group; `text` in the spelling that policy and systemd share. */
interface GroupLimit {
  /** CPUs or bytes. */
  readonly share: number;
  readonly text: string;
  readonly place: Place;
}

function limitOf(group: string, resource: Awaited, { resolved }: Case): GroupLimit | undefined {
  const { field, print } = AWAITED[resource];
  const [share, said] = [sharesOf(resolved, resource).get(group), resolved.groups.get(group)?.limits.per_group[field]];
  if (said === undefined || share === undefined || share === Number.POSITIVE_INFINITY) return undefined;
  return { share, text: print(share), place: said.place };
}

function shareEvidence(group: string, resource: Awaited, found: Case): Cause['evidence'] {
  const limit = limitOf(group, resource, found);
  if (!limit) return [];
  const figure = `${group} per_group.${AWAITED[resource].field} ${limit.text}`;
  return [{ source: found.placeText(limit.place), figure }];
}

// What is left for the group that uses most, if all others use what they may.
function wayOut(resource: Awaited, has: number, top: GroupUse | undefined, { resolved }: Case): string {
  const look = 'ds01-policy top shows who uses what';
  if (!top?.limit) return `${look}; lower limits of the groups leave more for everybody else`;
  const { field, print, step } = AWAITED[resource];
  const others = promisedBy(resolved, resource).limited - top.limit.share;
  const left = Math.floor((has - others) / step) * step;
  if (left <= 0) return `${look}; for limits that fit, those of the other groups have to fall first`;
  return `${look}; for limits that fit: ds01-policy set-limit ${top.group} per_group.${field} ${print(left)} --reason TEXT`;
}

function unknownOf(over: readonly { readonly resource: Resource }[], { machine }: Case): readonly Unknown[] {
  const sizes = RESOURCES.filter((resource) => machine[resource] === undefined);
  const unfelt = over.flatMap(({ resource }) => {
    return resource !== 'tasks' && machine.pressure[AWAITED[resource].pressure] === undefined ? [resource] : [];
  });
  return [
    ...sizes.map((resource) => ({ why: `the kernel did not say how much there is of ${resource}` })),
    ...unfelt.map((resource) => ({
      why: `the kernel does not say how long programs wait for ${AWAITED[resource].noun}`,
    })),
  ];
}
