import type { Place } from '../policy/policy.ts';
import type { AccountChange } from '../review/account-changes.ts';
import type { PolicyEvent } from '../review/events.ts';
import type { Review } from '../review/review.ts';
import { eventSentence } from './event-words.ts';
import type { Label } from './findings.ts';
import { answerWords, placeText } from './plan-words.ts';
import { count } from './printable.ts';
import {
  accountSentence,
  dangerSentence,
  fallSentence,
  groupSentence,
  type Telling,
  unlistedSentence,
} from './review-words.ts';

/** One part of a review, as sentences; those that matter most first. */
export interface ReviewSection {
  readonly title: string;
  readonly sentences: readonly string[];
}

/** All that there is to say of a change but its units, in the order that somebody needs who has two minutes. */
export function reviewSections(review: Review, telling: Telling, label: Label): readonly ReviewSection[] {
  const where = (place: Place | undefined) => (place ? ` (${telling.name(placeText(place, label))})` : '');
  const { accounts, groups, unlisted, falls } = review;
  const sections = [
    { title: 'Who', sentences: accounts.map((change) => accountSentence(change, telling, where(onePlace(change)))) },
    {
      title: 'Groups',
      sentences: [
        ...(unlisted ? [`${unlistedSentence(unlisted, telling)}${where(unlisted.place)}`] : []),
        ...groups.map((change) => `${groupSentence(change, telling)}${where(change.place)}`),
      ],
    },
    { title: 'Limits that fall, vanish or are new', sentences: falls.map((fall) => fallSentence(fall, telling)) },
    { title: 'Danger', sentences: dangers(review, telling, where) },
    { title: 'Besides', sentences: besides(review, telling, where) },
  ];
  return sections.filter(({ sentences }) => sentences.length > 0);
}

/** What a change does, in one line. */
export function reviewHeadline(review: Review): string {
  const { compared, accounts, groups, unlisted, plan } = review;
  if (compared === 'unknown') return 'policy had errors before, so nobody can tell what this changes on a host';
  const units = plan?.changes.length ?? 0;
  if (units === 0) return noEffect(review);
  const now = accounts.filter(({ kind }) => NOW.includes(kind)).flatMap((change) => change.accounts).length;
  const what = [
    ...(now > 0 ? [count(now, 'account')] : []),
    ...(groups.length > 0 ? [count(groups.length, 'group')] : []),
    ...(unlisted ? ['everybody who is not listed'] : []),
  ];
  if (compared === 'first') return `the first policy, for ${what.join(' and ')}`;
  // Such as another description of a group.
  if (what.length === 0)
    return `nobody gets anything else; ${count(units, 'unit')} of a host ${units === 1 ? 'changes' : 'change'}`;
  const verb = now + groups.length + (unlisted ? 1 : 0) === 1 ? 'gets' : 'get';
  return `${what.join(' and ')} ${verb} something else; ${fallWords(review)}`;
}

/** For which host the plan of a review is, and its digest. */
export function digestWords({ compared }: Review): string {
  return compared === 'first' ? 'of a host that has no unit yet' : 'of a host that has policy as it was before';
}

const NOW: readonly AccountChange['kind'][] = ['moves', 'returns', 'given', 'limits'];

function noEffect({ accounts }: Review): string {
  const days = accounts.flatMap(({ later }) => later?.day ?? []).sort();
  const [first] = days;
  if (first !== undefined) return `no effect on any host before ${first}`;
  const isLater = accounts.some(({ kind }) => kind === 'days' || kind === 'taken-back');
  return `no effect on any host${isLater ? ' today' : ''}`;
}

function fallWords({ falls }: Review): string {
  const number = falls.reduce((sum, { limits }) => sum + limits.length, 0);
  if (number === 0) return 'no limit falls';
  return number === 1 ? '1 limit falls, vanishes or is new' : `${number} limits fall, vanish or are new`;
}

type Where = (place: Place | undefined) => string;

// Of many members, the files are as many.
function onePlace({ accounts: [first, ...others] }: AccountChange): Place | undefined {
  return others.every(({ member }) => member === first?.member) ? first?.place : undefined;
}

function dangers({ plan, dangers }: Review, telling: Telling, where: Where): readonly string[] {
  const { name, words, strong } = telling;
  return [
    ...(plan?.guards ?? []).map(({ id, message, wayOut }) => {
      return `${strong('refused')} by guard ${name(id)}: ${words(message)}; ${words(wayOut)}`;
    }),
    ...(plan?.answered ?? []).map((answered) => {
      const { guard, answer } = answered;
      const why = `${words(guard.message)}: ${words(answerWords(answered))}`;
      return `guard ${name(guard.id)} is answered once: ${why}${where(answer.place)}`;
    }),
    ...dangers.map((danger) => dangerSentence(danger, telling)),
  ];
}

// What the files say now and no other part of the review tells.
function besides({ accounts, groups, events }: Review, { words }: Telling, where: Where): readonly string[] {
  const members = new Set(accounts.flatMap((change) => change.accounts.map(({ member }) => member)));
  const named = new Set(groups.map(({ group }) => group));
  const isTold = (event: PolicyEvent): boolean => {
    if ('grant' in event) return members.has(event.grant.member);
    if (event.kind !== 'limit') return event.kind === 'group-added' || event.kind === 'group-removed';
    const { owner } = event;
    if (owner.kind === 'member') return members.has(owner.member);
    return owner.kind === 'site' ? named.size > 0 : named.has(owner.group);
  };
  const others = events.filter((event) => !isTold(event));
  return others.map((event) => `${words(eventSentence(event))}${where(event.place)}`);
}
