import type { Told } from './told.ts';

/** What was seen of a machine in two looks some seconds apart: texts of the kernel and of programs, not yet understood. */
export interface Sighting {
  readonly before: Look;
  readonly after: Look;
  readonly machine: MachineTexts;
  readonly programs: ProgramTexts;
}

/** One look at the kernel. */
export interface Look {
  /** Milliseconds of a clock that only goes forward. */
  readonly at: number;
  /** `v1` also for hybrid hosts: their controllers are those of v1. */
  readonly version: 'v1' | 'v2';
  /** All cgroups of the machine, each before those in it; of those in a service or scope only the names of processes count. */
  readonly cgroups: readonly CgroupTexts[];
  /** All processes that may be seen. */
  readonly processes: readonly Process[];
  /**
   * Files below /proc by path, as in `pressure/cpu`, `diskstats`, `meminfo`, `sys/kernel/pid_max`, without the newline at the
   * end; one that is not there is absent.
   */
  readonly proc: ReadonlyMap<string, string>;
}

/** One cgroup with the texts of its files. */
export interface CgroupTexts {
  /** From the top of the hierarchy, as in `/ds01.slice/ds01-student.slice`; `/` is the top itself. */
  readonly path: string;
  /** By name, as in `cpu.stat`, without the newline at the end; for v1 all controllers together. */
  readonly files: ReadonlyMap<string, string>;
}

/** One process. */
export interface Process {
  readonly pid: number;
  /** Its real owner. */
  readonly uid: number;
  /** As the kernel calls it, 15 characters at most: proc(5), /proc/pid/comm. */
  readonly name: string;
  /** The path of its cgroup: of v2, or of systemd's own hierarchy. */
  readonly cgroup: string;
  /** Seconds of CPU that it has used since it began. */
  readonly cpuSeconds: number;
  /** Whether the device of an NVIDIA driver is in its file system; absent where that may not be looked at. */
  readonly seesGpu?: boolean;
}

/** What does not change while somebody looks. */
export interface MachineTexts {
  /** CPUs that are online. */
  readonly cpus: number;
  /** Whether root is asking: others see less. */
  readonly asRoot: boolean;
  /** Names of block devices by number, as in `8:0` and `sda`. */
  readonly devices: ReadonlyMap<string, string>;
  /** Names below /dev of NVIDIA's devices, as in `nvidia0`. */
  readonly nvidiaDevices: readonly string[];
}

/** What programs printed, or why they did not. */
export interface ProgramTexts {
  /** `systemctl --version`. */
  readonly systemctl: Told<string>;
  /** `docker ps` and `docker inspect`: a JSON array of containers that run. */
  readonly containers: Told<string>;
  /** `docker info --format '{{json .}}'`. */
  readonly dockerInfo: Told<string>;
  /** /etc/docker/daemon.json. */
  readonly dockerConfig: Told<string>;
  /** `nvidia-smi --query-gpu=…` and `--query-compute-apps=…`, both as CSV without header and units. */
  readonly gpus: Told<{ readonly gpus: string; readonly processes: string }>;
  /** `getent passwd` of all accounts of policy, and of all owners of processes: passwd(5) lines. */
  readonly passwd: Told<string>;
  /** `journalctl --dmesg --boot --output=json`: the kernel's own messages, one JSON object on each line. */
  readonly kernelLog: Told<string>;
  /** `timedatectl show`: lines of `Name=value`. */
  readonly clock: Told<string>;
  /** `systemctl show` of the timer and the services of ds01-policy. */
  readonly services: Told<string>;
}
