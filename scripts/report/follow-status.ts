import type { Config } from '../follow/config.ts';
import type { FollowState, Lag } from '../follow/lag.ts';
import type { Instant } from '../follow/record.ts';
import type { Paint } from './paint.ts';
import { count, printable } from './printable.ts';
import { backoffWords, minuteOf, shortCommit, waitingWords } from './run-words.ts';

/** What a host follows, and how far it has come. */
export interface FollowStatus extends FollowState {
  readonly config: Pick<Config, 'remote' | 'branch' | 'trust' | 'host'>;
  readonly lags: readonly Lag[];
  /** The newest failure or refusal that the history has, if it is not too long ago. */
  readonly lastFailure?: { readonly at: Instant; readonly why: string } | undefined;
}

/** What a host follows, which commit it has since when, how the newest run went, and what stands in the way. */
export function followLines(status: FollowStatus, paint: Paint): readonly string[] {
  const { config, lastFailure, now } = status;
  const { remote, branch, trust } = config;
  return [
    `follows ${printable(branch)} of ${printable(remote)}, ${trust === 'signed' ? 'signed commits only' : 'any commit that descends'}`,
    ...appliedLines(status),
    ...runLines(status),
    ...(lastFailure ? [`  last failure ${ago(lastFailure.at, now)}: ${printable(lastFailure.why)}`] : []),
    ...lagLines(status, paint),
  ];
}

/** The same for programs. */
export function followJson({ config, lags, standing, run, fetched, lastFailure, now }: FollowStatus): unknown {
  // A configuration has more in it than is meant, and other things by the same names.
  const { remote, branch, trust, host } = config;
  const reasons = lags.map((lag) => ({ kind: lag.kind, message: lagWords(lag, now) }));
  const late = { upToDate: lags.length === 0, lags: reasons };
  return { remote, branch, trust, host, ...standing, run, fetched, lastFailure, ...late };
}

function appliedLines({ standing: { applied }, now }: FollowStatus): readonly string[] {
  if (!applied) return ['  no commit is applied'];
  return [`  commit ${shortCommit(applied.commit)}, applied ${ago(applied.at, now)}`];
}

function runLines({ run, now }: FollowStatus): readonly string[] {
  if (!run) return ['  no run since the machine was started'];
  const verified = run.verifiedAt === undefined ? 'not verified yet' : `verified ${ago(run.verifiedAt, now)}`;
  return [`  last run ${ago(run.at, now)}: ${printable(run.outcome)}`, `  ${verified}`];
}

// What the newest run has said itself does not have to be said twice.
function lagLines({ lags, run, now }: FollowStatus, paint: Paint): readonly string[] {
  const words = lags.map((lag) => ({ lag, text: lagWords(lag, now) }));
  const said = printable(run?.outcome ?? '');
  return words
    .filter(({ text }) => !said.includes(text))
    .map(({ lag, text }) => `  ${paint(lag.kind === 'pending' ? 'strong' : 'warning', text)}`);
}

function lagWords(lag: Lag, now: Date): string {
  switch (lag.kind) {
    case 'waiting':
      return waitingWords(lag.waiting) ?? '';
    case 'pending':
      return `commit ${shortCommit(lag.commit)} has come, and the next run takes it`;
    case 'backoff':
      return backoffWords(lag.backoff);
    case 'failed':
      return `the last run failed with exit code ${lag.run.exitCode}`;
    case 'unverified':
      return lag.since === undefined
        ? 'no run has found the newest commit in force since the machine was started; systemctl status ds01-policy.timer'
        : `no run has found the newest commit in force since ${ago(lag.since, now)}; systemctl status ds01-policy.timer`;
    case 'not-asked':
      return `the remote was not asked since ${ago(lag.since, now)}; systemctl status ds01-policy-fetch.service`;
    case 'unreachable':
      return `the remote was not reached since ${ago(lag.since, now)}, what is applied stays in force: ${printable(lag.failure)}`;
  }
}

function ago(instant: Instant, now: Date): string {
  const seconds = Math.floor((now.getTime() - Date.parse(instant)) / 1000);
  // A run may have begun a moment after somebody has asked.
  const how = seconds < -60 ? 'in the future: the clock was set back' : `${duration(Math.max(0, seconds))} ago`;
  return `${minuteOf(instant)} (${how})`;
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

function duration(seconds: number): string {
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ['second', 1];
  return count(Math.floor(seconds / size), unit);
}
