import { shorten } from '../policy/flow.ts';
import type { Reading } from '../policy/values.ts';

/** Where a policy repository is. */
export type Remote =
  | { readonly kind: 'https' | 'local' }
  /** `port` only if it is not the usual one. */
  | { readonly kind: 'ssh'; readonly host: string; readonly port?: number };

const NAME = '[A-Za-z0-9_][A-Za-z0-9._-]*';
const HOST = '[A-Za-z0-9][A-Za-z0-9.-]*|\\[[0-9A-Fa-f:.]+\\]';
const PORT = ':([1-9][0-9]{0,4})';
// Nothing that a shell, a terminal or systemd would read otherwise, and no `@`, in front of which a secret could stand.
const PATH = '[A-Za-z0-9._~/%+][A-Za-z0-9._~/%+=,-]*';
const LONGEST = 2048;

const HTTPS = new RegExp(`^https://(?:${HOST})(?:${PORT})?/${PATH}$`);
const SSH = new RegExp(`^ssh://(?:${NAME}@)?(${HOST})(?:${PORT})?/${PATH}$`);
// As scp(1) has it: git-clone(1), GIT URLS.
const SCP = new RegExp(`^${NAME}@(${HOST}):${PATH}$`);
const LOCAL = new RegExp(`^(?:file://)?/${PATH}$`);

const FORMS = 'https://host/path, ssh://user@host/path, user@host:path, file:///path or /path';

/**
 * Reads the URL of a repository in the few forms that a host fetches from: git-fetch(1) takes more, and some of those
 * start programs (gitremote-helpers(7)).
 */
export function readRemote(text: string): Reading<Remote> {
  if (text.length <= LONGEST && (HTTPS.test(text) || LOCAL.test(text))) {
    return { ok: true, value: { kind: text.startsWith('https:') ? 'https' : 'local' } };
  }
  const [, host, port] = SSH.exec(text) ?? SCP.exec(text) ?? [];
  if (text.length <= LONGEST && host !== undefined) {
    return { ok: true, value: { kind: 'ssh', host, ...(port !== undefined && { port: Number(port) }) } };
  }
  return { ok: false, ...explain(text) };
}

function explain(text: string): { readonly message: string; readonly fix: string } {
  // The secret itself is not repeated: messages end in logs.
  const [, secret] = /^(https?:\/\/)[^/]*@/.exec(text) ?? /^([a-z]+:\/\/)[^/@]*:[^/]*@/.exec(text) ?? [];
  if (secret !== undefined) {
    const message = `"${secret}…@…" has a name or a password in it, and everybody on the host can read this file`;
    const fix = 'write the URL without it, and give the host a deploy key: git@host:path and install --deploy-key FILE';
    return { message, fix };
  }
  if (/^(http|git):\/\//.test(text)) {
    const message = `"${shorten(text)}" is not protected on its way: anybody there could write policy`;
    return { message, fix: 'write https:// or ssh://' };
  }
  return { message: `"${shorten(text)}" is not a repository that a host can follow`, fix: `write ${FORMS}` };
}
