import type { AccountChange, LaterChange } from '../review/account-changes.ts';
import type { Danger } from '../review/dangers.ts';
import type { Bearer, Fall } from '../review/falls.ts';
import type { DefaultChange, GroupChange } from '../review/group-changes.ts';
import type { LimitChange } from '../review/limit-changes.ts';
import type { Oversubscription } from '../review/oversubscription.ts';
import { type Naming, Subject } from './account-names.ts';
import { amountPhrase, limitPhrases, type Told } from './limit-phrases.ts';
import { count } from './printable.ts';

/** How sentences are written: what comes from outside passes through `name` or `words`. */
export interface Telling extends Naming {
  /** What is no name. */
  words(value: string): string;
  /** A word that nobody may miss. */
  strong(word: string): string;
}

/**
 * What happens to some accounts, in one sentence: from what to what, until when, and all that they have then. `where` is put
 * behind it, before the reason.
 */
export function accountSentence(change: AccountChange, telling: Telling, where: string): string {
  const { accounts, limits, later, reason, kind } = change;
  const who = new Subject(accounts, telling);
  const now = kind === 'pending' ? '' : `${who.name} ${predicate(change, who, telling)}${said(limits, telling)}`;
  const then = later ? `${kind === 'pending' ? who.name : '; then'} ${laterPredicate(change, later, telling)}` : '';
  const why = reason === undefined ? '' : `. Reason: ${telling.words(reason)}`;
  return `${now}${then}${where}${why}${who.list === '' ? '' : `. These are ${who.list}`}`;
}

/** What happens to the limits of a group, in one sentence with the number of those whom it hits. */
export function groupSentence({ kind, group, accounts, isDefault, limits }: GroupChange, telling: Telling): string {
  const name = telling.name(group);
  const listed = accounts === 0 && isDefault ? [] : [count(accounts, 'listed account')];
  const whom = [...listed, ...(isDefault ? ['everybody who is not listed'] : [])].join(' and ');
  if (kind === 'removed') return `${name} (${whom}) is removed`;
  return `${name} (${whom})${kind === 'added' ? ' is new' : ''}${said(limits, telling, 'group')}`;
}

/** What happens to everybody who is not listed. */
export function unlistedSentence({ before, after, limits }: DefaultChange, telling: Telling): string {
  return `everybody who is not listed moves from ${telling.name(before)} to ${telling.name(after)}${said(limits, telling)}`;
}

/** Limits that fall, vanish or are new, and for whom. */
export function fallSentence({ bearer, day, limits }: Fall, telling: Telling): string {
  return `${bearerWords(bearer, telling)}${day === undefined ? '' : ` on ${day}`}${said(limits, telling, toldOf(bearer))}`;
}

/** What may happen to what runs, or to the host. */
export function dangerSentence(danger: Danger, telling: Telling): string {
  switch (danger.kind) {
    case 'work-stays': {
      const whose = new Subject(danger.accounts, telling).name;
      const group = telling.name(danger.group);
      return `containers of ${whose} that run keep the limits of ${group} until they are made anew`;
    }
    case 'kills':
      return `${fallSentence(danger, telling)}: the kernel kills programs that hold more; apply refuses while they do`;
    case 'forks':
      return `${fallSentence(danger, telling)}: whoever has more cannot start programs or threads until some have ended`;
    case 'renamed': {
      const [from, to] = [telling.name(`${danger.from}.slice`), telling.name(`${danger.to}.slice`)];
      return `every slice is below ${to} instead of ${from}: what runs stays where it is, and container tools have to use the new names`;
    }
    case 'oversubscribed':
      return oversubscriptionSentence(danger, telling);
  }
}

