import type { Lag } from '../follow/lag.ts';
import { count } from '../units/listing.ts';

/** Why the newest commit is not in force, in one sentence, with the figure behind it and what to do. */
export interface LagWords {
  readonly message: string;
  readonly figure: string;
  readonly wayOut: string;
}

const LOGS = 'journalctl --unit=ds01-policy-apply.service --unit=ds01-policy-fetch.service';

/** Says why a host does not follow. A pause and a commit that has just come are nothing to mend: `undefined`. */
export function lagWords(lag: Lag): LagWords | undefined {
  switch (lag.kind) {
    case 'pending':
      return undefined;
    case 'waiting':
      return waitingWords(lag.waiting);
    case 'backoff': {
      const { failures, until, why } = lag.backoff;
      const what = why === undefined ? '' : `: ${why}`;
      const message = `the last tries to apply policy failed${what}`;
      return {
        message,
        figure: `${count(failures, 'failure')} in a row`,
        wayOut: `mend that; the next try is at ${minuteOf(until)}`,
      };
    }
    case 'failed': {
      const { exitCode, outcome, at } = lag.run;
      const figure = `exit code ${exitCode} at ${minuteOf(at)}`;
      return { message: `the last run of policy failed: ${outcome}`, figure, wayOut: LOGS };
    }
    case 'unverified': {
      const since = lag.since === undefined ? 'the machine was started' : minuteOf(lag.since);
      const message = 'no run has found the newest commit in force for too long';
      return { message, figure: `not since ${since}`, wayOut: LOGS };
    }
    case 'not-asked': {
      const message = 'the remote repository is not asked for new commits any more';
      return { message, figure: `not asked since ${minuteOf(lag.since)}`, wayOut: LOGS };
    }
    case 'unreachable': {
      const message = `the remote repository cannot be reached: ${lag.failure}`;
      return {
        message,
        figure: `not reached since ${minuteOf(lag.since)}`,
        wayOut: 'mend that; what is applied stays in force',
      };
    }
  }
}

type Waiting = Extract<Lag, { readonly kind: 'waiting' }>['waiting'];

function waitingWords(waiting: Waiting): LagWords | undefined {
  switch (waiting.kind) {
    case 'paused':
      return undefined;
    case 'closed': {
      const wayOut = 'look at the branch, then name the commit to begin with: ds01-policy trust COMMIT --reason TEXT';
      return { message: 'no commit is trusted, and so none is applied', figure: 'no commit to begin with', wayOut };
    }
    case 'refused': {
      const { commit, at, why } = waiting.refused;
      const message = `commit ${shortCommit(commit)} was refused: ${why}`;
      const wayOut = 'push a commit that mends it; ds01-policy resume tries this one again';
      return { message, figure: `refused at ${minuteOf(at)}`, wayOut };
    }
    case 'stopped': {
      const { since, what } = waiting.stopped;
      const wayOut = 'find out who writes it, then ds01-policy resume puts it right again';
      return {
        message: `what comes back is not put right any more: ${what}`,
        figure: `stopped at ${minuteOf(since)}`,
        wayOut,
      };
    }
  }
}

/** A moment to the minute, in UTC. */
export function minuteOf(instant: string): string {
  return `${instant.slice(0, 16).replace('T', ' ')} UTC`;
}

/** A commit by its first twelve digits. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 12);
}
