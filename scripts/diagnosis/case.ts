import type { Lag } from '../follow/lag.ts';
import type { Place } from '../policy/policy.ts';
import type { Entitlement, Resolved } from '../policy/resolve.ts';
import type { Plan } from '../units/plan.ts';
import type { Facts } from './facts.ts';
import type { LimitSource } from './limit-source.ts';
import type { Meter, Waiting } from './meter.ts';
import type { Process } from './sighting.ts';

/** All that is known when somebody asks why work is slow: what every check is given. */
export interface Case {
  /** Whose work it is about; absent for the machine. */
  readonly focus?: Focus;
  /** When it was asked, in milliseconds since 1970. */
  readonly now: number;
  /** Seconds between the two looks. */
  readonly window: number;
  /** The cgroups that it is about, each before those in it: of a focus, also all that are around it. */
  readonly meters: readonly Meter[];
  /** All of the site's cgroups, and all containers outside. */
  readonly all: readonly Meter[];
  readonly resolved: Resolved;
  /** The host held against policy: drift, changes to come, files of others. */
  readonly plan: Plan;
  readonly facts: Facts;
  readonly machine: Machine;
  /** All processes that may be seen; what they used in the window. */
  readonly programs: readonly Program[];
  /** Of a host that follows a repository: what stands between it and the newest commit. */
  readonly lags?: readonly Lag[];
  /** Who says a limit that the kernel enforces on a cgroup, by the setting's key, as in `CPUQuota`. */
  sourceOf(meter: Meter, key: string): LimitSource;
  /** The account of policy or of the default group that a slice of the site belongs to; absent for a slice of nobody. */
  accountOf(slice: string): Entitlement | undefined;
  /** How a policy file is called when it is shown, with its line, as in `policy/groups/student.yaml:3`. */
  placeText(place: Place): string;
}

/** Whose work somebody asks about. */
export type Focus =
  | { readonly kind: 'account'; readonly entitlement: Entitlement }
  /** `entitlement` is of the account whose slice it is in; absent for one outside, and for one in a slice of nobody. */
  | { readonly kind: 'container'; readonly id: string; readonly name?: string; readonly entitlement?: Entitlement };

/** The machine as a whole. */
export interface Machine {
  readonly version: 'v1' | 'v2';
  readonly cpus: number;
  /** Bytes. */
  readonly memory?: number;
  /** The most processes and threads that the kernel has: kernel/pid_max and kernel/threads-max, the lower one. */
  readonly tasks?: number;
  readonly asRoot: boolean;
  readonly pressure: { readonly cpu?: Waiting; readonly memory?: Waiting; readonly io?: Waiting };
  readonly disks: readonly Disk[];
  readonly hasGpu: boolean;
  /** Controllers that are there, and those enabled for the children of a cgroup, by path: cgroup.subtree_control. */
  readonly controllers: ReadonlyMap<string, readonly string[]>;
}

/** A disk of the machine. */
export interface Disk {
  /** Its number, as in `8:0`. */
  readonly device: string;
  /** As in `sda`. */
  readonly name: string;
  /** The share of the window, 0 to 1, in which it had something to do: /proc/diskstats. */
  readonly busy: number;
}

/** A process, and the CPUs that it used on average in the window. */
export interface Program extends Process {
  readonly cores: number;
}
