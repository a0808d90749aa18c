import type { CommitName, Instant } from './record.ts';

/** Where the newest run says how it went, relative to the root: in memory, so that it can be written when no disk can. */
export const RUN_REPORT_FILE = 'run/ds01-policy/last-run.json';

/** How the newest run of the timer went, whatever became of it. */
export interface RunReport {
  readonly version: 1;
  readonly at: Instant;
  readonly seconds: number;
  readonly exitCode: number;
  /** One sentence. */
  readonly outcome: string;
  /** The newest commit that came, trusted or not. */
  readonly newest?: CommitName;
  /** When a run last ended with exit code 0. */
  readonly succeededAt?: Instant;
  /** When a run last found the newest trusted commit in force, and everything as it says. */
  readonly verifiedAt?: Instant;
  /** Host faults in a row, when the next try is due, and what failed last. */
  readonly backoff?: { readonly failures: number; readonly until: Instant; readonly why?: string };
}
