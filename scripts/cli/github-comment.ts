import { postCommitStatus } from '../host/commit-status.ts';
import { fetchPullRequest } from '../host/github-git.ts';
import { HostFailure, HostRefusal } from '../host/host-failure.ts';
import { readJobFile, readWorkflowRun, readWorkflowToken, type WorkflowRun } from '../host/workflow-run.ts';
import { summaryLine } from '../report/findings.ts';
import { COMMENT_MARK, commentText } from '../report/github-comment.ts';
import { plain } from '../report/paint.ts';
import { type Ask, askFor, askForAll } from './ask-github.ts';
import { EXIT } from './exit-code.ts';
import { judge, shownVerdict, type Verdict } from './github-judge.ts';
import type { StepAnswer, StepCall } from './github-step.ts';
import { at, numberAt, textAt } from './github-values.ts';
import { labelFor } from './shared-options.ts';

/** What the check has left: the number of the pull request is all that is taken from it. */
const NUMBER_FILE = 'ds01-policy-review/pull-request.json';

/** The check that is made by the code of the base branch; .github/SECURITY.md says who else can use its name. */
const STATUS = 'ds01-policy/review';

/** A pull request that is there as the check has seen it. */
interface PullRequest {
  readonly number: number;
  /** Its newest commit. */
  readonly head: string;
  readonly author: string;
}

/**
 * Says at a pull request what it does, in one comment that is written anew each time, and as a commit status. The run that
 * this follows belongs to the pull request, and nothing that it says is believed: the change is read from git's objects and
 * judged by the code that is checked out here. Throws HostRefusal and HostFailure.
 */
export async function commentOnChange(call: StepCall): Promise<StepAnswer> {
  const run = readWorkflowRun();
  const token = readWorkflowToken();
  const ask = askFor(run, token);
  const number = numberIn(readJobFile(run, NUMBER_FILE));
  if (number === undefined) return nothingToDo('the check was not about a pull request, or did not come that far');
  const found = await findPullRequest(ask, run, number);
  if (typeof found === 'string') return nothingToDo(found);
  if ((await fetchPullRequest({ server: run.server, token }, number)) !== found.head) return nothingToDo(MOVED_ON);
  const scope = { base: 'HEAD', head: found.head, authors: [found.author], isProposal: true };
  const verdict = await judge(call, scope);
  // Reading takes a while; the run for what came meanwhile has begun, and may be done.
  const again = await findPullRequest(ask, run, number);
  if (typeof again === 'string') return nothingToDo(again);
  const page = `${run.server}/${run.repository}/actions/runs/${numberAt(run.payload, 'workflow_run.id')}`;
  const body = commentText({ ...shownVerdict(verdict, labelFor(call.policy)), commit: found.head, page });
  const done = await putComment(ask, number, body, verdict.change.policyFiles.length > 0);
  // Last: where it is green, the comment is there.
  await postStatus(run, token, found, verdict);
  return { exitCode: EXIT.done, log: `pull request ${number}: ${done}\n` };
}

const MOVED_ON = 'the pull request has moved on: the run for its newest commit does this';

function nothingToDo(why: string): StepAnswer {
  return { exitCode: EXIT.done, log: `nothing was done: ${why}\n` };
}

function numberIn(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return numberAt(JSON.parse(text), 'number');
  } catch {
    // The run of a pull request can leave there what it wants.
    throw new HostRefusal('pull-request.json of the artefact has no number of a pull request');
  }
}

/** Asks for a pull request; a text says why there is nothing to say at it. */
async function findPullRequest(ask: Ask, { payload, repository }: WorkflowRun, number: number) {
  const branch = textAt(payload, 'repository.default_branch', 'branch');
  const checked = textAt(payload, 'workflow_run.head_sha', 'commit');
  const answer = await ask(`read pull request ${number}`, 'GET', `/pulls/${number}`);
  if (at(answer, 'state') !== 'open') return 'the pull request is not open any more';
  if (at(answer, 'base.repo.full_name') !== repository || at(answer, 'base.ref') !== branch) {
    return `the pull request is not for ${branch} of ${repository}`;
  }
  const head = textAt(answer, 'head.sha', 'commit');
  if (head !== checked) return MOVED_ON;
  const author = textAt(answer, 'user.login', 'login');
  return { number: numberAt(answer, 'number'), head, author } satisfies PullRequest;
}

async function postStatus(
  { api, repository }: WorkflowRun,
  token: string,
  { head }: PullRequest,
  { findings }: Verdict,
): Promise<void> {
  const isWrong = findings.some(({ severity }) => severity === 'error');
  const status = {
    commit: head,
    state: isWrong ? 'failure' : 'success',
    description: summaryLine(findings, plain),
  } as const;
  const target = { api, repository, token, context: STATUS };
  const posted = await postCommitStatus(target, status);
  if (posted.kind === 'failed') throw new HostFailure('post the commit status', 'untouched', posted.why);
}

/** Writes the one comment; a pull request that has none gets one only if there is something to say. */
async function putComment(ask: Ask, number: number, body: string, isNew: boolean): Promise<string> {
  const comments = await askForAll(ask, 'read the comments', `/issues/${number}/comments`);
  const own = comments.find((comment) => {
    const text = at(comment, 'body');
    return at(comment, 'user.type') === 'Bot' && typeof text === 'string' && text.startsWith(COMMENT_MARK);
  });
  if (own !== undefined) {
    const path = `/issues/comments/${numberAt(own, 'id')}`;
    await ask('write the comment', 'PATCH', path, { body });
    return 'the comment is written anew';
  }
  if (!isNew) return 'no change of policy, and no comment';
  await ask('write the comment', 'POST', `/issues/${number}/comments`, { body });
  return 'the comment is written';
}
