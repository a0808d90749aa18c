import type { ApplyEvent, Event, LastApply, Pause, Refused, Standing } from './record.ts';

/** Where a host stands of which nothing is known: nothing is trusted. */
export const UNKNOWN: Standing = {};

/** Where a host stands after something has happened. */
export function advance(standing: Standing, event: Event): Standing {
  switch (event.kind) {
    case 'apply':
      return { ...afterApply(standing, event, event.at), last: lastOf(event, event.at) };
    case 'refuse':
      return event.blame === 'commit' ? { ...standing, ...refusedBy(event, event.at) } : standing;
    case 'pause':
      return { ...standing, pause: event.pause };
    case 'resume':
      return {
        ...without(standing, 'pause', 'refused', 'stopped'),
        ...(event.day !== undefined && { day: event.day }),
      };
    case 'trust':
      return { ...without(standing, 'refused'), anchor: { kind: 'commit', commit: event.commit } };
    case 'install':
      // What is trusted is never opened again by installing once more.
      return { ...without(standing, 'refused'), anchor: standing.anchor ?? { kind: 'first' } };
    case 'stop':
      return { ...standing, stopped: { since: event.at, what: event.what } };
    case 'uninstall':
      return standing;
  }
}

/** The pause that holds at a moment, if there is one: it ends by itself, and a clock that is set back far ends it, too. */
export function pauseAt({ pause }: Standing, now: Date): Pause | undefined {
  if (!pause) return undefined;
  const [since, until] = [Date.parse(pause.since), Date.parse(pause.until)];
  return Math.abs(now.getTime() - since) < until - since ? pause : undefined;
}

function lastOf({ result, policy, failure }: ApplyEvent, at: string): LastApply {
  return { at, result, commit: policy.commit, ...(failure !== undefined && { failure }) };
}

function afterApply(standing: Standing, event: ApplyEvent, at: string): Standing {
  return event.result === 'applied' ? afterSuccess(standing, event, at) : afterFailure(standing, event, at);
}

// A grant that has ended stays ended: the newest day that was ever applied counts.
function afterSuccess(standing: Standing, { cause, policy, day, pause }: ApplyEvent, at: string): Standing {
  const newest = standing.day !== undefined && standing.day > day ? standing.day : day;
  const rest = { ...standing, day: newest, ...(pause && { pause }) };
  if (cause === 'day' || cause === 'drift') return rest;
  const { commit } = policy;
  // A folder applied by hand comes without a pause, and is of no commit that this host has and can keep.
  if (commit === null || policy.uncommittedChanges || (cause === 'by-hand' && !pause)) return without(rest, 'applied');
  const applied = { ...rest, applied: { commit, at } };
  if (cause === 'by-hand') return applied;
  return { ...without(applied, 'refused', 'stopped'), anchor: { kind: 'commit', commit } };
}

function afterFailure(standing: Standing, { policy, failure = '', blame }: ApplyEvent, at: string): Standing {
  if (blame !== 'commit') return standing;
  return { ...standing, ...refusedBy({ policy, exitCode: 4, why: failure }, at) };
}

function refusedBy(
  { policy, exitCode, why }: Pick<ApplyEvent, 'policy'> & Pick<Refused, 'exitCode' | 'why'>,
  at: string,
): Pick<Standing, 'refused'> {
  return policy.commit === null ? {} : { refused: { commit: policy.commit, at, exitCode, why } };
}

function without<K extends keyof Standing>(standing: Standing, ...keys: readonly K[]): Omit<Standing, K> {
  const rest = { ...standing };
  for (const key of keys) delete rest[key];
  return rest;
}
