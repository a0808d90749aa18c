import { type Answer, answer, type Request, statusServer } from '../support/status-server.ts';
import { NAME } from './github-place.ts';

/** What a request to GitHub is answered: a code and JSON, by `METHOD /path` below the repository. */
export type Answers = Readonly<Record<string, unknown>>;

/** The API of GitHub with a few answers, and what it was asked for. */
export async function githubServer(answers: Answers): Promise<{
  readonly api: string;
  /** `METHOD /path` of each request, without the repository. */
  asked(): readonly string[];
  /** The bodies that came with a request. */
  bodies(what: string): readonly unknown[];
  readonly requests: readonly Request[];
}> {
  const respond: Answer = (response, request) => {
    const found = answers[nameOf(request)];
    const json = typeof found === 'function' ? found() : found;
    const [code, body] =
      json instanceof Failure ? [json.code, { message: json.message }] : [request.method === 'POST' ? 201 : 200, json];
    const missing = json === undefined && request.method === 'GET';
    answer(missing ? 404 : code, body === undefined ? '{}' : JSON.stringify(body))(response, request);
  };
  const { url, requests } = await statusServer(respond);
  return {
    api: url,
    asked: () => requests.map(nameOf),
    bodies: (what) => requests.filter((one) => nameOf(one) === what).map(({ body }) => JSON.parse(body)),
    requests,
  };
}

/** An answer that is none. */
export class Failure {
  readonly code: number;
  readonly message: string;

  constructor(code: number, message: string) {
    this.code = code;
    this.message = message;
  }
}

function nameOf({ method, path }: Request): string {
  return `${method} ${path.replace(`/repos/${NAME}`, '')}`;
}
