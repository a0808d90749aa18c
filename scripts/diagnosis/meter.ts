/** What a cgroup is. `work` is a service or scope that is no container; `outside` is anything that no slice of the site is around. */
export type Level = 'site' | 'group' | 'account' | 'container' | 'work' | 'outside';

/**
 * One cgroup that runs: what the kernel lets it use, and what it did between two looks. What the kernel does not say is
 * absent; a limit that is absent is not set here.
 */
export interface Meter {
  /** From the top of the hierarchy, as in `/ds01.slice/ds01-student.slice`. */
  readonly path: string;
  /** As systemd calls it, as in `ds01-student.slice`. */
  readonly name: string;
  readonly level: Level;
  /** Of a container: its id. Containers outside of the site are `outside`, and have one, too. */
  readonly container?: string;
  readonly cpu?: CpuMeter;
  readonly tasks?: TasksMeter;
  readonly memory?: MemoryMeter;
  /** Absent without PSI: the kernel was built or started without, or has cgroup v1. */
  readonly pressure?: PressureMeter;
  /** One for each disk that was used or has a limit. */
  readonly disks: readonly DiskMeter[];
}

/** Use of CPUs. */
export interface CpuMeter {
  /** CPUs in use on average, as in 15.7. */
  readonly cores: number;
  /** CPUs that the quota grants. */
  readonly quota?: number;
  /** What the quota did: cpu.stat. */
  readonly throttling?: Throttled;
}

/** Periods of a quota, in the window: those in which anything ran, and those in which something had to wait for the next. */
export interface Throttled {
  readonly periods: number;
  readonly throttled: number;
  /** For how long, added up over all CPUs. */
  readonly seconds: number;
}

/** Processes and threads. */
export interface TasksMeter {
  readonly current: number;
  readonly max?: number;
  /** The most there were since the cgroup began: Linux 6.1 and newer. */
  readonly peak?: number;
  /**
   * How often a fork was refused: in the window, and since the cgroup began. Up to Linux 6.10 to programs directly in this
   * cgroup, whoever's limit it was; since 6.11 because of its own limit, or that of one below (Control Group v2, pids.events).
   */
  readonly refused?: number;
  readonly refusedEver?: number;
}

/** Memory, in bytes. */
export interface MemoryMeter {
  /** With what the kernel can give back at once, such as cached files. */
  readonly current: number;
  /** Without it. */
  readonly held: number;
  readonly max?: number;
  readonly high?: number;
  readonly swapMax?: number;
  /** memory.events in the window, and since the cgroup began: those of cgroups below count, too. */
  readonly events?: MemoryEvents;
  readonly eventsEver?: MemoryEvents;
}

/** How often a limit was reached, and what came of it: Control Group v2, memory.events. */
export interface MemoryEvents {
  /** Held up because of memory.high. */
  readonly high: number;
  /** About to go over memory.max. */
  readonly max: number;
  /** Processes that were killed. */
  readonly kills: number;
}

/** The share of the window, 0 to 1, in which programs waited: the kernel's PSI (accounting/psi). */
export interface PressureMeter {
  readonly cpu?: Waiting;
  readonly memory?: Waiting;
  readonly io?: Waiting;
}

/** `some`: at least one program waited; `full`: all of them did. */
export interface Waiting {
  readonly some: number;
  readonly full: number;
}

/** Use of one disk, in bytes per second. */
export interface DiskMeter {
  /** Its number, as in `8:0`. */
  readonly device: string;
  readonly read: number;
  readonly write: number;
  readonly readMax?: number;
  readonly writeMax?: number;
}
