/** What a program on the machine did. `exitCode` is null if a signal or the time limit ended it. */
export interface MachineRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine that runs systemd as its first process, on which tests may do everything. */
export interface Machine {
  /** The folder with the program, a policy, and the programs of the suite. */
  readonly home: string;
  /** The node that runs the program. */
  readonly node: string;
  /** Runs a program as root, without a shell, for two minutes at most. */
  run(file: string, args: readonly string[], input?: string): Promise<MachineRun>;
  close(): Promise<void>;
}
