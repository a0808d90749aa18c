import type { Waiting } from '../follow/decide.ts';
import type { Pause, Standing } from '../follow/record.ts';
import type { RunReport } from '../follow/run-report.ts';
import { count, printable } from './printable.ts';

/** A commit as people read it: its first twelve digits. */
export function shortCommit(commit: string): string {
  return printable(commit.slice(0, 12));
}

/** A moment as people read it: to the minute, in UTC. */
export function minuteOf(instant: string): string {
  return printable(`${instant.slice(0, 16).replace('T', ' ')} UTC`);
}

/** That the host failed, and when it is tried again. */
export function backoffWords({ failures, until, why }: NonNullable<RunReport['backoff']>): string {
  const what = why === undefined ? '' : `: ${printable(why)}`;
  return `the host failed ${count(failures, 'time')} in a row, next try at ${minuteOf(until)}${what}`;
}

/** Why a host does not follow the newest commit, and what to do; nothing where it does. */
export function waitingWords(waiting: Waiting): string | undefined {
  switch (waiting.kind) {
    case 'nothing':
      return undefined;
    case 'closed':
      return (
        'no commit is trusted: the history of this host was never begun, or is lost; look at the branch, then name the ' +
        'commit to begin with: ds01-policy trust COMMIT --reason TEXT'
      );
    case 'paused':
      return `paused until ${minuteOf(waiting.until)}: ${printable(waiting.reason)}; ds01-policy resume ends it`;
    case 'refused': {
      const { commit, at, why } = waiting.refused;
      const when = `refused at ${minuteOf(at)}, and not tried again until another one comes or ds01-policy resume`;
      return `commit ${shortCommit(commit)} was ${when}: ${printable(why)}`;
    }
    case 'stopped':
      return `stopped at ${minuteOf(waiting.stopped.since)}: ${printable(waiting.stopped.what)}`;
  }
}

/** What a pause means, for whoever asked for it. */
export function pausedText({ until, reason, grants }: Pause): string {
  const kept = grants === 'keep' ? 'grants do not end meanwhile' : 'grants end meanwhile as they would';
  return `paused until ${minuteOf(until)}: ${printable(reason)}\nnothing is applied until then; ${kept}; ds01-policy resume ends it\n`;
}

/** What the next run will do that the last one did not. */
export function resumedText({ pause, refused, stopped }: Standing, resetDay: boolean, now: Date): string {
  const paused = pause && now.getTime() < Date.parse(pause.until);
  const lines = [
    ...(paused ? [`the pause until ${minuteOf(pause.until)} is over`] : []),
    ...(refused ? [`commit ${shortCommit(refused.commit)} is tried again`] : []),
    ...(stopped ? ['what comes back is put right again'] : []),
    ...(resetDay ? ['grants go by the clock of this host again'] : []),
  ];
  return `${lines.length === 0 ? 'nothing was paused, refused or stopped' : lines.join('\n')}\n`;
}

/** What the next run will take. */
export function trustedText(commit: string): string {
  return `the next run goes on from commit ${shortCommit(commit)}, or from one that descends from it\n`;
}
