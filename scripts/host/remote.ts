import { readBranch } from '../follow/branch.ts';
import type { CommitName } from '../follow/record.ts';
import { readRemote } from '../follow/remote.ts';
import { GitError, type GitOptions, git, type Protocol } from './git.ts';
import { HostFailure, HostRefusal } from './host-failure.ts';

/** A branch of a repository somewhere else. */
export interface Remote {
  /** URL as git-fetch(1) takes it: https, ssh, or file; an absolute path is a file. */
  readonly url: string;
  /** Without `refs/heads/`. */
  readonly branch: string;
}

/**
 * Which protocol a remote is spoken with; git is allowed no other one. Throws HostRefusal for what is no remote or no branch:
 * some forms that git knows name programs (gitremote-helpers(7)).
 */
export function protocolOf({ url, branch }: Remote): Protocol {
  const [remote, name] = [readRemote(url), readBranch(branch)];
  if (!name.ok) throw new HostRefusal(name.message);
  if (!remote.ok) throw new HostRefusal(remote.message);
  return remote.value.kind === 'local' ? 'file' : remote.value.kind;
}

/** Milliseconds. To ask is one question and one answer; a history comes in one piece. */
export const PATIENCE = { ask: 60_000, fetch: 300_000 } as const;

/**
 * For a remote on the same disk, whoever owns it: it is only read from, by a user who may do nothing else. Without this, git
 * refuses the repositories of other users. git hands the line to a shell, and nothing that could be chosen is in it.
 */
export const READ_OF_OTHERS = "--upload-pack=git -c 'safe.directory=*' upload-pack";

/** What a call of git that speaks with the remote is given; `keys` is a folder, absolute. */
export function optionsFor(protocol: Protocol, keys: string, timeout: number): GitOptions {
  return { protocol, timeout, ...(protocol === 'ssh' && { keys }) };
}

/**
 * Asks the remote which commit the branch is at. No repository of ours is looked at for that. Throws HostRefusal if there is
 * no such branch, and HostFailure if there is no answer.
 */
export async function askRemote(remote: Remote, keys: string, patience: number = PATIENCE.ask): Promise<CommitName> {
  const { url, branch } = remote;
  const protocol = protocolOf(remote);
  const names = { branch: `refs/heads/${branch}`, tag: `refs/tags/${branch}` };
  const other = protocol === 'file' ? [READ_OF_OTHERS] : [];
  const args = ['ls-remote', '--quiet', ...other, '--', url, names.branch, names.tag];
  const text = await git('/nonexistent', args, optionsFor(protocol, keys, patience)).catch((error: unknown) => {
    throw unreachable(url, protocol, error);
  });
  const refs = new Map(text.split('\n').map((line) => line.split('\t').reverse() as [string, string]));
  const commit = refs.get(names.branch);
  if (commit !== undefined && /^[0-9a-f]{40}$/.test(commit)) return commit;
  throw new HostRefusal(`the remote ${url} ${whyNot(branch, commit, refs.has(names.tag))}`);
}

function whyNot(branch: string, commit: string | undefined, isTag: boolean): string {
  if (commit !== undefined) return `names commits in a way that is not known here: "${commit}"`;
  const other = isTag ? `, only a tag of that name, which anybody may move` : '';
  return `has no branch "${branch}"${other}; push the branch, or name another one in the configuration`;
}

const WHERE_TO_LOOK: Readonly<Record<Protocol, string>> = {
  https: 'look whether this machine gets there, and whether the repository can be read without a password',
  ssh: 'look at deploy-key and known_hosts in /etc/ds01-policy',
  file: 'look whether the folder is there, and whether the user ds01-policy may read it',
};

/** The failure of a call that speaks with a remote, with what to look at. Other errors stay what they are. */
export function unreachable(url: string, protocol: Protocol, error: unknown): unknown {
  if (!(error instanceof GitError)) return error;
  if (error.kind === 'missing')
    return new HostFailure(`fetch from ${url}`, 'untouched', error, 'it is in the package git');
  return new HostFailure(`fetch from ${url}`, 'untouched', error, WHERE_TO_LOOK[protocol]);
}
