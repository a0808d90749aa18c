/** What an exit code means, the same for every verb. 64, 70 and 75 are those of sysexits(3). */
export const EXIT = {
  done: 0,
  policyErrors: 1,
  differs: 2,
  refused: 3,
  restored: 4,
  broken: 5,
  usage: 64,
  bug: 70,
  locked: 75,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
