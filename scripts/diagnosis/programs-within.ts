import type { Program } from './case.ts';
import { onceFor } from './once-for.ts';

/** The programs in a cgroup, and in those in it: what uses most first. The cgroup is not the top. */
export function programsWithin(path: string, programs: readonly Program[]): readonly Program[] {
  const sorted = inOrder(programs);
  const own = sorted.slice(firstFrom(path, sorted), firstFrom(`${path}\0`, sorted));
  // In the order of characters, 0 comes after the slash.
  const below = sorted.slice(firstFrom(`${path}/`, sorted), firstFrom(`${path}0`, sorted));
  return [...own, ...below].sort((a, b) => b.cores - a.cores || a.pid - b.pid);
}

/** The programs that are in none of these cgroups, and in none that is in one of them. */
export function programsApart(paths: readonly string[], programs: readonly Program[]): readonly Program[] {
  const within = new Set(paths.flatMap((path) => programsWithin(path, programs)));
  return programs.filter((program) => !within.has(program));
}

// In the order of their cgroups, all programs in one follow each other, and are found without a look at the others. Whoever
// makes cgroups chooses how many, and how long their names are.
const inOrder = onceFor((programs: readonly Program[]) => {
  return [...programs].sort((a, b) => (a.cgroup === b.cgroup ? 0 : a.cgroup < b.cgroup ? -1 : 1));
});

/** Where the first program stands whose cgroup is that one, or comes after it. */
function firstFrom(cgroup: string, sorted: readonly Program[]): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted.slice(middle, middle + 1).some((program) => program.cgroup < cgroup)) from = middle + 1;
    else to = middle;
  }
  return from;
}