function predicate(change: AccountChange, who: Subject, { name }: Telling): string {
  const { kind, before, after } = change;
  const [from, group] = [name(before?.group ?? ''), name(after.group)];
  switch (kind) {
    case 'moves':
      return `${who.verb('moves', 'move')} from ${from} to ${group}${until(after.grant?.until)}`;
    case 'returns':
      return `${who.verb('goes', 'go')} back from ${from} to ${group}, ${whyBack(change)}`;
    case 'given':
      return `${who.verb('has', 'have')} ${group}${until(after.grant?.until)}`;
    case 'limits':
      return `${who.verb('has', 'have')} other limits in ${group}${after.state === 'active' ? otherDays(change) : `, ${whyBack(change)}`}`;
    case 'pending':
      return '';
    case 'taken-back':
      return `will not get ${name(before?.grant?.group ?? '')} on ${before?.grant?.from}: the grant is taken back`;
    case 'days':
      return `${after.state === 'active' ? who.verb('keeps', 'keep') : 'will have'} ${name(after.grant?.group ?? '')}${otherDays(change)}`;
    case 'listed':
      return `${who.verb('is', 'are')} listed now, and ${who.verb('stays', 'stay')} in ${group}`;
    case 'unlisted':
      return `${who.verb('is', 'are')} not listed any more, and ${who.verb('stays', 'stay')} in ${group}`;
    case 'over':
      return overWords(change, who);
  }
}

function laterPredicate(change: AccountChange, later: LaterChange, telling: Telling): string {
  const { day, before, after, limits } = later;
  const [from, to] = [telling.name(before), telling.name(after)];
  const own = limits.length === 0 ? `the limits of ${to} and no others` : `other limits in ${to}`;
  const what = before === after ? `will have ${own} from ${day} on` : `will move from ${from} to ${to} on ${day}`;
  return `${what}${until(change.after.grant?.until)}${said(limits, telling)}`;
}

function overWords({ before, after }: AccountChange, who: Subject): string {
  const ended = (after.grant ?? before?.grant)?.until;
  const gone = after.grant ? '' : `, and ${who.verb('its file is', 'their files are')} taken out`;
  return `${who.verb('has', 'have')} a grant that ended on ${ended}${gone}: nothing changes`;
}

function whyBack({ after: { state, grant } }: AccountChange): string {
  if (state === 'unlisted') return 'as no file lists it any more';
  return state === 'expired' ? `as the grant ended on ${grant?.until}` : `as the grant begins on ${grant?.from}`;
}

function otherDays({ before, after }: AccountChange): string {
  const [was, is] = [before?.grant, after.grant];
  const end = `${until(is?.until)}${was && was.until !== is?.until ? ` instead of${until(was.until)}` : ''}`;
  const isOther = was !== undefined && was.from !== is?.from;
  if (after.state === 'pending') return ` from ${is?.from}${isOther ? ` instead of ${was.from}` : ' on'}${end}`;
  return isOther ? `${end}, with ${is?.from} as its first day instead of ${was.from}` : end;
}

function until(day: string | undefined): string {
  if (day === undefined) return '';
  return day === 'never' ? ' without end' : ` until ${day}`;
}

function oversubscriptionSentence({ host, resource, has, before, after }: Oversubscription, { name }: Telling): string {
  const was = before && before.limited !== after.limited ? `, ${amountPhrase(resource, before.limited)} before` : '';
  const besides = after.unlimited.length === 0 ? '' : `; no limit holds for ${after.unlimited.map(name).join(', ')}`;
  const sum = amountPhrase(resource, after.limited);
  return `host ${name(host)} has ${amountPhrase(resource, has)}, and all groups together may use ${sum}${was}${besides}`;
}

function bearerWords(bearer: Bearer, telling: Telling): string {
  if (bearer.kind === 'unlisted') return 'everybody who is not listed';
  if (bearer.kind === 'group') return telling.name(bearer.group);
  return new Subject(bearer.accounts, telling).short;
}

function toldOf({ kind }: Bearer): Told {
  return kind === 'group' ? 'group' : 'accounts';
}

function said(limits: readonly LimitChange[], { words }: Telling, told: Told = 'accounts'): string {
  return limits.length === 0 ? '' : `${told === 'group' ? ',' : ':'} ${words(limitPhrases(limits, told))}`;
}
