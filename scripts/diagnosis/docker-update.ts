import { measureText } from '../units/measures.ts';
import { readDirective } from '../units/systemd-values.ts';

/**
 * The command that gives a container that runs a higher limit, as in `docker update --cpus=16 train`; the value as Docker
 * spells it. Docker takes memory and swap together, and refuses more memory than it may swap: that grows, too, to the twofold
 * that a container gets which says nothing of it (docker-container-update(1), and docker-run(1), --memory-swap).
 */
export function dockerUpdate(option: string, value: string, container: string): string {
  const swap = option === '--memory' ? ` --memory-swap=${twice(value)}` : '';
  return `docker update ${option}=${value}${swap} ${container}`;
}

function twice(size: string): string {
  return measureText('MemoryMax', 2 * Number(readDirective('MemoryMax', size.toUpperCase()))).toLowerCase();
}
