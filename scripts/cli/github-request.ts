import { readHead } from '../host/github-git.ts';
import { HostFailure, HostRefusal, messageOf } from '../host/host-failure.ts';
import { readWorkflowRun, readWorkflowToken, type WorkflowRun } from '../host/workflow-run.ts';
import { requestDone, requestOrigin, requestProblems, requestRefused } from '../report/github-request.ts';
import { plain } from '../report/paint.ts';
import { type AccessRequest, readAccessRequest } from '../review/access-request.ts';
import { type Ask, askFor } from './ask-github.ts';
import { EXIT } from './exit-code.ts';
import { openFromHere } from './github-open.ts';
import type { StepAnswer, StepCall } from './github-step.ts';
import { at, numberAt, textAt } from './github-values.ts';
import { propose } from './propose.ts';
import { proposeGrant } from './propose-grant.ts';
import { UsageError } from './usage-error.ts';

/** Who may triage issues may put it on; nobody else can. */
const LABEL = 'approved';

/**
 * Turns an issue that somebody has approved into the pull request of a grant. What the issue says is what it said when the
 * label was put on: a later edit does not get here. Whatever stands in the way is said at the issue, too. Throws
 * HostRefusal and HostFailure.
 */
export async function grantRequest(call: StepCall): Promise<StepAnswer> {
  const run = readWorkflowRun();
  const { payload } = run;
  const issue = numberAt(payload, 'issue.number');
  if (at(payload, 'label.name') !== LABEL || at(payload, 'issue.state') !== 'open') {
    return { exitCode: EXIT.done, log: `issue ${issue} is not open and ${LABEL}: nothing was done\n` };
  }
  const token = readWorkflowToken();
  const ask = askFor(run, token);
  const say = (body: string) => ask('write the comment', 'POST', `/issues/${issue}/comments`, { body });
  const reading = readAccessRequest(bodyOf(payload));
  if (reading.kind === 'problems') {
    await say(requestProblems(reading.problems));
    return { exitCode: EXIT.refused, log: `issue ${issue} does not say what to grant: its comment says why\n` };
  }
  try {
    const { answer, number } = await grant(call, run, { ask, token, request: reading.request });
    const { exitCode, stdout = '', stderr = '' } = answer;
    await say(number === undefined ? requestRefused(stderr, run.page) : requestDone(number));
    return { exitCode, log: `${stdout}${stderr}` };
  } catch (error) {
    await say(requestRefused(messageOf(error), run.page)).catch((other: unknown) => {
      throw new HostFailure('say why', 'untouched', `${messageOf(other)}; and before that, ${messageOf(error)}`);
    });
    throw error;
  }
}

function bodyOf(payload: unknown): string {
  const body = at(payload, 'issue.body');
  return typeof body === 'string' ? body : '';
}

interface Order {
  readonly ask: Ask;
  readonly token: string;
  readonly request: AccessRequest;
}

async function grant({ policy, now }: StepCall, run: WorkflowRun, { ask, token, request }: Order) {
  const { payload } = run;
  const author = textAt(payload, 'issue.user.login', 'login');
  const approver = textAt(payload, 'sender.login', 'login');
  if (author.toLowerCase() === approver.toLowerCase()) {
    throw new HostRefusal('whoever asks cannot approve it: somebody else has to put the label on');
  }
  // Some label by what an issue says, and anybody can say anything in one.
  if (at(payload, 'sender.type') !== 'User') {
    throw new HostRefusal('a program cannot approve it: somebody has to put the label on');
  }
  const { account, others, group, until, reason } = request;
  const more = others.length === 0 ? undefined : others.join(',');
  const wish = { account, group, until, reason, others: more, from: undefined, github: undefined };
  const options = { policy, 'no-commit': false, 'no-push': true, acknowledge: false, yes: true };
  const { branch: base } = await readHead();
  const answer = await propose({ verb: 'grant', options, now, paint: plain }, (current, talk) => {
    return proposeGrant(current, wish, talk);
  }).catch((error: unknown) => {
    // There is no command line here whose help would say more.
    throw error instanceof UsageError ? new HostRefusal(error.message) : error;
  });
  if (answer.exitCode !== EXIT.done) return { answer };
  const issue = numberAt(payload, 'issue.number');
  const number = await openFromHere(ask, run, token, { base, more: requestOrigin(issue, author, approver) });
  return { answer, number };
}
