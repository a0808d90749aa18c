import type { AccessEntry } from '../review/access-log.ts';
import type { Person } from '../review/change.ts';
import { eventSentence } from './event-words.ts';
import type { Paint } from './paint.ts';
import { printable } from './printable.ts';

/** What a repository says about who was given what. */
export interface AccessAnswer {
  /** Newest first. */
  readonly entries: readonly AccessEntry[];
  /** Whom they concern, as policy spells it; absent if nobody in particular was asked about. */
  readonly account?: string;
}

/** The access log for people, newest first. */
export function accessLogText({ entries, account }: AccessAnswer, paint: Paint): string {
  if (entries.length === 0) {
    return account === undefined ? 'policy was not changed\n' : `nothing is told of ${printable(account)}\n`;
  }
  const title = account === undefined ? [] : [paint('strong', printable(account))];
  return `${[...title, ...entries.flatMap((entry) => entryLines(entry, paint))].join('\n')}\n`;
}

/** The access log as stable JSON, format version 1: events with a sentence each, newest first. */
export function accessLogJson({ entries, account }: AccessAnswer): string {
  const told = entries.map((entry) => ({
    ...entry,
    events: entry.events.map((event) => ({ ...event, sentence: eventSentence(event) })),
  }));
  return `${JSON.stringify({ version: 1, ...(account !== undefined && { account }), entries: told }, null, 2)}\n`;
}

/** The day of an entry, where it was committed. */
export function dayOfEntry({ at }: AccessEntry): string {
  return at.slice(0, 10);
}

/** `name <address>`. */
export function personWords({ name, mail }: Person): string {
  return printable(`${name} <${mail}>`.trim());
}

function entryLines(entry: AccessEntry, paint: Paint): readonly string[] {
  const { short, authors, merger, pullRequest, events } = entry;
  const request = pullRequest === undefined ? '' : `, pull request ${pullRequest}`;
  const merged = merger ? `, merged by ${personWords(merger)}` : '';
  return [
    `${paint('strong', dayOfEntry(entry))}  commit ${short}${request}`,
    `  written by ${authors.map(personWords).join(', ')}${merged}`,
    ...events.map((event) => `  ${eventSentence(event)}`),
  ];
}
