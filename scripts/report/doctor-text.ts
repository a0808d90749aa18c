import type { Case, Focus } from '../diagnosis/case.ts';
import type { CausingLimit, Evidence } from '../diagnosis/check.ts';
import type { Asked, Diagnosis, FoundCause } from '../diagnosis/diagnose.ts';
import { untilText } from './explain.ts';
import type { Label } from './findings.ts';
import type { Paint, Tone } from './paint.ts';
import { placeText } from './plan-words.ts';
import { count, printable } from './printable.ts';
import { minuteOf } from './run-words.ts';
import { hanging, wrapped } from './wrapped.ts';

/** What was seen of a host, and what the checks made of it. */
export interface Examined {
  readonly host: string;
  readonly found: Pick<Case, 'focus' | 'now' | 'window' | 'machine' | 'facts' | 'all' | 'resolved'>;
  readonly diagnosis: Diagnosis;
}

/** Why work is slow, for people: the reasons first, the most likely one on top, then what was looked at. */
export function doctorText(examined: Examined, label: Label, paint: Paint): string {
  const { diagnosis } = examined;
  const { causes, checks } = diagnosis;
  const notes = [...new Set(checks.flatMap((check) => check.notes))];
  const sections = [
    headLines(examined, label, paint),
    ...causes.slice(0, MOST.causes).map((cause, index) => causeLines(cause, index + 1, label, paint)),
    restLines(causes.slice(MOST.causes)),
    [paint('strong', 'looked at'), ...checkLines(diagnosis, paint)],
    notes.length === 0 ? [] : [paint('strong', 'good to know'), ...noteLines(notes)],
    hintLines(examined).flatMap((hint) => wrapped(hint, WIDTH).map((line) => paint('faint', line))),
  ];
  const shown = sections.filter((section) => section.length > 0);
  return `${shown.map((section) => section.join('\n')).join('\n\n')}\n`;
}

// Most terminals are wider; a path or a command that is longer stays whole, so that it can be copied.
const WIDTH = 100;

/** So many are shown: what comes after them is less likely, or more of the same. */
const MOST = { causes: 10, evidence: 6, notes: 10, unknown: 3, administrators: 3 } as const;

function headLines(examined: Examined, label: Label, paint: Paint): readonly string[] {
  const { host, found, diagnosis } = examined;
  const when = minuteOf(new Date(found.now).toISOString());
  const title = `${whose(found.focus, host)}, ${when}, watched for ${found.window.toFixed(1)} s`;
  const about = found.focus ? wrapped(focusText(found.focus, found, label), WIDTH) : [];
  return [`${paint('strong', title)}: ${verdict(diagnosis, paint)}`, ...about];
}

function whose(focus: Focus | undefined, host: string): string {
  const where = printable(host);
  if (!focus) return where;
  if (focus.kind === 'account') return `${printable(focus.entitlement.account)} on ${where}`;
  const owner = focus.entitlement ? ` of ${printable(focus.entitlement.account)}` : '';
  return `container ${printable(focus.name ?? focus.id.slice(0, 12))}${owner} on ${where}`;
}

function verdict({ causes, checks }: Diagnosis, paint: Paint): string {
  const [first] = causes;
  if (first) return paint(toneOf(first.weight), count(causes.length, 'reason'));
  const open = checks.filter(({ status }) => status === 'cannot-tell').length;
  if (open === 0) return paint('good', 'no reason found');
  return paint('warning', `no reason found; ${open} of ${count(checks.length, 'check')} cannot tell`);
}

// What fails, or is held up most of the time, is what somebody came for: scripts/diagnosis/check.ts has the weights.
function toneOf(weight: number): Tone {
  return weight >= 70 ? 'error' : 'warning';
}

/** Which limits are about it, and whether anything is there to be held up by them. */
function focusText(focus: Focus, { all, facts }: Examined['found'], label: Label): string {
  const { entitlement } = focus;
  if (!entitlement) return 'it is in no slice that policy gives to an account';
  const { group, slice, state, groupPlace } = entitlement;
  const ended = state === 'expired' || state === 'pending' ? `${untilText(entitlement)}, ` : '';
  const where = `group ${group.group.name} (${ended}${placeText(groupPlace, label)}), ${slice}`;
  if (focus.kind === 'container' || all.some(({ name }) => name === slice)) return where;
  const idle = `${where}; nothing runs there`;
  if (state !== 'unlisted' || facts.people.kind === 'told') return idle;
  return `${idle}, and whether there is such an account is not known: ${printable(facts.people.why)}`;
}

function causeLines(cause: FoundCause, number: number, label: Label, paint: Paint): readonly string[] {
  const { message, weight, limit, evidence, wayOut } = cause;
  const first = `${number}. `;
  const indent = ' '.repeat(first.length);
  const said = hanging(first, printable(message), WIDTH).map((line) => paint(toneOf(weight), line));
  return [
    ...said,
    ...(limit ? [`${indent}limit: ${limitText(limit, label)}`] : []),
    // On one line, however long: it may be a command that is copied.
    `${indent}do:    ${paint('strong', printable(wayOut))}`,
    ...evidenceTexts(evidence).map((text, index) => `${indent}${index === 0 ? 'seen:  ' : '       '}${text}`),
  ];
}

