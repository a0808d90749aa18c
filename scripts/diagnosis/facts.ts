import type { Told } from './told.ts';

/** What programs of the machine said, understood. */
export interface Facts {
  /** As in 252. */
  readonly systemd: Told<number>;
  readonly containers: Told<readonly Container[]>;
  readonly docker: Told<Docker>;
  readonly gpus: Told<Gpus>;
  /** Who the machine knows, of the accounts of policy and of the owners of processes. */
  readonly people: Told<readonly Person[]>;
  /** The oldest first; only messages that speak of cgroups. */
  readonly kernelLog: Told<readonly KernelMessage[]>;
  readonly clockSynchronized: Told<boolean>;
  /** State of systemd units by name, as in `ds01-policy.timer`. */
  readonly services: Told<ReadonlyMap<string, ServiceState>>;
}

/** A container that Docker runs. A limit that is absent was not given. */
export interface Container {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** Its first process. */
  readonly pid: number;
  /** `--cpus` or what the quota amounts to, in CPUs. */
  readonly cpus?: number;
  /** `--memory`, bytes. */
  readonly memory?: number;
  /** `--shm-size`, bytes. */
  readonly shmSize?: number;
  /** `--pids-limit`. */
  readonly pidsLimit?: number;
  /** `--cgroup-parent`; empty where none was given. */
  readonly cgroupParent: string;
  /** Whether it was given a GPU: `--gpus`, a device of NVIDIA's, or the runtime with NVIDIA_VISIBLE_DEVICES. */
  readonly asksGpu: boolean;
  /** `--user`. */
  readonly user: string;
  /** Folders of the machine that are in it. */
  readonly mounts: readonly string[];
  readonly labels: ReadonlyMap<string, string>;
}

/** How Docker is set up. */
export interface Docker {
  /** `systemd` or `cgroupfs`. */
  readonly cgroupDriver: string;
  /** `cgroup-parent` of daemon.json; absent where it says none. */
  readonly cgroupParent: Told<string | undefined>;
}

/** GPUs and the programs on them. */
export interface Gpus {
  readonly gpus: readonly Gpu[];
  readonly processes: readonly GpuProcess[];
}

/** One GPU. Percent and bytes; absent where the driver does not say, as with MIG. */
export interface Gpu {
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  readonly utilization?: number;
  readonly memoryUsed?: number;
  readonly memoryTotal?: number;
}

/** A program that computes on a GPU; `memory` in bytes. */
export interface GpuProcess {
  readonly gpu: string;
  readonly pid: number;
  readonly memory?: number;
}

/** A login that the machine knows: passwd(5). */
export interface Person {
  /** As the machine spells it. */
  readonly name: string;
  readonly uid: number;
  readonly home: string;
}

/** One message of the kernel. */
export interface KernelMessage {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly text: string;
}

/** What systemd says of a unit. */
export interface ServiceState {
  readonly loadState: string;
  readonly activeState: string;
  /** As in `success`, `exit-code`. */
  readonly result: string;
}
