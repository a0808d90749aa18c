import type { CommitName } from '../follow/record.ts';
import { gitIn } from './checkout.ts';
import { HostFailure, HostRefusal, messageOf } from './host-failure.ts';
import { runProgram } from './run-program.ts';

/** Where git asks for a token, and which. */
export interface GithubAccess {
  /** The pages of the server, without a slash at the end. */
  readonly server: string;
  /** A secret: git gets it through its surroundings, so that it is in no file and in no list of processes. */
  readonly token: string;
}

/** Milliseconds. */
const PATIENCE = 300_000;

const PULL = 'refs/ds01-policy/pull-request';

/**
 * Fetches what a pull request proposes, as objects, each of which git looks at; nothing is checked out. Gives its newest
 * commit. Throws HostFailure.
 */
export async function fetchPullRequest(access: GithubAccess, number: number): Promise<CommitName> {
  const settings = ['-c', 'fetch.fsckObjects=true', '-c', 'fetch.recurseSubmodules=false'];
  const what = `+refs/pull/${number}/head:${PULL}`;
  await callRemote(`fetch pull request ${number}`, access, [
    ...settings,
    'fetch',
    '--quiet',
    '--no-tags',
    'origin',
    what,
  ]);
  return readCommit(PULL);
}

/** Puts a branch of this checkout onto the remote; one that is there already is not touched. Throws HostFailure. */
export async function pushNewBranch(access: GithubAccess, branch: string): Promise<void> {
  const ref = `refs/heads/${branch}`;
  // "Only if there is none yet": git-push(1), --force-with-lease.
  const args = ['push', '--quiet', `--force-with-lease=${ref}:`, 'origin', `${ref}:${ref}`];
  await callRemote(`push ${branch}`, access, args);
}

/** The parents of what is checked out, in their order. Throws HostRefusal. */
export async function readParents(): Promise<readonly CommitName[]> {
  const said = await gitIn('.').run(['rev-list', '--parents', '--max-count=1', 'HEAD']);
  return said.trim().split(' ').slice(1);
}

/** What is checked out: its branch, and the message of its newest commit. Throws HostRefusal for a commit alone. */
export async function readHead(): Promise<{ readonly branch: string; readonly title: string; readonly body: string }> {
  const git = gitIn('.');
  const branch = (await git.run(['symbolic-ref', '--short', 'HEAD'])).trim();
  const message = await git.run(['log', '--max-count=1', '--format=%s%x00%b']);
  const [title = '', body = ''] = message.split('\0');
  return { branch, title, body: body.trim() };
}

/** The commit that a ref, or HEAD, is at. Throws HostRefusal. */
export async function readCommit(ref: string): Promise<CommitName> {
  return (await gitIn('.').run(['rev-parse', '--verify', `${ref}^{commit}`])).trim();
}

/** The newest version of which this is a later one, by its tag; nothing if this is the first. Throws HostRefusal. */
export async function readPreviousTag(tag: string): Promise<string | undefined> {
  const asked = ['tag', '--list', '--merged', 'HEAD', '--sort=-version:refname', 'v[0-9]*'];
  const tags = (await gitIn('.').run(asked)).split('\n');
  return tags.find((name) => name !== '' && name !== tag);
}

async function callRemote(step: string, { server, token }: GithubAccess, args: readonly string[]): Promise<void> {
  if (!/^[\x21-\x7e]+$/.test(token)) throw new HostRefusal('the token is empty or has characters that no token has');
  const secret = Buffer.from(`x-access-token:${token}`).toString('base64');
  // For this server alone: git-config(1), http.<url>.extraHeader.
  const env = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${server}/.extraheader`,
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${secret}`,
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
  try {
    await runProgram('git', args, { env, timeout: PATIENCE });
  } catch (error) {
    const why = [token, secret].reduce((text, word) => text.replaceAll(word, '…'), messageOf(error));
    throw new HostFailure(step, 'untouched', why);
  }
}
