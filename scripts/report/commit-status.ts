import type { CommitStatus } from '../follow/commit-status.ts';
import type { ApplyEvent, CommitName, HistoryRecord, Instant, Pause, RefuseEvent, Standing } from '../follow/record.ts';
import type { RunReport } from '../follow/run-report.ts';
import { printable } from './printable.ts';

/** What the unprivileged step can see of a host. */
export interface StatusInput {
  /** The newest records of the history, oldest first. */
  readonly records: readonly HistoryRecord[];
  readonly run?: RunReport | undefined;
  /** The newest commit of the branch; absent if none ever came. */
  readonly fetched?: CommitName | undefined;
  /** Commits that were said to be pending, and of which nothing was said since. */
  readonly open: readonly CommitName[];
  readonly now: Date;
}

type Verdict = Omit<CommitStatus, 'commit'>;

/** Older commits keep what was said of them last. */
const MOST = 10;

/**
 * What is to be said of the newest commits, the newest first. Where nothing has happened since, it is the same to the
 * letter: whoever compares it with what was said last knows whether there is any news.
 */
export function commitStatuses({ records, run, fetched, open, now }: StatusInput): readonly CommitStatus[] {
  const standing = records.at(-1)?.standing ?? {};
  const verdicts = new Map<CommitName, Verdict>();
  for (const commit of open) {
    if (commit !== fetched && fetched !== undefined && fetched === standing.applied?.commit)
      verdicts.set(commit, success(`not applied by itself: ${short(fetched)}, which came after it, is in force`));
  }
  for (const record of records) {
    const [commit, verdict] = verdictOf(record) ?? [];
    if (commit === undefined || verdict === undefined) continue;
    // The newest comes last.
    verdicts.delete(commit);
    verdicts.set(commit, verdict);
  }
  if (fetched !== undefined) {
    const verdict = newestVerdict(fetched, verdicts.get(fetched), standing, run, now);
    verdicts.delete(fetched);
    verdicts.set(fetched, verdict);
  }
  const newestFirst = [...verdicts].reverse().slice(0, MOST);
  return newestFirst.map(([commit, { state, description }]) => {
    return { commit, state, description: printable(description) };
  });
}

function verdictOf(record: HistoryRecord): readonly [CommitName, Verdict] | undefined {
  if (record.kind !== 'apply' && record.kind !== 'refuse') return undefined;
  const { policy } = record;
  if (policy.commit === null || policy.uncommittedChanges) return undefined;
  const verdict = record.kind === 'apply' ? applyVerdict(record, policy.commit) : refuseVerdict(record);
  return [policy.commit, verdict];
}

function applyVerdict(record: ApplyEvent & HistoryRecord, commit: CommitName): Verdict {
  const { result, failure = '', blame, standing, at } = record;
  // What is put right later does not make it newer.
  const since = standing.applied?.commit === commit ? standing.applied.at : at;
  if (result === 'applied') return success(appliedWords(since));
  const state = blame === 'commit' ? 'failure' : 'error';
  if (result === 'broken') return { state, description: `DEGRADED, could not be taken back: ${failure}` };
  return { state, description: `not applied, the host is as it was before: ${failure}` };
}

function refuseVerdict({ blame, why }: RefuseEvent): Verdict {
  return { state: blame === 'commit' ? 'failure' : 'error', description: `refused: ${why}` };
}

// What the history says of it may have been taken back since, or may not have come to pass yet.
function newestVerdict(
  commit: CommitName,
  found: Verdict | undefined,
  { applied, refused, pause }: Standing,
  run: RunReport | undefined,
  now: Date,
): Verdict {
  if (commit === applied?.commit) return found ?? success(appliedWords(applied.at));
  if (commit === refused?.commit) return found ?? { state: 'failure', description: `refused: ${refused.why}` };
  if (pause && now.getTime() < Date.parse(pause.until)) return pending(pauseWords(pause));
  if (found && found.state !== 'success') return found;
  const verdict = run?.newest === commit ? runVerdict(run) : undefined;
  return verdict ?? pending('waits for the next run');
}

// Of what no history could be written, such as on a disk that is full, the run itself has to say.
function runVerdict({ exitCode, outcome }: RunReport): Verdict | undefined {
  if (UNDECIDED.includes(exitCode)) return undefined;
  return { state: exitCode === 1 || exitCode === 3 ? 'failure' : 'error', description: outcome };
}

/** Exit codes of a run that says nothing against a commit: 0 done, 2 differences found, 75 another run holds the lock. */
const UNDECIDED: readonly number[] = [0, 2, 75];

function success(description: string): Verdict {
  return { state: 'success', description };
}

function pending(description: string): Verdict {
  return { state: 'pending', description };
}

function appliedWords(at: Instant): string {
  return `applied and verified, ${minute(at)}`;
}

function pauseWords({ until, reason }: Pause): string {
  return `paused until ${minute(until)}: ${reason}`;
}

function minute(at: Instant): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}

function short(commit: CommitName): string {
  return commit.slice(0, 12);
}
