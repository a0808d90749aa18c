import { pushNewBranch, readHead } from '../host/github-git.ts';
import { HostFailure, messageOf } from '../host/host-failure.ts';
import type { WorkflowRun } from '../host/workflow-run.ts';
import { text } from '../report/markdown.ts';
import type { Ask } from './ask-github.ts';
import { numberAt } from './github-values.ts';

/** The workflow with the required check. */
const CHECK = 'validate.yml';

/** What a pull request is for, and what it says besides its commit, as Markdown. */
export interface Opening {
  readonly base: string;
  readonly more: string;
}

/**
 * Pushes the branch that is checked out, opens its pull request, and starts the check: what is made with the token of a
 * workflow starts none by itself. Gives the number. Throws HostFailure.
 */
export async function openFromHere(
  ask: Ask,
  run: WorkflowRun,
  token: string,
  { base, more }: Opening,
): Promise<number> {
  const { branch, title, body } = await readHead();
  await pushNewBranch({ server: run.server, token }, branch);
  // A list of sentences, as the record has it; whatever else begins like an item is none.
  const lines = body.split('\n').map((line) => (line.startsWith('- ') ? `- ${text(line.slice(2))}` : text(line)));
  const request = { title, head: branch, base, body: [...lines, '', more].join('\n') };
  const number = numberAt(await open(ask, run, request), 'number');
  await startCheck(ask, branch, number);
  return number;
}

async function startCheck(ask: Ask, branch: string, number: number): Promise<void> {
  const step = 'start the check of the pull request';
  const body = { ref: branch, inputs: { 'pull-request': String(number) } };
  await ask(step, 'POST', `/actions/workflows/${CHECK}/dispatches`, body).catch((error: unknown) => {
    const hint = `pull request ${number} is open: start ${CHECK} for ${branch} on the page Actions`;
    throw new HostFailure(step, 'untouched', reasonOf(error, step), hint);
  });
}

interface Request {
  readonly title: string;
  readonly head: string;
  readonly base: string;
  readonly body: string;
}

async function open(ask: Ask, { server, repository }: WorkflowRun, request: Request): Promise<unknown> {
  const step = 'open the pull request';
  try {
    return await ask(step, 'POST', '/pulls', request);
  } catch (error) {
    const page = `${server}/${repository}/compare/${request.base}...${request.head}?expand=1`;
    const setting = 'Settings, Actions, General: "Allow GitHub Actions to create and approve pull requests"';
    const hint = `branch ${request.head} is pushed, and ${page} opens it; where GitHub says it is not permitted: ${setting}`;
    throw new HostFailure(step, 'untouched', reasonOf(error, step), hint);
  }
}

function reasonOf(error: unknown, step: string): string {
  return messageOf(error).replace(`${step}: `, '');
}
