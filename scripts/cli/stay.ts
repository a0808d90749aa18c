import type { Waiting } from '../follow/decide.ts';
import type { CommitName } from '../follow/record.ts';
import type { Fetched } from '../host/fetched.ts';
import { HostFailure } from '../host/host-failure.ts';
import { count } from '../report/printable.ts';
import { shortCommit, waitingWords } from '../report/run-words.ts';
import { findRemaining } from '../units/refusals.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Followed } from './follow-branch.ts';
import type { Carried, FollowedHost } from './followed-host.ts';
import { keepCommit } from './keep-commit.ts';
import { previewCommit } from './preview-commit.ts';
import { recordRefusal } from './record-refusal.ts';

/** Keeps a host at the commit that it has, if it has one, and says why it is not the newest. */
export async function stay(host: FollowedHost, waiting: Waiting, fetched: Fetched | undefined): Promise<Followed> {
  const { applied } = host.standing;
  const said = await reasons(host, waiting, fetched);
  const exitCode = exitCodeFor(waiting);
  if (!applied) {
    if (waiting.kind === 'nothing') throw nothingFetched(fetched);
    return { exitCode, outcome: said, verified: false };
  }
  const kept = await keepCommit(host, applied.commit);
  if (kept.kind === 'errors') {
    const why = `${nameOf(applied)} is applied, and this version of ds01-policy does not accept it: ${kept.why}`;
    return { exitCode: EXIT.policyErrors, outcome: [...said, why], verified: false };
  }
  const carried = { resolved: kept.resolved, outcome: kept.outcome };
  const left = kept.outcome.refusals.map(({ message }) => message).join('; ');
  if (left !== '') {
    // What was stopped is in the history as that.
    if (kept.kind === 'kept') await recordLeft(host, applied.commit, left);
    const line = `${nameOf(applied)} stays, and what is not as it says was left: ${left}`;
    const code = exitCode === EXIT.done ? EXIT.refused : exitCode;
    return { exitCode: code, outcome: [...said, line], carried, verified: false };
  }
  const newest = waiting.kind === 'nothing' && fetched?.commit === applied.commit;
  return {
    exitCode,
    outcome: [...said, keptLine(applied, carried)],
    carried,
    verified: newest && isAsPolicySays(carried),
  };
}

// A commit that waits, or drift that is left, is no less true because of something else that is in the way.
async function reasons(host: FollowedHost, waiting: Waiting, fetched: Fetched | undefined): Promise<readonly string[]> {
  const { applied, stopped } = host.standing;
  const newest = fetched?.commit;
  const pending = waiting.kind === 'paused' && newest !== undefined && newest !== applied?.commit;
  const left = stopped && waiting.kind !== 'stopped' ? waitingWords({ kind: 'stopped', stopped }) : undefined;
  const words = [
    waitingWords(waiting),
    pending ? `commit ${shortCommit(newest)} waits: ${await previewCommit(host, newest)}` : undefined,
    left,
  ];
  return words.filter((text) => text !== undefined);
}

function exitCodeFor(waiting: Waiting): ExitCode {
  if (waiting.kind === 'refused') return waiting.refused.exitCode;
  return waiting.kind === 'closed' || waiting.kind === 'stopped' ? EXIT.refused : EXIT.done;
}

function nothingFetched(fetched: Fetched | undefined): HostFailure {
  const why = fetched?.failure ?? 'see journalctl -u ds01-policy-fetch';
  return new HostFailure('take the newest commit', 'untouched', `nothing was fetched yet: ${why}`);
}

async function recordLeft(host: FollowedHost, commit: CommitName, why: string): Promise<void> {
  const source = { commit, uncommittedChanges: false } as const;
  await recordRefusal(host, { source, exitCode: 3, why, blame: 'host' });
}

function nameOf({ commit }: { readonly commit: CommitName }): string {
  return `commit ${shortCommit(commit)}`;
}

function keptLine(applied: { readonly commit: CommitName }, { outcome }: Carried): string {
  const made = outcome.plan.changes.length;
  const words = made === 0 ? 'systemd has read its files again' : `${count(made, 'change')} made`;
  const done = outcome.after ? words : 'nothing had to be done';
  const left = leftOf(outcome);
  if (left === 0) return `${nameOf(applied)} is in force: ${done}`;
  return `${nameOf(applied)} stays, ${count(left, 'difference')} left as found${outcome.after ? `, ${words}` : ''}`;
}

/** How much of what is not as policy says was not meant to be put right. */
function leftOf({ whole, plan, after }: Carried['outcome']): number {
  const done = after ? findRemaining(plan).length : 0;
  return findRemaining(whole).length + whole.conflicts.length - done;
}

function isAsPolicySays({ outcome }: Carried): boolean {
  return !(outcome.after ?? outcome.whole).differs;
}
