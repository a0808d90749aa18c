import { execa } from 'execa';
import { messageOf } from './host-failure.ts';

/** What a program printed. */
export interface Printed {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface ProgramOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What it is given to read. */
  readonly input?: Uint8Array;
  /** Whether an exit code other than 0 is an answer, too. */
  readonly anyExit?: boolean;
}

/** The program is not there. */
export class NotInstalled extends Error {
  override readonly name = 'NotInstalled';
}

/** Runs a program to its end, without a shell. Throws with its own words if that fails, and NotInstalled. */
export async function runProgram(
  file: string,
  args: readonly string[],
  { timeout, env = {}, input, anyExit = false }: ProgramOptions,
): Promise<Printed> {
  const read = input === undefined ? ({ stdin: 'ignore' } as const) : { input };
  const result = await execa(file, args, { env, ...read, timeout, reject: false });
  const { exitCode, stdout, stderr, code, timedOut, signal, shortMessage } = result;
  const what = `${file} ${args[0]}`;
  if (code === 'ENOENT') throw new NotInstalled(`${file} is not installed`);
  if (timedOut) throw new Error(`${what} did not end within ${timeout / 1000} s`);
  if (exitCode === undefined) throw new Error(`${what} ended by signal ${signal ?? messageOf(shortMessage)}`);
  if (!anyExit && exitCode !== 0) throw new Error(`${what} exits ${exitCode}: ${stderr.trim() || 'it says nothing'}`);
  return { exitCode, stdout, stderr };
}
