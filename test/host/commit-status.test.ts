import { describe, expect, it } from 'vitest';
import { postCommitStatus, type StatusTarget } from '../../scripts/host/commit-status.ts';
import { type Answer, answer, created, statusServer } from '../support/status-server.ts';

const TOKEN = 'token_of_the_tests';
const COMMIT = 'a'.repeat(40);
const STATUS = { commit: COMMIT, state: 'success', description: 'applied and verified' } as const;

function target(api: string, more: Partial<StatusTarget> = {}): StatusTarget {
  return { api, repository: 'example/policy', token: TOKEN, context: 'ds01-policy/gpu-1', ...more };
}

/** What becomes of a status when the server answers so; without its address, which is another one each time. */
async function outcome(respond: Answer, patience?: number): Promise<unknown> {
  const { url } = await statusServer(respond);
  const result = await postCommitStatus(target(url), STATUS, patience);
  expect(JSON.stringify(result)).not.toContain(TOKEN);
  return JSON.parse(JSON.stringify(result).replaceAll(url, 'API'));
}

describe('a commit status', () => {
  it('is posted as GitHub documents it', async () => {
    const { url, requests } = await statusServer(created);
    const targetUrl = 'https://example.org/board';
    expect(await postCommitStatus(target(url, { targetUrl }), STATUS)).toEqual({ kind: 'posted' });
    const [request] = requests;
    expect(requests.length).toBe(1);
    expect(request).toMatchObject({
      method: 'POST',
      path: `/repos/example/policy/statuses/${COMMIT}`,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/json',
        'user-agent': 'ds01-policy',
        'x-github-api-version': '2022-11-28',
      },
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      state: 'success',
      description: 'applied and verified',
      context: 'ds01-policy/gpu-1',
      target_url: targetUrl,
    });
  });

  it('has a description of 140 characters at most', async () => {
    const { url, requests } = await statusServer(created);
    for (const description of ['é'.repeat(140), '🙂'.repeat(141)])
      await postCommitStatus(target(url), { ...STATUS, description });
    const sent = requests.map(({ body }) => JSON.parse(body).description);
    expect(sent).toEqual(['é'.repeat(140), `${'🙂'.repeat(139)}…`]);
    expect(JSON.parse(requests[0]?.body ?? '')).not.toHaveProperty('target_url');
  });

  it.each([
    [401, '{"message": "Bad credentials"}', 'API answers 401: Bad credentials'],
    [422, '{"message": "No commit found for SHA"}', 'API answers 422: No commit found for SHA'],
    [500, '<html>', 'API answers 500: what it says is not JSON'],
    [502, '', 'API answers 502: what it says is not JSON'],
    [404, '{"message": 7}', 'API answers 404'],
    [403, 'null', 'API answers 403: what it says is not JSON'],
    // Something answers that is not GitHub.
    [200, '{}', 'API answers 200'],
    [204, '', 'API answers 204: what it says is not JSON'],
  ])('that is answered with %i is not posted', async (status, text, why) => {
    expect(await outcome(answer(status, status === 204 ? undefined : text))).toEqual({ kind: 'failed', why, status });
  });

  it('waits as long as the server asks for', async () => {
    const limited = '{"message": "slow down"}';
    const of = async (headers: Readonly<Record<string, string>>) => {
      return (await outcome(answer(429, limited, headers))) as { readonly retryAfter?: number };
    };
    expect(await of({ 'retry-after': '60' })).toEqual({
      kind: 'failed',
      why: 'API answers 429: slow down',
      status: 429,
      retryAfter: 60,
    });
    const reset = Math.ceil(Date.now() / 1000) + 600;
    const { retryAfter } = await of({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) });
    expect(retryAfter).toBeGreaterThan(500);
    expect(retryAfter).toBeLessThanOrEqual(601);
    for (const headers of [
      { 'retry-after': 'soon' },
      { 'x-ratelimit-remaining': '7', 'x-ratelimit-reset': String(reset) },
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'later' },
    ])
      expect(await of(headers)).not.toHaveProperty('retryAfter');
    expect((await of({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' })).retryAfter).toBe(0);
  });
});

describe('the token', () => {
  it('goes to no other server', async () => {
    const other = await statusServer(created);
    for (const code of [301, 302, 307, 308]) {
      const why = `API answers ${code}: it has moved to ${other.url}/, and the token is not sent there`;
      expect(await outcome(answer(code, '', { location: `${other.url}/` }))).toEqual({
        kind: 'failed',
        why,
        status: code,
      });
    }
    expect(other.requests).toEqual([]);
  });

  it('is sent where nobody can listen', async () => {
    for (const api of ['http://api.example.org', 'ftp://localhost', 'file:///etc', 'api.example.org', '']) {
      const why = `the token is sent to https only, not to "${api}"`;
      expect(await postCommitStatus(target(api), STATUS)).toEqual({ kind: 'failed', why });
    }
  });

  it('is in no message, also when the server says it back or it cannot be sent', async () => {
    const echo: Answer = (response, { headers }) => {
      response.writeHead(401).end(JSON.stringify({ message: `not you, ${headers.authorization}` }));
    };
    expect(await outcome(echo)).toEqual({ kind: 'failed', why: 'API answers 401: not you, Bearer …', status: 401 });
    const { url, requests } = await statusServer(created);
    for (const token of ['', `${TOKEN}\n`, `${TOKEN}\r\nX-Other: 1`, `${TOKEN} x`, `${TOKEN}é`]) {
      const why = 'the token is empty or has characters that no token has; write it anew';
      expect(await postCommitStatus(target(url, { token }), STATUS)).toEqual({ kind: 'failed', why });
    }
    expect(requests).toEqual([]);
    const result = await postCommitStatus(target(`http://${TOKEN}.example.org`), STATUS);
    expect(result).toEqual({ kind: 'failed', why: 'the token is sent to https only, not to "http://….example.org"' });
  });
});

describe('a server that does not do what servers do', () => {
  it('is not waited for', async () => {
    const why = 'no answer from API: it took longer than 0.2 s';
    expect(await outcome(() => undefined, 200)).toEqual({ kind: 'failed', why });
    const half: Answer = (response) => response.writeHead(500).write('{"message": "');
    expect(await outcome(half, 200)).toEqual({ kind: 'failed', why });
  });

  it('is not listened to for ever', async () => {
    const endless: Answer = (response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(1000)));
      };
      response
        .writeHead(500)
        .on('drain', more)
        .on('error', () => undefined);
      more();
    };
    expect(await outcome(endless)).toEqual({
      kind: 'failed',
      why: 'API answers 500: what it says is not JSON',
      status: 500,
    });
  });

  it('is said to be the one that failed', async () => {
    expect(await outcome((response) => response.destroy())).toMatchObject({
      kind: 'failed',
      why: expect.stringMatching(/^no answer from API: (UND_ERR_SOCKET|ECONNRESET)$/),
    });
    const garbage: Answer = (response) => response.socket?.end('what is HTTP?\r\n\r\n');
    expect(await outcome(garbage)).toMatchObject({ why: expect.stringMatching(/^no answer from API: \S/) });
    const gone = await statusServer(created);
    gone.close();
    expect(await postCommitStatus(target(gone.url), STATUS)).toEqual({
      kind: 'failed',
      why: `no answer from ${gone.url}: ECONNREFUSED`,
    });
  });
});
