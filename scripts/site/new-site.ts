import type { Day } from '../policy/calendar.ts';

/** A machine that is to follow the policy. */
export interface NewHost {
  readonly name: string;
  readonly cpus: number;
  readonly gpus: number;
  /** Bytes. Absent if nobody has said. */
  readonly memory?: number;
}

/** What a policy repository is begun with; each value has passed its grammar. */
export interface NewSite {
  /** The prefix of all slices. */
  readonly name: string;
  /** The domain that accounts are written with. */
  readonly domain: string;
  readonly hosts: readonly [NewHost, ...NewHost[]];
  /** The first administrator: `name@domain`. */
  readonly admin: string;
  /** A name of the IANA time zone database. */
  readonly timeZone: string;
  /** Who approves changes of policy, and of all the rest: `@organisation/team` or `@login`. */
  readonly leads: string;
  readonly admins: string;
  /** Where npm finds the tool: npm-install(1). */
  readonly tool: string;
  readonly today: Day;
}
