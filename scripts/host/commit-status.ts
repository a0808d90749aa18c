import type { CommitStatus } from '../follow/commit-status.ts';
import { askGithub, type GithubAnswer } from './github-api.ts';

/** Where statuses go. */
export interface StatusTarget {
  /** Base URL of the GitHub API, without a slash at its end: https, or http on this machine. */
  readonly api: string;
  /** `owner/name`. */
  readonly repository: string;
  /** A secret: it is in no result and no message. */
  readonly token: string;
  /** What tells statuses of several hosts apart: `ds01-policy/<host>`. */
  readonly context: string;
  /** A page with more about it. */
  readonly targetUrl?: string;
}

/** What became of a status. */
export type Posted = { readonly kind: 'posted' } | Extract<GithubAnswer, { readonly kind: 'failed' }>;

/** Milliseconds. */
const PATIENCE = 10_000;
/** GitHub takes no more characters. */
const LONGEST = 140;
/** Bytes of an answer that are read, at most. */
const ANSWER = 4096;

/**
 * Posts one commit status (docs.github.com, REST API, "Create a commit status"). Never throws: nothing that is applied may
 * depend on it. `patience` is in milliseconds, for the whole answer.
 */
export async function postCommitStatus(
  { api, repository, token, context, targetUrl }: StatusTarget,
  { commit, state, description }: CommitStatus,
  patience = PATIENCE,
): Promise<Posted> {
  const path = `/repos/${repository}/statuses/${commit}`;
  const body = {
    state,
    description: cut(description),
    context,
    ...(targetUrl !== undefined && { target_url: targetUrl }),
  };
  const request = { method: 'POST', path, body, expected: [201] } as const;
  const answer = await askGithub({ api, token }, request, { patience, longest: ANSWER });
  return answer.kind === 'done' ? { kind: 'posted' } : answer;
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join('')}…`;
}
