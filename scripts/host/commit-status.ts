import type { CommitStatus } from '../follow/commit-status.ts';
import { messageOf } from './host-failure.ts';

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

/**
 * What became of a request. `why` may have words of the server in it; `status` is the code of HTTP, absent if there was no
 * answer; `retryAfter` is in seconds, where the server asks for patience.
 */
export type Posted =
  | { readonly kind: 'posted' }
  | { readonly kind: 'failed'; readonly why: string; readonly status?: number; readonly retryAfter?: number };

/** Milliseconds. */
const PATIENCE = 10_000;
/** GitHub takes no more characters. */
const LONGEST = 140;
/** Bytes of an answer that are read, at most. */
const ANSWER = 4096;

/**
 * Posts one commit status (docs.github.com, REST API, "Create a commit status"). Follows no redirection: the token is for
 * one server. Never throws: nothing that is applied may depend on it. `patience` is in milliseconds, for the whole answer.
 */
export async function postCommitStatus(
  { api, repository, token, context, targetUrl }: StatusTarget,
  { commit, state, description }: CommitStatus,
  patience = PATIENCE,
): Promise<Posted> {
  const refusal = refusalOf(api, token);
  if (refusal !== undefined) return { kind: 'failed', why: refusal };
  const body = {
    state,
    description: cut(description),
    context,
    ...(targetUrl !== undefined && { target_url: targetUrl }),
  };
  try {
    const response = await fetch(`${api}/repos/${repository}/statuses/${commit}`, {
      method: 'POST',
      headers: {
        Accept: 'application/vnd.github+json',
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        'User-Agent': 'ds01-policy',
        'X-GitHub-Api-Version': '2022-11-28',
      },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    });
    return await readAnswer(response, api, token);
  } catch (error) {
    return { kind: 'failed', why: without(token, `no answer from ${api}: ${causeOf(error, patience)}`) };
  }
}

const HERE = ['localhost', '127.0.0.1', '[::1]'];

// fetch() says the whole header in its error if it cannot send it.
function refusalOf(api: string, token: string): string | undefined {
  if (!/^[\x21-\x7e]+$/.test(token)) return 'the token is empty or has characters that no token has; write it anew';
  const url = URL.canParse(api) ? new URL(api) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && HERE.includes(url.hostname));
  return safe ? undefined : `the token is sent to https only, not to "${without(token, api)}"`;
}

async function readAnswer(response: Response, api: string, token: string): Promise<Posted> {
  const { status, headers } = response;
  const text = await readStart(response);
  if (status === 201) return { kind: 'posted' };
  const location = headers.get('location');
  const moved = status >= 300 && status < 400 && location !== null;
  const said = moved ? `it has moved to ${location}, and the token is not sent there` : messageIn(text);
  const why = without(token, `${api} answers ${status}${said === '' ? '' : `: ${said}`}`);
  const retryAfter = patienceOf(headers);
  return { kind: 'failed', why, status, ...(retryAfter !== undefined && { retryAfter }) };
}

// No more than that, however much there is.
async function readStart({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= ANSWER) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === 'string' ? message : '';
  } catch {
    return 'what it says is not JSON';
  }
}

// docs.github.com, "Rate limits for the REST API".
function patienceOf(headers: Headers): number | undefined {
  const after = headers.get('retry-after') ?? '';
  if (/^[0-9]{1,9}$/.test(after)) return Number(after);
  const reset = headers.get('x-ratelimit-reset') ?? '';
  if (headers.get('x-ratelimit-remaining') !== '0' || !/^[0-9]{1,12}$/.test(reset)) return undefined;
  return Math.max(0, Math.ceil(Number(reset) - Date.now() / 1000));
}

function causeOf(error: unknown, patience: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `it took longer than ${patience / 1000} s`;
  const { cause } = error as { readonly cause?: { readonly code?: string } };
  return cause?.code ?? messageOf(cause ?? error);
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join('')}…`;
}

function without(token: string, text: string): string {
  return text.replaceAll(token, '…');
}
