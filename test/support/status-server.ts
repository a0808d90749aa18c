import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as it came. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the server does with a request. */
export type Answer = (response: ServerResponse, request: Request) => void;

/** Answers as GitHub does when it has taken a status. */
export const created: Answer = (response) => {
  response.writeHead(201, { 'content-type': 'application/json' }).end('{"state": "success"}');
};

/** Answers with a code, a text and headers. */
export function answer(code: number, text = '', headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(code, headers).end(text);
  };
}

/** A server of HTTP on this machine that is gone after the test: where it is, and what came. */
export async function statusServer(
  respond: Answer,
): Promise<{ readonly url: string; readonly requests: readonly Request[]; readonly close: () => void }> {
  const requests: Request[] = [];
  const server = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = message;
    const request = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
    requests.push(request);
    respond(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);
  return { close, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
