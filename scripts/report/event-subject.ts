import type { PolicyEvent } from '../review/events.ts';
import { eventObject, ownerName, toldEffect } from './event-words.ts';
import { printable, shortened } from './printable.ts';

/** Characters of the first line of a commit message: what git and its pages show without cutting it off. */
const LONGEST = 72;

/**
 * The first line of the message of a commit that does this, at most 72 characters: `Grant researcher to 100001 until
 * 2027-03-31`. What goes along with a grant of the same member is not named by itself.
 */
export function eventSubject(events: readonly PolicyEvent[]): string {
  const [first, ...others] = events.filter((event) => !goesAlong(event, events));
  if (!first) return 'Write policy in other words';
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `${shortened(printable(imperative(first)), LONGEST - more.length)}${more}`;
}

const LEADING: readonly PolicyEvent['kind'][] = ['grant', 'extend', 'shorten', 'move', 'group-added'];

// A renewed grant has another first day and reason; a new group has limits.
function goesAlong(event: PolicyEvent, events: readonly PolicyEvent[]): boolean {
  if (event.kind === 'extend' || event.kind === 'shorten') return events.some((other) => isMove(other, event));
  if (LEADING.includes(event.kind) || event.kind === 'revoke') return false;
  return events.some((other) => LEADING.includes(other.kind) && eventObject(other) === eventObject(event));
}

function isMove(other: PolicyEvent, event: PolicyEvent): boolean {
  return other.kind === 'move' && eventObject(other) === eventObject(event);
}

function imperative(event: PolicyEvent): string {
  switch (event.kind) {
    case 'grant':
      return `Grant ${event.grant.group} to ${event.grant.member} ${until(event.grant.expires)}`;
    case 'revoke':
      return `Take ${event.grant.group} from ${event.grant.member}`;
    case 'extend':
      return `Extend ${event.grant.group} of ${event.grant.member} ${until(event.grant.expires)}`;
    case 'shorten':
      return `Shorten ${event.grant.group} of ${event.grant.member} to ${event.grant.expires}`;
    case 'begin':
      return `Begin ${event.grant.group} of ${event.grant.member} on ${event.grant.granted}`;
    case 'move':
      return `Move ${event.grant.member} from ${event.from} to ${event.grant.group}`;
    case 'accounts':
      return `Change the accounts of ${event.grant.member}`;
    case 'reason':
      return `Change the reason for ${event.grant.group} of ${event.grant.member}`;
    case 'limit':
      return limitSubject(event);
    case 'setting': {
      const what = `${event.key} of ${eventObject(event)}`;
      return event.after === undefined ? `Take out ${what}` : `Set ${what} to ${event.after}`;
    }
    case 'group-added':
      return `Add group ${event.group}`;
    case 'group-removed':
      return `Remove group ${event.group}`;
    case 'answer-added':
      return `Answer guard ${event.guard} once, until ${event.expires}`;
    case 'answer-removed':
      return `Take out the answer to guard ${event.guard}`;
    case 'unreadable':
      return `Change ${event.file}, which cannot be read as policy`;
  }
}

const VERBS = { rises: 'Raise', falls: 'Lower', imposed: 'Limit', changes: 'Set' } as const;
const BEARERS = { per_group: '', per_member: 'each member of ', per_container: 'each container of ' } as const;

function limitSubject(event: Extract<PolicyEvent, { kind: 'limit' }>): string {
  const { owner, scope, field, after } = event;
  const effect = toldEffect(event);
  const bearer = owner.kind === 'member' && scope === 'per_member' ? '' : BEARERS[scope];
  const what = `${field} of ${bearer}${ownerName(owner)}`;
  if (effect === 'removed') return `Remove the limit on ${what}`;
  return after === undefined ? `Take out ${what}` : `${VERBS[effect]} ${what} to ${after}`;
}

function until(expires: string): string {
  return expires === 'never' ? 'without end' : `until ${expires}`;
}
