import type { Place } from '../policy/policy.ts';
import type { Case } from './case.ts';

/** One thing to look at, for everybody's work, someone's, or the machine. Its id is its file name. */
export interface Check {
  readonly id: string;
  /** What is looked at, as in `CPU quota`. */
  readonly title: string;
  /** `work`: about the cgroups in question; `machine`: only asked where no account or container is. */
  readonly about: 'work' | 'machine';
  examine(found: Case): Checked;
}

/** What a check says. */
export interface Checked {
  /** Empty: nothing is wrong, as far as could be seen. */
  readonly causes: readonly Cause[];
  /** What was seen, in a few words, as in `no quota held anything up in 5 s`; read where there is no cause. */
  readonly saw: string;
  /** What is good to know, and no reason for slow work. */
  readonly notes?: readonly string[];
  /** What could not be looked at, why, and what would help. A check without causes and with one of these cannot tell. */
  readonly unknown?: readonly Unknown[];
}

/** Something that could not be looked at. */
export interface Unknown {
  readonly why: string;
  /** As in `root sees it`. */
  readonly wayOut?: string;
}

/** One reason why work is slow or fails, or will. */
export interface Cause {
  /**
   * How likely it is what somebody complains about, 0 to 100. From 90: work fails now, refused or killed. From 70: a limit
   * holds it up most of the time. From 50: a limit holds it up at times. From 30: others or the hardware hold it up. From
   * 10: set up in a way that is likely to do so. Below: the machine is not as policy says.
   */
  readonly weight: number;
  /** Which cgroup, container, account or file it is about, as in `ds01-student.slice`. */
  readonly subject: string;
  /** One sentence: lower case, no full stop. */
  readonly message: string;
  /** What it was read from. At least one. */
  readonly evidence: readonly Evidence[];
  /** The limit that did it. */
  readonly limit?: CausingLimit;
  /** The smallest change of policy, or the command, that would help. */
  readonly wayOut: string;
}

/** A figure, and the file or program that said it. */
export interface Evidence {
  /** As in `/sys/fs/cgroup/ds01.slice/cpu.stat`, `docker inspect`. */
  readonly source: string;
  /** As in `nr_throttled +48 of nr_periods +50 in 5.0 s`. */
  readonly figure: string;
}

/** A limit, and who said it. */
export interface CausingLimit {
  /** As in `CPUQuota`. */
  readonly key: string;
  /** As in `1600%`. */
  readonly value: string;
  /** Who says so, in words: `policy`, or a file, a container's own options, systemd's default. */
  readonly origin: string;
  /** The line of policy about this limit. */
  readonly place?: Place;
}
