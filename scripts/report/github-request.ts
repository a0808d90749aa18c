import type { RequestProblem } from '../review/access-request.ts';
import { code, text } from './markdown.ts';
import { shortened } from './printable.ts';

const AGAIN = 'When that is mended, take the label off and put it on again.';
const LONGEST = 200;

/** What the pull request of a request says about it; logins and number have passed their grammar. */
export function requestOrigin(number: number, author: string, approver: string): string {
  return `Requested by ${code(author)}, approved by ${code(approver)}.\n\nCloses #${number}`;
}

/** What is said at an issue that was turned into a pull request. */
export function requestDone(pullRequest: number): string {
  return `#${pullRequest} grants this once it is merged.\n`;
}

/** What is said at an issue whose answers cannot be taken: each with what has to be there. */
export function requestProblems(problems: readonly RequestProblem[]): string {
  const lines = problems.map(({ field, value, expected }) => {
    const given = value === undefined ? 'there is nothing' : `${code(shortened(value, LONGEST))} is not it`;
    return `- ${field}: ${given}; it has to be ${text(expected)}`;
  });
  return `This cannot be granted as it is written:\n\n${lines.join('\n')}\n\n${AGAIN}\n`;
}

/** What is said at an issue that is not granted for another reason; `page` is the run that says more. */
export function requestRefused(why: string, page: string): string {
  const lines = why.split('\n').filter((line) => line.trim() !== '');
  const shown = lines.slice(0, 20).map((line) => `- ${code(shortened(line, LONGEST))}`);
  return `This cannot be granted:\n\n${shown.join('\n')}\n\n[The run](${page}) says more. ${AGAIN}\n`;
}
