import { chain, type Link } from '../../scripts/follow/history-chain.ts';
import type { ApplyEvent, Event, HistoryRecord, PolicySource, WordEvent } from '../../scripts/follow/record.ts';

/** Commits, by age. */
export const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];

/** A time on the day of the tests, in UTC. */
export function at(time: string): string {
  return `2026-06-15T${time}:00.000Z`;
}

/** Policy of a commit, as it is. */
export function of(commit: string): PolicySource {
  return { commit, uncommittedChanges: false };
}

/** An apply that was made necessary by a commit and has worked, unless something else is said. */
export function applied(instant: string, policy: PolicySource, more: Partial<ApplyEvent> = {}): Event & ApplyEvent {
  const said = { result: 'applied', cause: 'commit', day: '2026-06-15', digest: 'd', changes: [] } as const;
  return { version: 1, at: instant, kind: 'apply', ...said, policy, ...more };
}

/** A refusal of a commit that is not signed. */
export function refused(instant: string, policy: PolicySource, blame: 'commit' | 'host' = 'commit'): Event {
  return { version: 1, at: instant, kind: 'refuse', policy, exitCode: 3, why: 'is not signed', blame };
}

/** Somebody's word. */
export function word(instant: string, said: WordEvent): Event {
  return { version: 1, at: instant, ...said };
}

/** The lines of a history in which these things happened, oldest first. */
export function linesOf(events: readonly Event[]): readonly string[] {
  return linksOf(events).map(({ line }) => line);
}

/** The records of a history in which these things happened, oldest first. */
export function historyOf(events: readonly Event[]): readonly HistoryRecord[] {
  return linksOf(events).map(({ record }) => record);
}

function linksOf(events: readonly Event[]): readonly Link[] {
  let last: Link | undefined;
  return events.map((event) => {
    last = chain(last, event);
    return last;
  });
}
