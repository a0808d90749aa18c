import type { Finding } from '../policy/finding.ts';
import type { Acknowledged } from '../review/acknowledgements.ts';
import { acknowledgedMarkdown } from './acknowledged.ts';
import { findingsMarkdown, type Label } from './findings.ts';
import { code } from './markdown.ts';

/** What tells the one comment apart from all others. Markdown does not show it. */
export const COMMENT_MARK = '<!-- ds01-policy plan -->';

/** GitHub takes 65,536 characters of a comment. */
const LONGEST_COMMENT = 65_000;
const LONGEST_PART = 20_000;
const LONGEST_REVIEW = 60_000;

/** What was found about a change. */
export interface ShownVerdict {
  readonly findings: readonly Finding[];
  readonly acknowledged: readonly Acknowledged[];
  readonly label: Label;
  /** The review as Markdown of a given length at most; absent if policy has errors. */
  readonly review?: (longest: number) => string;
}

/** What a comment is made of. */
export interface CommentParts extends ShownVerdict {
  /** The newest commit that it is about. */
  readonly commit: string;
  /** The page of the run that has the artefact; its parts have passed their grammar. */
  readonly page: string;
}

/** The comment at a pull request: what is wrong with it, what it does, and where all of it is. */
export function commentText({ commit, page, review, ...verdict }: CommentParts): string {
  const end = [
    '---',
    `For whoever reviews policy. About ${code(commit.slice(0, 12))}, by the code of the base branch.`,
    `[All of it](${page}) is in the artefact of the check.`,
  ].join('\n');
  const without = verdictMarkdown(verdict, LONGEST_PART);
  // With the ends of lines between the review and what is around it.
  const left = LONGEST_COMMENT - [COMMENT_MARK, without, end, ''].join('\n\n').length;
  const whole = review && verdictMarkdown({ ...verdict, review }, LONGEST_PART, Math.min(LONGEST_REVIEW, left));
  return `${COMMENT_MARK}\n\n${whole ?? without}\n${end}\n`;
}

/**
 * What the check found; the review; and what the check would have found if nobody had said that it is meant. Each part has
 * `longest` characters at most, the review `longestReview`.
 */
export function verdictMarkdown(
  { findings, acknowledged, label, review }: ShownVerdict,
  longest: number,
  longestReview = longest,
): string {
  const parts = [
    findings.length === 0 ? '' : findingsMarkdown(findings, label, longest),
    review?.(longestReview) ?? '',
    acknowledgedMarkdown(acknowledged, longest),
  ];
  const texts = parts.map((part) => part.trim()).filter((part) => part !== '');
  return texts.map((part) => `${part}\n`).join('\n');
}
