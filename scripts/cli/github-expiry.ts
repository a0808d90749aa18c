import { readHead } from '../host/github-git.ts';
import { readWorkflowRun, readWorkflowToken } from '../host/workflow-run.ts';
import { plain } from '../report/paint.ts';
import { askFor, askForAll } from './ask-github.ts';
import { EXIT } from './exit-code.ts';
import { openFromHere } from './github-open.ts';
import type { StepAnswer, StepCall } from './github-step.ts';
import { at } from './github-values.ts';
import { propose } from './propose.ts';
import { proposeExpiry } from './propose-revocation.ts';

/** Where branches of this step are. */
const BRANCHES = 'expiry/';

/**
 * Opens a pull request that takes out what has ended; none while an earlier one is open. Nothing depends on it: a grant
 * ends by its date. Throws HostRefusal and HostFailure.
 */
export async function proposeExpired({ policy, now }: StepCall): Promise<StepAnswer> {
  const run = readWorkflowRun();
  const token = readWorkflowToken();
  const ask = askFor(run, token);
  const open = await askForAll(ask, 'read the open pull requests', '/pulls?state=open');
  const earlier = open.find((one) => isOwn(one, run.repository));
  if (earlier !== undefined) {
    return { exitCode: EXIT.done, log: `pull request ${at(earlier, 'number')} is still open: nothing was done\n` };
  }
  const before = await readHead();
  const options = { policy, 'no-commit': false, 'no-push': true, acknowledge: false, yes: true };
  const answer = await propose({ verb: 'revoke', options, now, paint: plain }, proposeExpiry);
  const { exitCode, stdout = '', stderr = '' } = answer;
  const isMade = exitCode === EXIT.done && (await readHead()).branch !== before.branch;
  if (!isMade) return { exitCode, log: `${stderr}${stdout}` };
  const more = 'Whoever had these grants has lost them already, on the day after the last one. This tidies up.';
  const number = await openFromHere(ask, run, token, { base: before.branch, more });
  return { exitCode, log: `${stdout}\nopened pull request ${number}\n` };
}

function isOwn(pullRequest: unknown, repository: string): boolean {
  if (at(pullRequest, 'head.repo.full_name') !== repository) return false;
  // Other branches can be called as they want.
  const branch = at(pullRequest, 'head.ref');
  return typeof branch === 'string' && branch.startsWith(BRANCHES);
}
