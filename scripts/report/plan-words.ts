import type { Place } from '../policy/policy.ts';
import type { AnsweredGuard } from '../units/answers.ts';
import type { Change, Difference } from '../units/diff.ts';
import type { Move } from '../units/moves.ts';
import type { Plan } from '../units/plan.ts';
import type { Effect } from '../units/settings.ts';
import type { Label } from './findings.ts';
import { count, printable } from './printable.ts';

/** What an effect is called wherever a plan is shown. */
export const EFFECT_WORDS: Readonly<Record<Effect, string>> = {
  imposed: 'limit imposed for the first time',
  falls: 'limit falls',
  removed: 'limit removed',
  rises: 'limit rises',
  changes: 'limit changes',
};

/** What a change is called, and its sign. */
export const CHANGE_WORDS: Readonly<Record<Change['kind'], { readonly sign: string; readonly verb: string }>> = {
  create: { sign: '+', verb: 'create' },
  update: { sign: '~', verb: 'update' },
  adopt: { sign: '~', verb: 'adopt' },
  clear: { sign: '-', verb: 'clear' },
  remove: { sign: '-', verb: 'remove' },
};

/** What a unit is about, told from its path: `each member of student`. */
export function subjectOf(path: string): string {
  if (path.startsWith('/')) return 'written by systemctl set-property';
  const [, group, account] = /^[^-.]+(?:-([^-.]+))?(?:-([^-.]*))?[.]slice/.exec(path) ?? [];
  if (group === undefined) return 'all groups together';
  if (account === undefined) return `all members of ${group} together`;
  if (account === '') return `each member of ${group}`;
  return path.includes('/') ? `own limits of ${account}` : `${account} in ${group}`;
}

/** `512 -> 65536`; a limit that no file states is `none`, and one that systemd cannot read was never one. */
export function fromTo({ before, after, ignored }: Difference): string {
  return `${valueWord(before)}${ignored ? ' (never in force, systemd ignores it)' : ''} -> ${valueWord(after)}`;
}

/** What an effect means for what runs: `limit falls, 41.2G in use`. */
export function effectText({ effect, inUse }: Difference): string {
  if (!effect) return '';
  return inUse === undefined ? EFFECT_WORDS[effect] : `${EFFECT_WORDS[effect]}, ${inUse} in use`;
}

/** Who gains, loses or moves group, and why, in one sentence. */
export function moveSentence(move: Move): string {
  const verb = { gains: 'gains', loses: 'goes back', moves: 'moves' }[move.kind];
  return `${verb}: ${move.from} -> ${move.to}, ${moveReason(move)}`;
}

function moveReason({ kind, state, until }: Move): string {
  switch (state) {
    case 'unlisted':
      return 'no member file lists it any more';
    case 'expired':
      return 'the grant expired';
    case 'pending':
      return 'the grant has not begun';
    case 'active':
      // The default group has no end: the grant that ends gave nothing that everybody else does not have.
      if (kind === 'loses') return 'the member file says so';
      return until === 'never' ? 'without an end' : `until ${until}`;
  }
}

/** Why a guard lets a plan pass, and until when: `The course of 2026 is over, until 2026-12-31`. */
export function answerWords({ answer: { reason, expires } }: AnsweredGuard): string {
  return `${reason}, until ${expires.value}`;
}

/** How much a plan does, in one sentence. */
export function planSummary({ changes, drift }: Plan): string {
  const others = (['reload', 'refuse'] as const).flatMap((action) => {
    const number = drift.filter((entry) => entry.action === action).length;
    const words = { reload: 'to bring into force by a reload', refuse: 'that somebody else has the last word about' };
    return number === 0 ? [] : [`${count(number, 'limit')} ${words[action]}`];
  });
  if (changes.length === 0) return others.join('; ') || 'nothing differs';
  const kinds = (['create', 'update', 'remove', 'adopt', 'clear'] as const).flatMap((kind, index) => {
    const number = changes.filter((change) => change.kind === kind).length;
    return index > 2 && number === 0 ? [] : [`${number} to ${CHANGE_WORDS[kind].verb}`];
  });
  const effects = (['imposed', 'falls', 'removed'] as const).flatMap((effect) => {
    const number = limitsWith(changes, effect).length;
    const words = { imposed: 'imposed for the first time', falls: number === 1 ? 'falls' : 'fall', removed: 'removed' };
    return number === 0 ? [] : [`${count(number, 'limit')} ${words[effect]}`];
  });
  return [kinds.join(', '), ...effects, ...others].join('; ');
}

/** The limits of all changes that have an effect, with their unit. */
export function limitsWith(
  changes: readonly Change[],
  effect: Effect,
): readonly { readonly path: string; readonly difference: Difference }[] {
  return changes.flatMap(({ path, differences }) => {
    return differences.filter((difference) => difference.effect === effect).map((difference) => ({ path, difference }));
  });
}

/** `policy/groups/student.yaml:6`, or nothing where no line says it. */
export function placeText(place: Place | undefined, label: Label): string {
  return place ? `${printable(label(place.file))}:${place.line}` : '';
}

/** A line of policy that a change is there for; a removal has none: what it was there for is gone. */
export function placeOf(change: Change): Place | undefined {
  return 'place' in change ? change.place : undefined;
}

function valueWord(text: string | undefined): string {
  if (text === undefined) return 'none';
  return text === '' || text === 'infinity' ? 'unlimited' : text;
}
