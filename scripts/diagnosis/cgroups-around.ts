import type { Meter } from './meter.ts';

/** Whether a cgroup is another one, or is in it. Both are paths from the top of the hierarchy, of cgroups that are not the top. */
export function isWithin(path: string, around: string): boolean {
  return path === around || path.startsWith(`${around}/`);
}

/** A cgroup and those around it that run, the innermost first. Of one that is gone, those that were around it. */
export function wayUp(path: string, all: readonly Meter[]): readonly Meter[] {
  const { byPath, deepest } = treeOf(all);
  return pathsUp(path, deepest).flatMap((around) => byPath.get(around) ?? []);
}

/** Cgroups that no other one is in: containers, services, scopes, and slices with nothing of these. */
export function innermost(all: readonly Meter[]): readonly Meter[] {
  const { inside } = treeOf(all);
  return all.filter(({ path }) => !inside.has(path));
}

/**
 * Of what the kernel counts in a cgroup, the part that no cgroup in it has counted. Most counters include those below, some
 * of them only on some kernels; what a cgroup counted that is gone by now is left with the one around it.
 */
export function ownCount(meter: Meter, all: readonly Meter[], read: (meter: Meter) => number | undefined): number {
  const direct = treeOf(all).inside.get(meter.path) ?? [];
  const counted = direct.reduce((sum, child) => sum + (read(child) ?? 0), 0);
  return Math.max(0, (read(meter) ?? 0) - counted);
}

interface Tree {
  /** How many names the longest path has. */
  readonly deepest: number;
  readonly byPath: ReadonlyMap<string, Meter>;
  /** Directly in a cgroup, by its path: of those that are there, no other one is between them. */
  readonly inside: ReadonlyMap<string, readonly Meter[]>;
}

// Every check asks for the same tree again, and there may be a thousand cgroups.
const trees = new WeakMap<readonly Meter[], Tree>();

function treeOf(all: readonly Meter[]): Tree {
  const tree = trees.get(all) ?? makeTree(all);
  trees.set(all, tree);
  return tree;
}

function makeTree(all: readonly Meter[]): Tree {
  const byPath = new Map(all.map((meter) => [meter.path, meter]));
  const inside = new Map<string, Meter[]>();
  for (const meter of all) {
    const [, ...around] = pathsUp(meter.path);
    const next = around.find((path) => byPath.has(path));
    if (next === undefined) continue;
    const direct = inside.get(next) ?? [];
    direct.push(meter);
    inside.set(next, direct);
  }
  const deepest = Math.max(0, ...all.map(({ path }) => path.split('/').length - 1));
  return { deepest, byPath, inside };
}

/** `/a/b`, `/a`; without those that have more names. Whoever may make cgroups can make them two thousand names deep. */
function pathsUp(path: string, deepest?: number): readonly string[] {
  const parts = path.split('/', deepest === undefined ? undefined : deepest + 1);
  return parts.slice(1).map((_part, index) => parts.slice(0, parts.length - index).join('/'));
}
