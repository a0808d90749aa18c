import { slugOf } from '../policy/account.ts';
import type { Entitlement, GroupEntitlement, Resolved } from '../policy/resolve.ts';
import { accountOfSlice } from './account-of-slice.ts';
import type { Meter } from './meter.ts';
import { type Strain, strainsOf, WEIGHTS } from './usage-strains.ts';

/** Whose use is looked at. */
export type UsageFocus =
  | { readonly kind: 'group'; readonly group: GroupEntitlement }
  | { readonly kind: 'account'; readonly entitlement: Entitlement };

/** One cgroup with those in it: what hurts most first, then what uses most. */
export interface UsageNode {
  readonly meter: Meter;
  /** How it is called below what is around it, as in `student`, `100001`, and `train` of a container. */
  readonly label: string;
  /** The account whose slice it is. */
  readonly account?: string;
  readonly strains: readonly Strain[];
  /** Of it and all below it: the largest of WEIGHTS. */
  readonly weight: number;
  /** No work worth the name, nothing that hurts, and no memory that others would like to have. */
  readonly isIdle: boolean;
  readonly children: readonly UsageNode[];
}

/** What names are taken from: accounts from policy, containers from Docker, by id. */
export interface UsageNames {
  readonly resolved: Resolved;
  readonly containers: ReadonlyMap<string, string>;
}

/** The slices of a site that run, as a tree, and containers that are in none of them beside it. */
export function rankUsage(meters: readonly Meter[], names: UsageNames): readonly UsageNode[] {
  const paths = new Set(meters.map(({ path }) => path));
  const inside = new Map<string, Meter[]>();
  for (const meter of meters) {
    const around = nearestAround(meter.path, paths);
    inside.set(around, [...(inside.get(around) ?? []), meter]);
  }
  const nodesIn = (path: string): readonly UsageNode[] => {
    return (inside.get(path) ?? []).map((meter) => nodeOf(meter, nodesIn(meter.path), names)).sort(byUrgency);
  };
  return [...nodesIn('')].sort((a, b) => Number(isOutside(a)) - Number(isOutside(b)));
}

/**
 * What is of somebody, with all that is around it; empty if nothing of theirs runs. An account may have work in the slice
 * of a group that it has left.
 */
export function ofFocus(meters: readonly Meter[], focus: UsageFocus): readonly Meter[] {
  const isTheirs = focus.kind === 'group' ? isOfGroup(focus.group) : isOfAccount(focus.entitlement);
  const own = meters.filter(isTheirs).map(({ path }) => path);
  return meters.filter(({ path }) => own.some((found) => isIn(path, found) || isIn(found, path)));
}

function isOfGroup({ slice }: GroupEntitlement): (meter: Meter) => boolean {
  return ({ level, name }) => level === 'group' && name === slice;
}

function isOfAccount({ account }: Entitlement): (meter: Meter) => boolean {
  const slug = slugOf(account);
  return ({ level, name }) => level === 'account' && /^[^-]+-[^-]+-([^-.]+)/.exec(name)?.[1] === slug;
}

function isIn(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}/`);
}

// Containers of somebody who runs Docker without root are in a service of theirs, some folders deeper.
function nearestAround(path: string, paths: ReadonlySet<string>): string {
  const around = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
  return around === '' || paths.has(around) ? around : nearestAround(around, paths);
}

function nodeOf(meter: Meter, children: readonly UsageNode[], names: UsageNames): UsageNode {
  const strains = strainsOf(meter);
  const weight = Math.max(0, ...strains.map(({ grade }) => WEIGHTS[grade]), ...children.map((child) => child.weight));
  const owner = meter.level === 'account' ? accountOfSlice(names.resolved, meter.name) : undefined;
  return {
    meter,
    label: labelOf(meter, owner, names),
    ...(owner && { account: owner.account }),
    strains,
    weight,
    isIdle: weight === 0 && usesNothing(meter),
    children,
  };
}

// As many cores as are shown as 0.0; a slice of the site or of a group is there for its limits, whatever happens in it.
const IDLE = { cores: 0.05, bytes: 2 ** 30 } as const;

function usesNothing({ level, cpu, memory }: Meter): boolean {
  if (level === 'site' || level === 'group') return false;
  return (cpu?.cores ?? 0) < IDLE.cores && (memory?.held ?? 0) < IDLE.bytes;
}

function labelOf({ level, name, container }: Meter, owner: Entitlement | undefined, names: UsageNames): string {
  if (container !== undefined) return names.containers.get(container) ?? container.slice(0, SHORT_ID);
  const [site = '', group = '', slug = '', ...below] = name.replace(/[.]slice$/, '').split('-');
  if (level === 'site') return site;
  if (level === 'group') return group;
  if (level !== 'account') return name;
  // An account may divide its slice further.
  if (below.length > 0) return below.join('-');
  return owner ? owner.account.replace(`@${names.resolved.site.accountDomain}`, '') : `${slug} (not granted)`;
}

/** Digits of a container's id that Docker shows. */
const SHORT_ID = 12;

function isOutside({ meter }: UsageNode): boolean {
  return meter.level === 'outside';
}

// Use is compared as it is shown: what looks the same keeps its place, from one look to the next.
function byUrgency(one: UsageNode, other: UsageNode): number {
  return (
    other.weight - one.weight ||
    tenths(other.meter.cpu?.cores) - tenths(one.meter.cpu?.cores) ||
    tenths(gigabytes(other)) - tenths(gigabytes(one)) ||
    (one.meter.path < other.meter.path ? -1 : 1)
  );
}

function gigabytes({ meter }: UsageNode): number {
  return (meter.memory?.held ?? 0) / 2 ** 30;
}

function tenths(amount = 0): number {
  return Math.round(amount * 10);
}