function limitText({ key, value, origin, place }: CausingLimit, label: Label): string {
  const limit = printable(`${key} ${value === 'infinity' ? 'unlimited' : value}`);
  const where = placeText(place, label);
  if (origin === 'policy') return [limit, where].filter(Boolean).join(', ');
  return [`${limit}, said by ${printable(origin)}`, where && `line of policy: ${where}`].filter(Boolean).join('; ');
}

function evidenceTexts(evidence: readonly Evidence[]): readonly string[] {
  const shown = evidence.slice(0, MOST.evidence).map(({ source, figure }) => printable(`${source}: ${figure}`));
  const more = evidence.length - MOST.evidence;
  return more > 0 ? [...shown, `and ${count(more, 'figure')} more`] : shown;
}

function restLines(rest: readonly FoundCause[]): readonly string[] {
  return rest.length === 0 ? [] : [`and ${count(rest.length, 'less likely reason')}: --format json has all`];
}

const STATUS: Readonly<Record<Asked['status'], { readonly word: string; readonly tone: Tone }>> = {
  finding: { word: 'finding', tone: 'error' },
  'cannot-tell': { word: 'cannot tell', tone: 'warning' },
  ok: { word: 'ok', tone: 'good' },
};

function checkLines({ checks, causes }: Diagnosis, paint: Paint): readonly string[] {
  const width = Math.max(...checks.map(({ title }) => title.length));
  return checks.flatMap((check) => {
    const { status, title, unknown } = check;
    const line = (kind: Asked['status'], text: string) => {
      const { word, tone } = STATUS[kind];
      const [first = '', ...more] = hanging(`  ${word.padEnd(11)}  ${title.padEnd(width)}  `, printable(text), WIDTH);
      return [first.replace(word, () => paint(tone, word)), ...more];
    };
    const open = unknown.slice(0, MOST.unknown).map(({ why, wayOut }) => [why, wayOut].filter(Boolean).join('; '));
    const more = unknown.length - MOST.unknown;
    return [
      ...(status === 'cannot-tell' ? [] : line(status, status === 'ok' ? check.saw : numbersOf(check, causes))),
      ...[...open, ...(more > 0 ? [`and ${more} more`] : [])].flatMap((text) => line('cannot-tell', text)),
    ];
  });
}

/** Where in the list of reasons the findings of a check are: `see 1 and 3`. */
function numbersOf({ id }: Asked, causes: readonly FoundCause[]): string {
  const numbers = causes.flatMap(({ check }, index) => (check === id && index < MOST.causes ? [index + 1] : []));
  const all = causes.filter(({ check }) => check === id).length;
  if (numbers.length === 0) return `${count(all, 'less likely reason')}, not shown`;
  return `see ${numbers.join(', ')}`;
}

function noteLines(notes: readonly string[]): readonly string[] {
  const more = notes.length - MOST.notes;
  const shown = notes.slice(0, MOST.notes).map(printable);
  return [...shown, ...(more > 0 ? [`and ${more} more: --format json has all`] : [])].flatMap((note) => {
    return hanging('  ', note, WIDTH);
  });
}

// A longer look is no help for what root alone may see, nor the other way round.
const LONG = 60;

function hintLines({ found, diagnosis: { causes, checks } }: Examined): readonly string[] {
  const { machine, window } = found;
  const hidden = checks.filter(({ unknown }) => unknown.some(({ wayOut }) => /\broot\b/.test(wayOut ?? '')));
  const names = hidden.map(({ title }) => printable(title)).join(', ');
  const root = `root would see more of: ${names}; the same command with sudo asks again`;
  return [
    ...(causes.some(({ wayOut }) => CHANGES_POLICY.test(wayOut)) ? [CLONE] : []),
    ...(machine.asRoot || causes.length === 0 ? [] : [`who may not do that sends this answer to ${whomToAsk(found)}`]),
    ...(machine.asRoot || hidden.length === 0 ? [] : [root]),
    ...(causes.length > 0 || window >= LONG
      ? []
      : [`what happens only now and then is seen by a longer look: --watch ${LONG}`]),
  ];
}

const CHANGES_POLICY = /\bds01-policy (set-limit|grant|revoke) /;
const CLONE = 'set-limit, grant and revoke propose a change of policy: run them in a clone of its repository';

function whomToAsk({ resolved: { accounts, site } }: Examined['found']): string {
  const all = [...accounts.values()].filter(({ group }) => group.group.name === site.adminGroup);
  return `an administrator: ${all
    .slice(0, MOST.administrators)
    .map(({ account }) => printable(account))
    .join(', ')}`;
}
