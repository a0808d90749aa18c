/** Texts of the files of one cgroup, by name, as in `cpu.stat`. */
export type CgroupFileTexts = ReadonlyMap<string, string>;

/** How often the CPU quota held programs up, since the cgroup began to run. */
export interface Throttling {
  /** Periods in which anything ran, and those of them in which it had to wait. */
  readonly periods: number;
  readonly throttled: number;
  /** For how long, added up over all CPUs. */
  readonly seconds: number;
}

/** A number that the kernel counts, from a file such as `cpu.stat`. */
export function counter(stat: string, name: string): number | undefined {
  const [, number] = new RegExp(`^${name} ([0-9]{1,20})$`, 'm').exec(stat) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** The number in a file of a cgroup; absent where the file is not there, and where it says `max`. */
export function amount(files: CgroupFileTexts, file: string): number | undefined {
  const text = files.get(file);
  return text !== undefined && /^[0-9]{1,20}$/.test(text) ? Number(text) : undefined;
}

/** Memory in use, in bytes, with what the kernel could give back, such as cached files. */
export function usedMemory(files: CgroupFileTexts): number | undefined {
  return amount(files, 'memory.current') ?? amount(files, 'memory.usage_in_bytes');
}

/** Memory in use that the kernel cannot give back at once, in bytes. */
export function heldMemory(files: CgroupFileTexts): number | undefined {
  const all = usedMemory(files);
  const stat = files.get('memory.stat') ?? '';
  // memory.stat counts what is in shared memory as file pages, too, and that cannot be given back. On cgroup v1 the names
  // without `total_` do not count what is below.
  const [cache, shared] = [
    counter(stat, 'total_cache') ?? counter(stat, 'file'),
    counter(stat, 'total_shmem') ?? counter(stat, 'shmem'),
  ];
  return all === undefined ? undefined : Math.max(0, all - (cache ?? 0) + (shared ?? 0));
}

/** Seconds of CPU that a cgroup has used since it began to run. */
export function cpuSeconds(files: CgroupFileTexts): number | undefined {
  const microseconds = counter(files.get('cpu.stat') ?? '', 'usage_usec');
  const nanoseconds = amount(files, 'cpuacct.usage');
  if (microseconds !== undefined) return microseconds / 1e6;
  return nanoseconds === undefined ? undefined : nanoseconds / 1e9;
}

/** What the CPU quota did; absent where the kernel does not count it. In microseconds on cgroup v2, in nanoseconds on v1. */
export function throttlingOf(files: CgroupFileTexts): Throttling | undefined {
  const stat = files.get('cpu.stat') ?? '';
  const [periods, throttled] = [counter(stat, 'nr_periods'), counter(stat, 'nr_throttled')];
  const [micro, nano] = [counter(stat, 'throttled_usec'), counter(stat, 'throttled_time')];
  const seconds = micro === undefined ? nano && nano / 1e9 : micro / 1e6;
  if (periods === undefined || throttled === undefined || seconds === undefined) return undefined;
  return { periods, throttled, seconds };
}
