import type { AccessEntry } from '../review/access-log.ts';
import type { PolicyEvent } from '../review/events.ts';
import { dayOfEntry, personWords } from './access-log.ts';
import { eventObject, eventSentence } from './event-words.ts';
import { printable } from './printable.ts';

const HEADER = [
  ...['date', 'commit', 'event', 'subject', 'group', 'from', 'to', 'reason'],
  ...['author', 'merger', 'pull request', 'sentence'],
];

/** The access log as a table for a spreadsheet (RFC 4180), one row for each event, newest first. */
export function accessLogCsv(entries: readonly AccessEntry[]): string {
  const rows = entries.flatMap((entry) => entry.events.map((event) => rowOf(entry, event)));
  return [HEADER, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function rowOf(entry: AccessEntry, event: PolicyEvent): readonly string[] {
  const { commit, authors, merger, pullRequest = '' } = entry;
  const { group = '', from = '', to = '', reason = '' } = columnsOf(event);
  return [
    ...[dayOfEntry(entry), commit, event.kind, eventObject(event), group, from, to, reason],
    ...[authors.map(personWords).join('; '), merger ? personWords(merger) : '', pullRequest, eventSentence(event)],
  ];
}

interface Columns {
  readonly group?: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly reason?: string | undefined;
}

function columnsOf(event: PolicyEvent): Columns {
  switch (event.kind) {
    case 'limit':
    case 'setting':
      return { from: event.before, to: event.after, ...(event.owner.kind === 'group' && { group: event.owner.group }) };
    case 'group-added':
    case 'group-removed':
      return { group: event.group };
    case 'answer-added':
    case 'answer-removed':
      return { to: event.expires, reason: event.reason };
    case 'unreadable':
      return {};
    default:
      return grantColumns(event);
  }
}

function grantColumns(event: Extract<PolicyEvent, { readonly grant: unknown }>): Columns {
  const { group, granted, expires, reason } = event.grant;
  switch (event.kind) {
    case 'extend':
    case 'shorten':
      return { group, from: event.from, to: expires, reason };
    case 'begin':
      return { group, from: event.from, to: granted, reason };
    case 'move':
      return { group, from: event.from, to: group, reason };
    case 'accounts':
      return { group, from: event.removed.join(' '), to: event.added.join(' '), reason };
    case 'reason':
      return { group, from: event.from, to: reason, reason };
    default:
      return { group, from: granted, to: expires, reason };
  }
}

// What begins like a formula is one to a spreadsheet, also in quotes: behind an apostrophe, it is text.
function cell(value: string): string {
  const text = printable(value);
  const safe = /^\s*[=+\-@＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
