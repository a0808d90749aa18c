import type { Case } from './case.ts';
import { type CountedMemory, hasMemory } from './memory-limits.ts';

/** Who holds memory that the kernel cannot give back, of the groups and of containers outside of the site; the most first. */
export function memoryHolders({ all }: Pick<Case, 'all'>): readonly CountedMemory[] {
  const shares = all.filter(({ level }) => level === 'group' || level === 'outside');
  return shares.filter(hasMemory).sort((a, b) => b.memory.held - a.memory.held);
}
