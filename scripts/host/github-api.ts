import { messageOf } from './host-failure.ts';

/** Where requests go, and in whose name. */
export interface GithubServer {
  /** Base URL of the API, without a slash at its end: https, or http on this machine. */
  readonly api: string;
  /** A secret: it is in no result and no message. */
  readonly token: string;
}

/** One request; docs.github.com, REST API. */
export interface GithubRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** What comes after the base URL: each part of it has passed its grammar. */
  readonly path: string;
  readonly body?: unknown;
  /** The codes of HTTP that mean that it was done. */
  readonly expected: readonly number[];
}

/** Milliseconds for the whole answer, and how many bytes of it are read at most. */
export interface GithubLimits {
  readonly patience: number;
  readonly longest: number;
}

/**
 * What became of a request. `why` may have words of the server in it; `status` is the code of HTTP, absent if there was no
 * answer; `retryAfter` is in seconds, where the server asks for patience.
 */
export type GithubAnswer =
  | { readonly kind: 'done'; readonly text: string }
  | { readonly kind: 'failed'; readonly why: string; readonly status?: number; readonly retryAfter?: number };

const HERE = ['localhost', '127.0.0.1', '[::1]'];

/** Asks once. Follows no redirection: the token is for one server. Never throws. */
export async function askGithub(
  { api, token }: GithubServer,
  { method, path, body, expected }: GithubRequest,
  { patience, longest }: GithubLimits,
): Promise<GithubAnswer> {
  const refusal = refusalOf(api, token);
  if (refusal !== undefined) return { kind: 'failed', why: refusal };
  try {
    const response = await fetch(`${api}${path}`, {
      method,
      headers: {
        Accept: 'application/vnd.github+json',
        Authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        'User-Agent': 'ds01-policy',
        'X-GitHub-Api-Version': '2022-11-28',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    });
    const text = await readStart(response, longest);
    return expected.includes(response.status) ? { kind: 'done', text } : explain(response, text, { api, token });
  } catch (error) {
    return { kind: 'failed', why: without(token, `no answer from ${api}: ${causeOf(error, patience)}`) };
  }
}

// fetch() says the whole header in its error if it cannot send it.
function refusalOf(api: string, token: string): string | undefined {
  if (!/^[\x21-\x7e]+$/.test(token)) return 'the token is empty or has characters that no token has; write it anew';
  const url = URL.canParse(api) ? new URL(api) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && HERE.includes(url.hostname));
  return safe ? undefined : `the token is sent to https only, not to "${without(token, api)}"`;
}

function explain({ status, headers }: Response, text: string, { api, token }: GithubServer): GithubAnswer {
  const location = headers.get('location');
  const moved = status >= 300 && status < 400 && location !== null;
  const said = moved ? `it has moved to ${location}, and the token is not sent there` : messageIn(text);
  const why = without(token, `${api} answers ${status}${said === '' ? '' : `: ${said}`}`);
  const retryAfter = patienceOf(headers);
  return { kind: 'failed', why, status, ...(retryAfter !== undefined && { retryAfter }) };
}

// No more than that, however much there is.
async function readStart({ body }: Response, longest: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= longest) break;
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

function without(token: string, text: string): string {
  return text.replaceAll(token, '…');
}
