import { createInterface } from 'node:readline/promises';
import { UsageError } from './usage-error.ts';

/**
 * Shows what would be done and asks whether to do it. Nothing but `y` or `yes` is a yes, and neither is an end of the
 * input. Throws UsageError where nobody can be asked.
 */
export async function ask(shown: string, question: string, verb: string): Promise<boolean> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) {
    stderr.write(shown);
    throw new UsageError('there is no terminal to ask on: look at what would be done, and say --yes', verb);
  }
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const answer = await Promise.race([lines.question(`${shown}\n${question} [y/N] `), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
