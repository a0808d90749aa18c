import type { NewHost } from './new-site.ts';

/** What the groups of a new site get of its machines. */
export interface Shares {
  /** What they are a share of, in words. */
  readonly whole: string;
  readonly student: Share;
  readonly researcher: Share;
}

/** What all members of a group get together, and a container of one of them. Memory in bytes, absent if it is not known. */
export interface Share {
  readonly cpus: number;
  readonly memory?: number;
  readonly container: { readonly cpus: number; readonly memory?: number; readonly gpus: number };
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** Less than this is taken for a mistake: rule `memory-floor`. */
const LEAST_MEMORY = 256 * MIB;

/**
 * Divides the smallest machine, since the same limits hold on all of them. CPUs that nobody uses are lent by the kernel, so
 * researchers may have all of them; memory cannot be taken back, so a part of it stays with nobody.
 */
export function sharesOf(hosts: readonly [NewHost, ...NewHost[]]): Shares {
  const cpus = Math.min(...hosts.map((host) => host.cpus));
  const gpus = Math.max(...hosts.map((host) => host.gpus));
  const sizes = hosts.map(({ memory = Number.NaN }) => memory);
  // One that nobody knows could be the smallest.
  const memory = Math.min(...sizes);
  return {
    whole: hosts.length === 1 ? hosts[0].name : 'the smallest host',
    student: share(cpus / 8, memory / 8, Math.min(gpus, 1)),
    researcher: share(cpus, (memory * 3) / 4, Math.ceil(gpus / 2)),
  };
}

function share(cpus: number, memory: number, gpus: number): Share {
  const container = { cpus: whole(cpus / 2), gpus };
  if (Number.isNaN(memory)) return { cpus: whole(cpus), container };
  return { cpus: whole(cpus), memory: readable(memory), container: { ...container, memory: readable(memory / 2) } };
}

function whole(cpus: number): number {
  return Math.max(1, Math.floor(cpus));
}

// A number that people write.
function readable(bytes: number): number {
  const unit = bytes < GIB ? MIB : GIB;
  return Math.max(LEAST_MEMORY, Math.floor(bytes / unit) * unit);
}
