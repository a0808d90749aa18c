import type { Acknowledgement } from '../review/change.ts';
import { code, text } from './markdown.ts';
import type { Paint } from './paint.ts';
import { columns, printable } from './printable.ts';

/** What the record of a change says: the message of its commit is the access log. */
export interface ProposalRecord {
  readonly subject: string;
  /** Why, where no file says so. */
  readonly reason?: string;
  /** What it does, a sentence each. */
  readonly sentences: readonly string[];
  /** What somebody has said is meant. */
  readonly acknowledgements: readonly Acknowledgement[];
}

/** How far a change has come: committed, pushed, and opened as a pull request. */
export interface Progress {
  readonly branch: string;
  /** The commit, as short as git makes it. */
  readonly made: string;
  /** The branch that was checked out before; absent if it was a commit. */
  readonly from?: string;
  /** The remote that the branch is for; absent if there is none. */
  readonly remote?: string;
  readonly isPushed: boolean;
  /** The address of the pull request; absent if there is none yet. */
  readonly pullRequest?: string;
  /** The page on which one is opened; absent if nobody knows where that is. */
  readonly page?: string;
}

/** Columns of a commit message: git log indents it by four. */
const WIDTH = 72;

/**
 * The message of the commit of a change. No line of it can be taken for a trailer (git-interpret-trailers(1)) but those that
 * are meant as one, whatever somebody has written as a reason.
 */
export function proposalMessage(record: ProposalRecord): string {
  const { subject, reason, sentences } = record;
  const why = reason === undefined ? [] : [`reason: ${reason}`];
  const blocks = [[printable(subject)], [...sentences, ...why].flatMap(item), trailers(record)];
  const filled = blocks.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The same as the text of a pull request: Markdown, in which nothing that somebody has written is more than text. */
export function proposalMarkdown(record: ProposalRecord): string {
  const { reason, sentences } = record;
  const why = reason === undefined ? [] : [`reason: ${reason}`];
  const blocks = [
    [...sentences, ...why].map((sentence) => `- ${text(sentence)}`),
    trailers(record).map((trailer) => `- ${code(trailer)}`),
  ];
  const filled = blocks.filter((lines) => lines.length > 0);
  return filled.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

/** What was done with a change, and what comes next. */
export function proposedText(progress: Progress, paint: Paint): string {
  const { branch, made, from, remote, isPushed, pullRequest } = progress;
  const lines = [
    paint('strong', `committed as ${made} on branch ${branch}, which is checked out now`),
    ...(remote === undefined ? ['there is no remote repository, so nothing was pushed'] : []),
    ...(isPushed ? [`pushed to ${printable(remote ?? '')}`] : []),
    ...(pullRequest === undefined ? [] : [`pull request ${printable(pullRequest)}`]),
    '',
    paint('strong', 'next'),
    ...columns(
      [
        ['git show', 'the record: what, for whom, until when'],
        ...nextSteps(progress),
        ...(from === undefined ? [] : [[`git switch ${printable(from)}`, 'back to where you were']]),
      ],
      '  ',
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** What was written into the policy folder without a commit, and what comes next. */
export function writtenText(paths: readonly string[], record: ProposalRecord, branch: string, paint: Paint): string {
  const lines = [
    ...paths.map((path) => paint('strong', `wrote ${printable(path)}`)),
    '',
    paint('strong', 'next'),
    ...columns(
      [
        ['git diff', 'what was written'],
        [`git switch --create ${branch}`, `then git commit: ${printable(record.subject)}`],
      ],
      '  ',
    ),
    ...trailers(record).map((trailer) => `  its message ends with a line: ${trailer}`),
  ];
  return `${lines.join('\n')}\n`;
}

function nextSteps({ branch, remote, isPushed, pullRequest, page }: Progress): readonly (readonly string[])[] {
  if (pullRequest !== undefined) return [['look at the pull request', 'hosts follow after the merge']];
  if (isPushed && page !== undefined)
    return [[printable(page), 'opens the pull request; hosts follow after the merge']];
  if (isPushed) return [['open the pull request', 'on the page of the server; hosts follow after the merge']];
  const push = `git push --set-upstream ${printable(remote ?? 'origin')} ${branch}`;
  const first = remote === undefined ? [['git remote add origin URL', 'where the policy repository is']] : [];
  return [...first, [push, 'then open the pull request; hosts follow after the merge']];
}

function trailers({ acknowledgements }: ProposalRecord): readonly string[] {
  return acknowledgements.map(({ rule, object }) => printable(`Acknowledge: ${rule} ${object}`));
}

// An item of a list, broken between its words: neither its first line nor one that is indented is a trailer.
function item(sentence: string): readonly string[] {
  const [first = '', ...words] = printable(sentence).split(/ +/);
  const lines: string[] = [];
  let line = `- ${first}`;
  for (const word of words) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `  ${word}`;
    } else line = `${line} ${word}`;
  }
  return [...lines, line];
}
