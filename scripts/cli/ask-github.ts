import { askGithub, type GithubRequest } from '../host/github-api.ts';
import { HostFailure } from '../host/host-failure.ts';
import type { WorkflowRun } from '../host/workflow-run.ts';

/** Milliseconds, and bytes: a page of comments can be long. */
const LIMITS = { patience: 30_000, longest: 16 * 1024 * 1024 };

/** Asks for something of the repository of a run, and gives the JSON that is answered. Throws HostFailure. */
export type Ask = (step: string, method: GithubRequest['method'], path: string, body?: unknown) => Promise<unknown>;

/** How a run asks GitHub, with its token. */
export function askFor({ api, repository }: WorkflowRun, token: string): Ask {
  return async (step, method, path, body) => {
    const request = { method, path: `/repos/${repository}${path}`, body, expected: [200, 201, 204] };
    const answer = await askGithub({ api, token }, request, LIMITS);
    if (answer.kind === 'failed') throw new HostFailure(step, 'untouched', answer.why);
    if (answer.text === '') return undefined;
    try {
      return JSON.parse(answer.text);
    } catch {
      throw new HostFailure(step, 'untouched', `what ${api} says is not JSON`);
    }
  };
}

const PAGE = 50;

/** All items of a list, page after page. Throws HostFailure. */
export async function askForAll(ask: Ask, step: string, path: string): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  for (let page = 1; ; page++) {
    const separator = path.includes('?') ? '&' : '?';
    const more = await ask(step, 'GET', `${path}${separator}per_page=${PAGE}&page=${page}`);
    if (!Array.isArray(more)) throw new HostFailure(step, 'untouched', 'what GitHub says is not a list');
    items.push(...more);
    if (more.length < PAGE) return items;
  }
}
