import type { Config } from '../follow/config.ts';
import type { CommitName } from '../follow/record.ts';
import { pauseAt } from '../follow/standing.ts';
import { readCommitPolicy, writeCommitPolicy } from '../host/commit-policy.ts';
import { readRecentLines } from '../host/history.ts';
import { HostRefusal } from '../host/host-failure.ts';
import { loginName } from '../host/login.ts';
import { describeCommit, isAncestor, resolveCommit } from '../host/repository.ts';
import { holdingLock } from '../host/state-lock.ts';
import type { HostReader } from '../host/unit-folder.ts';
import { check } from '../policy/check.ts';
import { errorsLine } from '../report/findings.ts';
import type { Paint } from '../report/paint.ts';
import { printable } from '../report/printable.ts';
import { minuteOf, pausedText } from '../report/run-words.ts';
import type { Consent } from '../units/refusals.ts';
import { noteOnNews } from './announce.ts';
import { carriedOut } from './carried-out.ts';
import { carryOut, type Outcome } from './carry-out.ts';
import { choosePause, type PauseOptions } from './choose-pause.ts';
import type { Answer } from './command.ts';
import { EXIT } from './exit-code.ts';
import { keepInUse, readStanding } from './follow-branch.ts';
import { resolveFor } from './followed-host.ts';
import { readConfig } from './read-config.ts';
import { runFollowing } from './run-following.ts';
import { labelFor } from './shared-options.ts';

/** What was said on the command line to apply a commit. */
interface CommitOptions extends Consent, PauseOptions {
  readonly at: string | undefined;
}

const LABEL = labelFor('policy');

/**
 * Applies a commit on a host that follows a repository: the newest one now, with somebody's consent, or an earlier one and
 * then pauses. Throws UsageError, LockHeld, HostRefusal and HostFailure.
 */
export async function applyCommit(
  reader: HostReader,
  options: CommitOptions,
  now: Date,
  paint: Paint,
): Promise<Answer> {
  const config = readConfig(reader.root);
  return await holdingLock(reader.root, () => {
    const { at } = options;
    return at === undefined
      ? applyNewest(reader, config, options, now, paint)
      : applyAt(reader, config, at, options, now, paint);
  });
}

async function applyNewest(
  reader: HostReader,
  config: Config,
  consent: Consent,
  now: Date,
  paint: Paint,
): Promise<Answer> {
  const pause = pauseAt(await readStanding(reader.root), now);
  if (pause) {
    const why = `paused until ${minuteOf(pause.until)}: ${printable(pause.reason)}`;
    throw new HostRefusal(`${why}; ds01-policy resume ends it, apply --at COMMIT changes what is applied meanwhile`);
  }
  const word = { by: loginName() };
  const run = await runFollowing({ reader, config, now, consent, word }, 'does not wait');
  const outcome = run.outcome.map((line) => `${printable(line)}\n`).join('');
  const carried = run.planned ?? run.carried;
  const answer = carried && carriedOut(carried.outcome, reader.name, LABEL, '', paint);
  if (run.exitCode === EXIT.done) return { exitCode: EXIT.done, stdout: `${answer?.stdout ?? ''}${outcome}` };
  return { exitCode: run.exitCode, stdout: answer?.stdout ?? '', stderr: outcome };
}

async function applyAt(
  reader: HostReader,
  config: Config,
  at: string,
  options: CommitOptions,
  now: Date,
  paint: Paint,
): Promise<Answer> {
  const { root } = reader;
  const pause = choosePause(options, config, 'expire', now, 'apply');
  const standing = await readStanding(root);
  const commit = await chooseCommit(root, at, standing.anchor?.kind === 'commit' ? standing.anchor.commit : undefined);
  const files = await readCommitPolicy(root, commit);
  const { findings, policy } = check(files, { kind: 'instant', now });
  if (!policy) return { exitCode: EXIT.policyErrors, stderr: `${errorsLine(findings, LABEL)}\nnothing was changed\n` };
  await writeCommitPolicy(root, commit, files);
  const word = { by: loginName(), reason: pause.reason, pause };
  const host = { reader, config, now, standing, consent: options, word };
  const { author, committer } = await describeCommit(root, commit);
  const before = (await readRecentLines(root)).at(-1);
  const outcome: Outcome = await carryOut({
    ...{ reader, resolved: resolveFor(host, policy), consent: options, now, word },
    source: async () => ({ commit, uncommittedChanges: false, author, committer }),
    cause: 'by-hand',
    always: true,
  });
  await keepInUse(root);
  const note = await noteOnNews(root, before);
  const answer = carriedOut(outcome, reader.name, LABEL, note, paint);
  return answer.exitCode === EXIT.done ? { ...answer, stdout: `${answer.stdout}${pausedText(pause)}` } : answer;
}

// What was never trusted is not applied by this door either.
async function chooseCommit(root: string, name: string, anchor: CommitName | undefined): Promise<CommitName> {
  const commit = await resolveCommit(root, name);
  if (anchor !== undefined && (await isAncestor(root, commit, anchor))) return commit;
  throw new HostRefusal(
    `commit ${commit} was never trusted on this host: apply --at takes what the newest trusted commit descends from; ` +
      'ds01-policy trust names another one',
  );
}
