import type { Blame, CommitName, PolicySource } from '../follow/record.ts';
import { readCommitPolicy, writeCommitPolicy } from '../host/commit-policy.ts';
import { HostRefusal } from '../host/host-failure.ts';
import { judge } from '../host/judge.ts';
import { describeCommit } from '../host/repository.ts';
import { check } from '../policy/check.ts';
import type { PolicyFile } from '../policy/load.ts';
import type { Policy } from '../policy/policy.ts';
import { errorsLine } from '../report/findings.ts';
import { carryOut } from './carry-out.ts';
import { type Carried, type FollowedHost, type RefusedCommit, resolveFor } from './followed-host.ts';
import { labelFor } from './shared-options.ts';

/** A commit that was tried. */
export type Tried =
  | ({ readonly kind: 'applied'; readonly source: PolicySource } & Carried)
  | ({ readonly kind: 'refused' } & RefusedCommit);

/** A commit that may be trusted, and its policy. */
export interface TrustedPolicy {
  readonly kind: 'trusted';
  readonly source: RefusedCommit['source'];
  readonly policy: Policy;
  readonly files: readonly PolicyFile[];
}

/**
 * Tries a commit that root's repository has: whether it may be trusted, what its policy says, and whether it can be carried
 * out. Throws HostFailure where the host fails, or the commit when it is in force.
 */
export async function tryCommit(host: FollowedHost, commit: CommitName): Promise<Tried> {
  const read = await readTrusted(host, commit);
  if (read.kind === 'refused') return read;
  await writeCommitPolicy(host.reader.root, commit, read.files);
  return await applyPolicy(host, read.source, read.policy);
}

/** Whether a commit may be trusted, which is said before anything of it is read, and what its policy says. Throws HostFailure. */
export async function readTrusted(
  host: FollowedHost,
  commit: CommitName,
): Promise<TrustedPolicy | Extract<Tried, { kind: 'refused' }>> {
  const { root } = host.reader;
  const unread = { commit, uncommittedChanges: false } as const;
  const read = await refusing(unread, 'commit', async () => {
    const { anchor } = host.standing;
    await judge(root, {
      commit,
      trust: host.config.trust,
      ...(anchor?.kind === 'commit' && { anchor: anchor.commit }),
    });
    return await readCommitPolicy(root, commit);
  });
  if (read.kind === 'refused') return read;
  const { author, committer } = await describeCommit(root, commit);
  const source = { ...unread, author, committer };
  const { findings, policy } = check(read.value, { kind: 'instant', now: host.now });
  const wrong = policy ? hostMissing(policy, host.config.host) : errorsLine(findings, labelFor('policy'));
  if (!policy || wrong !== undefined) {
    return { kind: 'refused', source, exitCode: policy ? 3 : 1, why: wrong ?? '', blame: 'commit' };
  }
  return { kind: 'trusted', source, policy, files: read.value };
}

type Answered<T> = { readonly kind: 'value'; readonly value: T } | Extract<Tried, { kind: 'refused' }>;

/** Does something with a commit; a refusal becomes one of that commit, and whoever is to blame. Throws HostFailure. */
export async function refusing<T>(
  source: RefusedCommit['source'],
  blame: Blame,
  run: () => Promise<T>,
): Promise<Answered<T>> {
  try {
    return { kind: 'value', value: await run() };
  } catch (error) {
    if (!(error instanceof HostRefusal)) throw error;
    return { kind: 'refused', source, exitCode: 3, why: error.message, blame };
  }
}

function hostMissing({ site }: Policy, host: string): string | undefined {
  if (site.hosts.some(({ name }) => name === host)) return undefined;
  const names = site.hosts.map(({ name }) => name).join(', ');
  return `policy is for ${names}, and this host is "${host}": add it to hosts in site.yaml, or correct host in the configuration`;
}

async function applyPolicy(host: FollowedHost, source: RefusedCommit['source'], policy: Policy): Promise<Tried> {
  const { reader, now, consent, word } = host;
  const resolved = resolveFor(host, policy);
  const outcome = await carryOut({
    ...{ reader, resolved, consent, now },
    source: async () => source,
    cause: 'commit',
    always: true,
    ...(word && { word }),
  });
  const carried = { resolved, outcome };
  const { refusals } = outcome;
  if (refusals.length === 0) return { kind: 'applied', source, ...carried };
  const why = refusals.map(({ message }) => message).join('; ');
  const blame = refusals.some((refusal) => refusal.blame === 'policy') ? 'commit' : 'host';
  return { kind: 'refused', source, exitCode: 3, why, blame, carried };
}
