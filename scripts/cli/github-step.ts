import { logText } from '../report/github-log.ts';
import type { Answer } from './command.ts';
import type { ExitCode } from './exit-code.ts';

/** What a step of a workflow is given besides its surroundings. */
export interface StepCall {
  readonly policy: string;
  readonly now: Date;
}

/** What a step of a workflow answers. */
export interface StepAnswer {
  readonly exitCode: ExitCode;
  /** Commands to the runner, each on a line of its own; all that comes from outside is escaped in them. */
  readonly commands?: string;
  /** What was done, in lines. */
  readonly log: string;
}

/** A step of a workflow. Throws UsageError, HostRefusal and HostFailure. */
export type Step = (call: StepCall) => Promise<StepAnswer>;

/** Takes a step. Whatever it says, the runner finds no command in it but those that are meant; neither in an error. */
export async function takeStep(step: Step, call: StepCall): Promise<Answer> {
  try {
    const { exitCode, commands = '', log } = await step(call);
    return { exitCode, stdout: `${commands}${logText(log)}` };
  } catch (error) {
    if (error instanceof Error) {
      error.message = logText(error.message);
      if (error.stack !== undefined) error.stack = logText(error.stack);
    }
    throw error;
  }
}
