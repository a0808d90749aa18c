import { decide } from '../follow/decide.ts';
import type { CommitName, Standing } from '../follow/record.ts';
import { UNKNOWN } from '../follow/standing.ts';
import { keepCommitPolicies } from '../host/commit-policy.ts';
import { FETCH_FOLDER, readFetched } from '../host/fetched.ts';
import { readLastRecord } from '../host/history.ts';
import { BUNDLE_FILE } from '../host/mirror.ts';
import { hasCommit, keepCommits } from '../host/repository.ts';
import { count } from '../report/printable.ts';
import { shortCommit } from '../report/run-words.ts';
import { bringCommit } from './bring-commit.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Carried, FollowedHost } from './followed-host.ts';
import { recordRefusal } from './record-refusal.ts';
import { stay } from './stay.ts';
import { refusing, type Tried, tryCommit } from './try-commit.ts';

/** What a run on a host that follows a branch came to. */
export interface Followed {
  readonly exitCode: ExitCode;
  /** In sentences, what counts most first. */
  readonly outcome: readonly string[];
  /** What the host has, and what was done for it. */
  readonly carried?: Carried;
  /** What was planned of a commit that is refused. */
  readonly planned?: Carried;
  /** Whether the newest commit is in force, and everything is as it says. */
  readonly verified: boolean;
}

/**
 * One run: applies the newest commit if it may, and otherwise keeps the host at the one that it has. Only for the holder of
 * the lock. Throws HostRefusal and HostFailure.
 */
export async function followBranch(host: FollowedHost): Promise<Followed> {
  const { root } = host.reader;
  const fetched = await readFetched(root);
  const step = decide(host.standing, fetched?.commit, host.now);
  if (step.kind === 'keep') return await stay(host, step.waiting, fetched);
  const tried = await bringAndTry(host, step.commit);
  const { applied } = await keepInUse(root);
  if (tried.kind === 'applied') return inForce(tried);
  await recordRefusal(host, tried);
  const why = `commit ${shortCommit(tried.source.commit)} is refused: ${tried.why}`;
  // What is applied is kept meanwhile: a commit that nobody takes must not let the host go. What somebody agreed to was
  // about that commit.
  const kept = applied ? await stay({ ...host, consent: {} }, { kind: 'nothing' }, fetched) : undefined;
  return {
    exitCode: tried.exitCode,
    outcome: [why, ...(kept?.outcome ?? [])],
    ...(kept?.carried && { carried: kept.carried }),
    ...(tried.carried && { planned: tried.carried }),
    verified: false,
  };
}

/** Keeps what is in use of the commits of a host, and gives where it stands. Throws HostFailure. */
export async function keepInUse(root: string): Promise<Standing> {
  const standing = await readStanding(root);
  const { applied, anchor } = standing;
  const commits = applied ? [applied.commit] : [];
  await keepCommitPolicies(root, commits);
  // One that somebody said to trust may not have come yet.
  const trusted = anchor?.kind === 'commit' && (await hasCommit(root, anchor.commit)) ? [anchor.commit] : [];
  await keepCommits(root, [...commits, ...trusted]);
  return standing;
}

/** Where a host stands, by the newest entry of its history. Throws HostFailure. */
export async function readStanding(root: string): Promise<Standing> {
  return (await readLastRecord(root))?.standing ?? UNKNOWN;
}

// The unprivileged step is asked for the commit that it named, and for no other that may be in its bundle: that is the one
// which is remembered if it is refused.
async function bringAndTry(host: FollowedHost, newest: CommitName): Promise<Tried> {
  const source = { commit: newest, uncommittedChanges: false } as const;
  const brought = await refusing(source, 'host', () => bringCommit(host, newest));
  if (brought.kind === 'refused') return { ...brought, why: `${brought.why}; ${MAKE_ANEW}` };
  const tried = await refusing(source, 'commit', () => tryCommit(host, newest));
  return tried.kind === 'refused' ? tried : tried.value;
}

// No commit is at fault for what is on the way to this host: once that is in order, the same one is taken.
const MAKE_ANEW = `remove /${FETCH_FOLDER}/${BUNDLE_FILE}, and the next fetch writes it anew`;

function inForce({ source, resolved, outcome }: Extract<Tried, { kind: 'applied' }>): Followed {
  const changes = outcome.after ? count(outcome.plan.changes.length, 'change') : 'nothing had to be done';
  const words = `commit ${shortCommit(source.commit ?? '')} is applied and in force: ${changes}`;
  return { exitCode: EXIT.done, outcome: [words], carried: { resolved, outcome }, verified: true };
}
