import type { Grant, LimitOwner, PolicyEvent } from '../review/events.ts';
import { printable } from './printable.ts';

type Event<K extends PolicyEvent['kind']> = Extract<PolicyEvent, { readonly kind: K }>;

/** What one event does, as a line of a log: `grants researcher to 100001@example.org until 2027-03-31: CPU-bound work`. */
export function eventSentence(event: PolicyEvent): string {
  return printable(sentence(event));
}

/** Who or what an event is about: a member by its id, `group researcher`, `the site`, `guard mass-removal`, or a file. */
export function eventObject(event: PolicyEvent): string {
  if ('grant' in event) return event.grant.member;
  if ('owner' in event) return ownerWords(event.owner);
  if ('group' in event) return `group ${event.group}`;
  return 'guard' in event ? `guard ${event.guard}` : event.file;
}

function sentence(event: PolicyEvent): string {
  switch (event.kind) {
    case 'grant':
      return `grants ${event.grant.group} to ${whole(event.grant)}${until(event.grant)}${because(event.grant.reason)}`;
    case 'revoke':
      return `takes ${event.grant.group} from ${whole(event.grant)}`;
    case 'extend':
      return `extends ${held(event.grant)} from ${event.from} to ${event.grant.expires}`;
    case 'shorten':
      return `shortens ${held(event.grant)} from ${event.from} to ${event.grant.expires}`;
    case 'begin':
      return `has ${held(event.grant)} begin on ${event.grant.granted} instead of ${event.from}`;
    case 'move':
      return `moves ${whole(event.grant)} from ${event.from} to ${event.grant.group}${until(event.grant)}`;
    case 'accounts':
      return accountsSentence(event);
    case 'reason':
      return reasonSentence(event);
    case 'limit':
      return limitSentence(event);
    case 'setting':
      return settingSentence(event);
    case 'unreadable':
      return unreadableSentence(event);
    default:
      return otherSentence(event);
  }
}

function otherSentence(event: Event<'group-added' | 'group-removed' | 'answer-added' | 'answer-removed'>): string {
  switch (event.kind) {
    case 'group-added':
      return `adds group ${event.group}`;
    case 'group-removed':
      return `removes group ${event.group}`;
    case 'answer-added':
      return `answers guard ${event.guard} once, until ${event.expires}${because(event.reason)}`;
    case 'answer-removed':
      return `takes out the answer to guard ${event.guard}, which was until ${event.expires}`;
  }
}

function accountsSentence({ grant, added, removed }: Event<'accounts'>): string {
  const gives = `adds ${added.join(', ')} to`;
  const takes = `takes ${removed.join(', ')} out`;
  if (removed.length === 0) return `${gives} the accounts of ${grant.member} in ${grant.group}`;
  const rest = `of the accounts of ${grant.member} in ${grant.group}`;
  return added.length === 0 ? `${takes} ${rest}` : `${takes} ${rest}, and ${gives} them`;
}

function reasonSentence({ grant, from }: Event<'reason'>): string {
  if (grant.reason === undefined) return `takes out the reason for ${held(grant)}, which was${because(from)}`;
  return `gives ${from === undefined ? 'a' : 'another'} reason for ${held(grant)}${because(grant.reason)}`;
}

function limitSentence(event: Event<'limit'>): string {
  const { before, after } = event;
  const effect = toldEffect(event);
  const what = limitWords(event);
  if (effect === 'removed') return `removes the limit on ${what}${was(before)}`;
  // What a file does not say any more, the group or the site says, or the machine does by itself.
  if (after === undefined) return `takes out ${what}${was(before)}${RESULTS[effect]}`;
  if (effect === 'imposed') return `limits ${what} to ${after}, not limited before`;
  const from = before === undefined ? '' : ` from ${before}`;
  return `${before === undefined && effect === 'changes' ? 'sets' : VERBS[effect]} ${what}${from} to ${after}`;
}

/**
 * What a change of a limit is called. A rate that comes or goes for one of several devices leaves a limit that is neither
 * new nor gone.
 */
export function toldEffect({ before, after, effect }: Event<'limit'>): Event<'limit'>['effect'] {
  const [was, is] = [before, after].map((value) => value !== undefined && value !== 'unlimited');
  return was && is && (effect === 'removed' || effect === 'imposed') ? 'changes' : effect;
}

const VERBS = { rises: 'raises', falls: 'lowers', changes: 'changes' } as const;
const RESULTS = {
  ...{ rises: ': more is allowed', falls: ': less is allowed', imposed: ': less is allowed', changes: '' },
} as const;

/** A limit and whom it holds for: `tasks_max of all members of researcher together`. */
function limitWords({ owner, scope, field }: Pick<Event<'limit'>, 'owner' | 'scope' | 'field'>): string {
  return `${field} of ${BEARERS[scope](owner)}`;
}

const BEARERS = {
  per_group: (owner: LimitOwner) => `all members of ${ownerName(owner)} together`,
  per_member: (owner: LimitOwner) => (owner.kind === 'member' ? owner.member : `each member of ${ownerName(owner)}`),
  per_container: (owner: LimitOwner) => `each container of ${ownerName(owner)}`,
} as const;

function settingSentence({ owner, key, before, after }: Event<'setting'>): string {
  const what = `${key} of ${ownerWords(owner)}`;
  if (after === undefined) return `takes out ${what}${was(before)}`;
  return before === undefined ? `sets ${what} to ${after}` : `changes ${what} from ${before} to ${after}`;
}

function unreadableSentence({ file, when, place }: Event<'unreadable'>): string {
  if (when === 'after') return `leaves ${file} so that it cannot be read as policy: what it says is not known`;
  const verb = place ? 'writes anew' : 'removes';
  return `${verb} ${file}, which could not be read as policy: what it said is not known`;
}

function ownerWords(owner: LimitOwner): string {
  return owner.kind === 'group' ? `group ${owner.group}` : ownerName(owner);
}

/** A group or a member by its name, or `the site`. */
export function ownerName(owner: LimitOwner): string {
  if (owner.kind === 'site') return 'the site';
  return owner.kind === 'group' ? owner.group : owner.member;
}

// By the name of the file, which is short; where it says nothing else, the account itself.
function whole({ member, accounts }: Grant): string {
  return accounts.length === 1 ? String(accounts[0]) : `${member} (${accounts.join(', ')})`;
}

function held({ member, group }: Grant): string {
  return `${group} of ${member}`;
}

function until({ expires }: Grant): string {
  return expires === 'never' ? ' without end' : ` until ${expires}`;
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}

function was(value: string | undefined): string {
  return value === undefined ? '' : `, which was ${value}`;
}
