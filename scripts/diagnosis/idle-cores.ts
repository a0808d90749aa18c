import type { Case } from './case.ts';
import { onceFor } from './once-for.ts';

/**
 * About how many CPUs of the machine had nothing to do. What cgroups count has also those programs that ended meanwhile; what
 * programs count has also those that are in no cgroup of the site. Absent where neither is known.
 */
export function idleCores(found: Counted): number | undefined {
  return countIdle(found);
}

type Counted = Pick<Case, 'all' | 'programs' | 'machine'>;

const countIdle = onceFor(({ all, programs, machine }: Counted) => {
  const outermost = all.filter(({ level }) => level === 'site' || level === 'outside');
  const counted = outermost.flatMap(({ cpu }) => (cpu ? [cpu.cores] : []));
  if (counted.length === 0 && programs.length === 0) return undefined;
  const busy = Math.max(sumOf(counted), sumOf(programs.map(({ cores }) => cores)));
  return Math.max(0, machine.cpus - busy);
});

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
