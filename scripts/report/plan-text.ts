import type { Change, Difference } from '../units/diff.ts';
import type { Plan } from '../units/plan.ts';
import type { Effect } from '../units/settings.ts';
import { hostSections, titled, verifiedText } from './drift.ts';
import type { Label } from './findings.ts';
import type { Paint, Tone } from './paint.ts';
import {
  answerWords,
  CHANGE_WORDS,
  effectText,
  fromTo,
  moveSentence,
  placeOf,
  placeText,
  planSummary,
  subjectOf,
} from './plan-words.ts';
import { columns, count, printable } from './printable.ts';

/** A plan for people: every unit and limit with the line of policy behind it, who is affected, and what speaks against it. */
export function planText(plan: Plan, label: Label, paint: Paint): string {
  const sections = [
    unitLines(plan, label, paint),
    titled('who', moveLines(plan, label), paint),
    ...hostSections(plan, label, paint),
    titled(
      'written by somebody else: apply --adopt takes it over and keeps a copy',
      plan.changes.flatMap(({ kind, path }) => (kind === 'adopt' ? [`  ${printable(path)}`] : [])),
      paint,
    ),
    titled(
      'not ours, and in the way',
      plan.conflicts.map(({ path, message }) => `  ${printable(path)} ${printable(message)}\n    ${CONFLICT_WAY_OUT}`),
      paint,
    ),
    titled(
      'refused',
      plan.guards.map(({ id, message, wayOut }) => `  ${printable(message)} [${id}]\n    ${printable(wayOut)}`),
      paint,
    ),
    titled(
      'allowed once',
      plan.answered.map((answered) => {
        const { id, message } = answered.guard;
        const why = printable(`${placeText(answered.answer.place, label)}: ${answerWords(answered)}`);
        return `  ${printable(message)} [${id}]\n    ${why}`;
      }),
      paint,
    ),
    foreignLines(plan),
    summaryLines(plan, paint),
  ];
  const blocks = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${blocks.join('\n\n')}\n`;
}

/** Every unit that changes, with its limits and the lines of policy behind them. */
export function unitLines(plan: Plan, label: Label, paint: Paint): readonly string[] {
  return plan.changes.flatMap((change) => changeLines(change, plan, label, paint));
}

/** What to do with a plan that nothing speaks against; nothing if there is nothing to do. */
export function nextStep({ changes, guards, conflicts, drift }: Plan): string {
  const refused = guards.length > 0 || conflicts.length > 0 || drift.some(({ action }) => action === 'refuse');
  if (changes.length === 0 || refused) return '';
  const adopt = changes.some(({ kind }) => kind === 'adopt') ? ' --adopt' : '';
  return `apply${adopt} carries it out; with --expect and the digest, this plan and no other\n`;
}

const CONFLICT_WAY_OUT = 'apply refuses while it is there: move it away if policy shall decide about this slice';

function changeLines(change: Change, { draining }: Plan, label: Label, paint: Paint): readonly string[] {
  const { sign } = CHANGE_WORDS[change.kind];
  const place = placeText(placeOf(change), label);
  const kept = change.kind === 'update' && draining.some(({ slice }) => change.path.replace(/[.]d\/.*$/, '') === slice);
  const about = [kept ? 'kept for what still runs in it' : subjectOf(change.path), place]
    .filter((part) => part !== '')
    .join(', ');
  const head = `${paint(SIGN_TONES[change.kind], `${sign} ${printable(change.path)}`)}  ${paint('faint', printable(about))}`;
  const limits = change.differences.filter(({ effect, place }) => effect || place);
  // A long description does not push the limits apart.
  const others = change.differences.filter(({ effect, place }) => !effect && !place);
  const rows = columns(
    limits.map((difference) => differenceRow(difference, label)),
    '    ',
  );
  return [
    head,
    ...rows.map((line, index) => tinted(line, limits[index]?.effect, paint)),
    ...others.map((difference) => `    ${printable(`${difference.key}  ${fromTo(difference)}`)}`),
  ];
}

const SIGN_TONES: Readonly<Record<Change['kind'], Tone>> = {
  create: 'added',
  update: 'warning',
  adopt: 'warning',
  remove: 'removed',
  clear: 'removed',
};
const EFFECT_TONES: Readonly<Record<Effect, Tone>> = {
  falls: 'error',
  removed: 'error',
  imposed: 'warning',
  changes: 'warning',
  rises: 'good',
};

function differenceRow(difference: Difference, label: Label): readonly string[] {
  const { key, place } = difference;
  return [printable(key), printable(fromTo(difference)), printable(effectText(difference)), placeText(place, label)];
}

function tinted(line: string, effect: Effect | undefined, paint: Paint): string {
  return effect ? paint(EFFECT_TONES[effect], line) : line;
}

function moveLines(plan: Plan, label: Label): readonly string[] {
  return columns(
    plan.moves.map((move) => [printable(move.account), printable(moveSentence(move)), placeText(move.place, label)]),
    '  ',
  );
}

function foreignLines({ foreign, accountingOnly, site }: Plan): readonly string[] {
  const names = foreign.slice(0, 5).map(printable).join(', ');
  const more = foreign.length > 5 ? ` and ${foreign.length - 5} more` : '';
  const others = `left alone: ${count(foreign.length, 'file')} of site "${site}" that ds01-policy did not write: ${names}${more}`;
  const units = `left alone: ${count(accountingOnly.length, 'unit')} of site "${site}" without any limit, made by other tools`;
  return [...(foreign.length === 0 ? [] : [others]), ...(accountingOnly.length === 0 ? [] : [units])];
}

function summaryLines(plan: Plan, paint: Paint): readonly string[] {
  const summary = planSummary(plan);
  const verified = plan.verified ? [verifiedText(plan.verified)] : [];
  if (!plan.differs) return [paint('good', summary), ...verified];
  if (plan.changes.length === 0) return [paint('strong', `on ${plan.today}: ${summary}`)];
  return [paint('strong', `on ${plan.today}: ${summary}`), `digest ${plan.digest}`];
}
