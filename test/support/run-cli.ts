import { execa } from 'execa';
import { REPOSITORY } from './repository.ts';

/** What a run of the program did. */
export interface Run {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as a process, as `npm run -s ds01-policy -- …` does, without a terminal and without colours. */
export async function runCli(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Run> {
  const { exitCode, stdout, stderr } = await execa(
    'node',
    [`${REPOSITORY}/scripts/run.mjs`, 'scripts/cli.ts', ...args],
    {
      cwd: options.cwd ?? REPOSITORY,
      env: { NO_COLOR: '1', ...options.env },
      reject: false,
      stripFinalNewline: false,
      timeout: 60_000,
    },
  );
  return { exitCode, stdout, stderr };
}
