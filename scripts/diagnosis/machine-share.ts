import type { Case } from './case.ts';
import { idleCores } from './idle-cores.ts';

/** What work uses: CPUs, and bytes of memory where the kernel counts them. */
export interface WorkUse {
  readonly cores: number;
  readonly memory?: number;
}

/** The share of the machine, 0 to 1, that work uses: of its CPUs or of its memory, whichever is more. */
export function shareOfMachine({ cores, memory = 0 }: WorkUse, { machine }: Pick<Case, 'machine'>): number {
  return Math.min(1, Math.max(cores / machine.cpus, memory / (machine.memory ?? Number.POSITIVE_INFINITY)));
}

/** The weight of work that no limit holds for: from half of the machine on, the others most likely feel it. */
export function weightOfUnlimited(use: WorkUse, found: Pick<Case, 'machine'>): number {
  return 15 + Math.round(45 * Math.min(1, shareOfMachine(use, found) / 0.5));
}

/** Whether others get less because of it: a good part of a machine that has hardly any CPU left, or of its memory. */
export function isFeltByOthers(use: WorkUse, found: Pick<Case, 'all' | 'programs' | 'machine'>): boolean {
  const { cpus, memory = Number.POSITIVE_INFINITY } = found.machine;
  const isCrowded = (idleCores(found) ?? 0) < 0.1 * cpus;
  return (isCrowded && use.cores >= 0.1 * cpus) || (use.memory ?? 0) >= 0.25 * memory;
}
