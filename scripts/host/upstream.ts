import { GitRefusal } from './checkout.ts';
import { HostRefusal, messageOf } from './host-failure.ts';
import type { PolicyRepository } from './policy-commits.ts';

/** The remote repository that a branch goes to. */
export interface Upstream {
  /** As git calls it: `origin`. */
  readonly remote: string;
  /** As it is configured; git may read it otherwise, git-config(1), url.<base>.insteadOf. */
  readonly url: string;
  /** The branch there that others see as this one; absent if nothing is known. */
  readonly base?: string;
}

/** Milliseconds: the server may be far away. */
const PATIENCE = 120_000;

/**
 * Where the branch that is checked out comes from; nothing if there is no remote. Looks no further than what git knows
 * here. Throws HostRefusal if the remote has commits that are not here, and if nobody can tell which remote is meant.
 */
export async function findUpstream(repository: PolicyRepository): Promise<Upstream | undefined> {
  const { git, branch } = repository;
  const remotes = (await git.run(['remote'])).split('\n').filter((name) => name !== '');
  if (remotes.length === 0) return undefined;
  const tracked = branch === undefined ? undefined : await readTracking(repository, branch);
  const remote = remotes.find((name) => name === tracked?.remote) ?? remotes.find((name) => name === 'origin');
  const chosen = remote ?? (remotes.length === 1 ? remotes[0] : undefined);
  if (chosen === undefined) {
    const why = `none of the remotes ${remotes.join(', ')} is called origin, and this branch follows none`;
    throw new HostRefusal(`${why}: git branch --set-upstream-to REMOTE/BRANCH says which is meant`);
  }
  const [url = ''] = (await git.run(['config', '--get-all', `remote.${chosen}.url`])).split('\n');
  const base = (tracked?.remote === chosen ? tracked.base : undefined) ?? (await readDefaultBranch(repository, chosen));
  return { remote: chosen, url, ...(base !== undefined && { base }) };
}

/** Whether the remote has a branch of this name, asked there. Throws HostRefusal if it does not answer. */
export async function hasBranch({ git }: PolicyRepository, { remote }: Upstream, branch: string): Promise<boolean> {
  const ref = `refs/heads/${branch}`;
  const said = await git.run(['ls-remote', remote, ref], { patience: PATIENCE }).catch((error: unknown) => {
    throw new HostRefusal(`${remote} does not answer; --no-push stops after the commit; ${messageOf(error)}`);
  });
  return said.split('\n').some((line) => line.endsWith(`\t${ref}`));
}

/** Puts a branch onto the remote, and has it follow that one from now on. Nothing there is overwritten. Throws GitRefusal. */
export async function pushBranch({ git }: PolicyRepository, { remote }: Upstream, branch: string): Promise<void> {
  await git.run(['push', '--quiet', '--set-upstream', remote, `refs/heads/${branch}`], { patience: PUSH_PATIENCE });
}

/** Milliseconds: hooks before a push may run tests. */
const PUSH_PATIENCE = 600_000;

async function readTracking(
  { git }: PolicyRepository,
  branch: string,
): Promise<{ readonly remote: string; readonly base: string } | undefined> {
  const fields = ['remotename', 'remoteref', 'short', 'track,nobracket'].map((field) => `%(upstream:${field})`);
  const said = await git.run(['for-each-ref', `--format=${fields.join('%00')}`, `refs/heads/${branch}`]);
  const [remote = '', ref = '', name = '', track = ''] = said.trimEnd().split('\0');
  if (remote === '') return undefined;
  const [, behind] = /behind ([0-9]+)/.exec(track) ?? [];
  if (behind !== undefined) {
    const what = track.includes('ahead')
      ? `${branch} and ${name} have gone different ways`
      : `${name} has what ${branch} lacks`;
    throw new HostRefusal(`${what}: ${track}; git pull first`);
  }
  return track === 'gone' ? undefined : { remote, base: ref.replace(/^refs\/heads\//, '') };
}

// What clone has noted: git-remote(1), set-head.
async function readDefaultBranch({ git }: PolicyRepository, remote: string): Promise<string | undefined> {
  try {
    const said = await git.run(['symbolic-ref', '--quiet', `refs/remotes/${remote}/HEAD`]);
    return said.trim().replace(`refs/remotes/${remote}/`, '');
  } catch (error) {
    if (error instanceof GitRefusal && error.exitCode === 1) return undefined;
    throw error;
  }
}
