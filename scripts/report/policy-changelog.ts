import type { AccessEntry } from '../review/access-log.ts';
import type { Person } from '../review/change.ts';
import { dayOfEntry } from './access-log.ts';
import { eventSentence } from './event-words.ts';
import { code } from './markdown.ts';

/**
 * The access log as a Markdown list, one line for each event, newest first; nothing if there is none. This is what stands
 * below `### Policy` in the changelog of a release: with names, and without mail addresses.
 */
export function policyChangelog(entries: readonly AccessEntry[]): string {
  return entries.flatMap((entry) => entry.events.map((event) => `- ${line(entry, eventSentence(event))}\n`)).join('');
}

function line(entry: AccessEntry, sentence: string): string {
  const { authors, merger, pullRequest } = entry;
  const who = `by ${authors.map(nameOf).join(', ')}`;
  const merged = merger ? [`merged by ${nameOf(merger)}`] : [];
  // On its pages, GitHub makes a link of it; of everything else, which anybody may have written, it must make none.
  const request = pullRequest === undefined ? [] : [pullRequest];
  return `${dayOfEntry(entry)}: ${code(sentence)} (${[who, ...merged, ...request].join('; ')})`;
}

function nameOf({ name, mail }: Person): string {
  return code(name.trim() === '' ? mail : name);
}
