import { limitFile } from '../units/kernel.ts';
import type { Case } from './case.ts';
import { type PolicyLimit, policyLimits } from './policy-limits.ts';

/** A limit of policy on a slice that runs. */
export interface LimitedSlice extends PolicyLimit {
  readonly slice: string;
}

/** A controller of the kernel that is not at work where policy limits what it controls. */
export interface MissingController {
  /** As in `pids`. */
  readonly controller: string;
  /** The highest cgroup that does not hand it on to those in it, as in `/ds01.slice`; always the top on cgroup v1. */
  readonly at: string;
  /** What it does hand on. */
  readonly enabled: readonly string[];
  /** The first of the limits that are not enforced because of it. */
  readonly limit: LimitedSlice;
  /** What is not limited, by setting key, and where; in the order of the slices. */
  readonly keys: readonly string[];
  readonly slices: readonly string[];
}

/** How far the controllers that policy needs reach down the tree of slices. */
export interface ControllersSeen {
  readonly missing: readonly MissingController[];
  /** Those that are where they are needed, sorted. */
  readonly present: readonly string[];
  /** How many slices that run have a limit. */
  readonly slices: number;
  /** Cgroups that do not say what they hand on. */
  readonly unread: readonly string[];
}

/** Looks on the way from the top to each slice that runs with a limit: Control Group v2, cgroup.subtree_control. */
export function seeControllers(found: Case): ControllersSeen {
  const needs = needsOf(found);
  const missing = new Map<string, MissingController>();
  for (const { controller, at, enabled, limit } of needs) {
    if (at === undefined || enabled === undefined) continue;
    const id = `${controller} ${at}`;
    const first = missing.get(id) ?? { controller, at, enabled, limit, keys: [], slices: [] };
    missing.set(id, { ...first, keys: union(first.keys, limit.key), slices: union(first.slices, limit.slice) });
  }
  const unread = needs.flatMap(({ at, enabled }) => (at !== undefined && enabled === undefined ? [at] : []));
  const present = needs.flatMap(({ controller, at }) => (at === undefined ? [controller] : []));
  return {
    missing: [...missing.values()],
    present: [...new Set(present)].sort(),
    slices: new Set(needs.map(({ limit }) => limit.slice)).size,
    unread: [...new Set(unread)],
  };
}

interface Need {
  readonly limit: LimitedSlice;
  readonly controller: string;
  /** The highest cgroup that does not hand the controller on, and what it does; absent where nothing stands in the way. */
  readonly at?: string | undefined;
  readonly enabled?: readonly string[] | undefined;
}

function needsOf({ all, machine: { version, controllers }, resolved }: Case): readonly Need[] {
  const limitsOf = policyLimits(resolved);
  const limited = all.filter(({ level }) => level === 'group' || level === 'account');
  return limited.flatMap(({ path, name }) => {
    const around = version === 'v1' ? ['/'] : cgroupsAround(path);
    return limitsOf(name).flatMap((limit) => {
      const controller = controllerOf(limit.key, version);
      // What the kernel has no place for at all is no question of controllers.
      if (controller === undefined) return [];
      const at = around.find((cgroup) => !controllers.get(cgroup)?.includes(controller));
      return [{ limit: { ...limit, slice: name }, controller, at, enabled: controllers.get(at ?? '') }];
    });
  });
}

function union(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names : [...names, name];
}

/** The controller that enforces a limit, by setting key: the kernel names its files after it. Absent where it has none. */
export function controllerOf(key: string, version: 'v1' | 'v2'): string | undefined {
  return limitFile(key, version)?.replace(/[.].*$/, '');
}

// Of `/ds01.slice/ds01-student.slice`: `/` and `/ds01.slice`.
function cgroupsAround(path: string): readonly string[] {
  const names = path.split('/').slice(1, -1);
  return ['/', ...names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)];
}
