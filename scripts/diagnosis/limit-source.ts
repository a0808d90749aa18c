import type { Scope } from '../policy/fields.ts';
import type { Place } from '../policy/policy.ts';

/** Who says a limit that the kernel enforces on a cgroup. */
export interface LimitSource {
  /** Of the setting, as in `CPUQuota`, `IOReadBandwidthMax /dev/sda`. */
  readonly key: string;
  /** Name of the cgroup, as in `ds01-student.slice`. */
  readonly cgroup: string;
  /** As the kernel has it, in systemd's spelling, as in `1600%`, `65536`, `32G`. */
  readonly value: string;
  readonly origin: LimitOrigin;
  /** The unit file that says it; absent where none does. */
  readonly file?: string;
  /** The line of policy about this limit, also where something else has the last word. */
  readonly place?: Place;
  /** What policy says, in systemd's spelling, where that is something else or another one has the last word. */
  readonly policy?: string;
  /** Whose limit it is in policy: the owner and scope that `set-limit` takes. Absent where no policy says any. */
  readonly owner?: { readonly name: string; readonly scope: Scope };
  /**
   * What gives policy the last word: `ds01-policy apply`, or that with `--adopt`, for a file that somebody wrote in the place
   * of one of ours. Absent where policy has it, and where somebody has to take a file away.
   */
  readonly settledBy?: 'apply' | 'adopt';
}

/** `kernel`: no file says it, somebody wrote it; `default`: systemd gives it to every service and scope (systemd-system.conf(5)). */
export type LimitOrigin = 'policy' | 'set-property' | 'file' | 'kernel' | 'container' | 'default';
