import type { AccountEntry } from '../follow/account-history.ts';
import type { ApplyEvent, HistoryRecord, PolicySource, RecordedDifference } from '../follow/record.ts';
import type { Paint } from './paint.ts';
import { count, printable } from './printable.ts';
import { minuteOf, shortCommit } from './run-words.ts';

/** The history of a host for people, newest first: what happened, through which commit, whose, and what changed. */
export function historyText(records: readonly HistoryRecord[], paint: Paint): string {
  const blocks = [...records].reverse().map((record) => recordLines(record, paint).join('\n'));
  return blocks.length === 0 ? 'nothing has happened yet\n' : `${blocks.join('\n')}\n`;
}

/** What one account had, oldest first. */
export function accountText(account: string, entries: readonly AccountEntry[], defaultGroup: string): string {
  if (entries.length === 0) {
    return `${printable(account)} was in group ${printable(defaultGroup)} for as long as this host knows\n`;
  }
  return `${[printable(account), ...entries.flatMap(entryLines)].join('\n')}\n`;
}

/** Records, or what changed for an account, as stable JSON, format version 1. */
export function historyJson(entries: readonly (HistoryRecord | AccountEntry)[], broken: number | undefined): string {
  return `${JSON.stringify({ version: 1, whole: broken === undefined, ...(broken && { broken }), entries }, null, 2)}\n`;
}

/** What is said of a history that was changed by something else than this program. */
export function brokenWords(line: number): string {
  return line === 1
    ? 'line 1 of the history is not its beginning: it was changed, or what was before it was taken out by hand'
    : `line ${line} of the history does not fit to the line before it: one of them was changed, taken out or put in by hand`;
}

function recordLines(record: HistoryRecord, paint: Paint): readonly string[] {
  const when = minuteOf(record.at);
  switch (record.kind) {
    case 'apply':
      return applyLines(record, when, paint);
    case 'refuse':
      return [`${when}  ${paint('warning', 'refused')}  ${sourceWord(record.policy)}`, `  ${printable(record.why)}`];
    case 'pause':
      return [
        `${when}  paused until ${minuteOf(record.pause.until)} by ${printable(record.by)}: ${printable(record.pause.reason)}`,
      ];
    case 'trust':
      return [
        `${when}  trusts commit ${shortCommit(record.commit)}, by ${printable(record.by)}: ${printable(record.reason)}`,
      ];
    case 'stop':
      return [`${when}  ${paint('error', 'stopped')}  ${printable(record.what)}`];
    case 'install':
    case 'uninstall':
    case 'resume':
      return [`${when}  ${record.kind}, by ${printable(record.by)}`];
    // Of a newer version of this program, which was here for a while.
    default:
      return [`${when}  ${printable(String((record as { kind?: unknown }).kind))}`];
  }
}

const RESULTS = { applied: 'good', untouched: 'warning', restored: 'warning', broken: 'error' } as const;
const WORDS = { applied: 'applied', untouched: 'failed', restored: 'restored', broken: 'DEGRADED' } as const;

function applyLines(record: ApplyEvent, when: string, paint: Paint): readonly string[] {
  const { result, cause, changes, seconds, policy, failure, by, reason, answers = [], drift = [] } = record;
  const took = seconds === undefined ? '' : `, ${seconds} s`;
  const what = `${paint(RESULTS[result], WORDS[result])}  ${sourceWord(policy)} (${cause}): ${count(changes.length, 'change')}${took}`;
  return [
    `${when}  ${what}`,
    ...peopleLines(policy),
    ...(by === undefined ? [] : [`  by ${printable(by)}${reason === undefined ? '' : `: ${printable(reason)}`}`]),
    ...answers.map(({ guard, objects, reason, expires }) => {
      return `  ${printable(`allowed once: ${guard} of ${named(objects)}, until ${expires}: ${reason}`)}`;
    }),
    ...(failure === undefined ? [] : [`  ${printable(failure)}`]),
    ...changes.flatMap(({ kind, path, differences = [] }) => {
      return [`  ${kind} ${printable(path)}`, ...differences.map((difference) => `    ${differenceWords(difference)}`)];
    }),
    ...drift.map((what) => `  put right: ${printable(what)}`),
  ];
}

// All of them are among the changes.
function named(objects: readonly string[]): string {
  const more = objects.length > 10 ? ` and ${objects.length - 10} more` : '';
  return `${objects.slice(0, 10).join(', ')}${more}`;
}

function peopleLines(policy: PolicySource): readonly string[] {
  if (policy.commit === null || policy.author === undefined) return [];
  const { author, committer = author } = policy;
  return [`  written by ${printable(author)}${committer === author ? '' : `, merged by ${printable(committer)}`}`];
}

function sourceWord(policy: PolicySource): string {
  if (policy.commit === null) return 'policy without a commit';
  return `commit ${shortCommit(policy.commit)}${policy.uncommittedChanges ? ' with changes that are not committed' : ''}`;
}

function entryLines({ at, commit, author, cause, group, limits }: AccountEntry): readonly string[] {
  const through = commit === undefined ? 'policy without a commit' : `commit ${shortCommit(commit)}`;
  const who = author === undefined ? '' : ` by ${printable(author)}`;
  const until = group?.until === undefined ? '' : group.until === 'never' ? ', never ends' : ` until ${group.until}`;
  return [
    `${minuteOf(at)}  through ${through}${who} (${cause})`,
    ...(group ? [`  group ${printable(group.from)} → ${printable(group.to)}${printable(until)}`] : []),
    ...limits.map(({ slice, ...difference }) => `  ${printable(slice)}  ${differenceWords(difference)}`),
  ];
}

function differenceWords({ key, before, after }: RecordedDifference): string {
  return printable(`${key} ${valueWord(before)} → ${valueWord(after)}`);
}

function valueWord(text: string | undefined): string {
  if (text === undefined) return 'not set';
  return text === '' || text === 'infinity' ? 'unlimited' : text;
}
