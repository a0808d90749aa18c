import type { Clock } from '../policy/calendar.ts';
import { findingsText } from '../report/findings.ts';
import type { Paint } from '../report/paint.ts';
import { reviewJson } from '../report/review-json.ts';
import { reviewMarkdown } from '../report/review-markdown.ts';
import { reviewText } from '../report/review-text.ts';
import { reviewOf } from '../review/review.ts';
import type { Answer } from './command.ts';
import { EXIT } from './exit-code.ts';
import { readChange } from './read-change.ts';
import { labelFor, POLICY_OPTION } from './shared-options.ts';

/** Options of a review, as they are given. */
export interface ReviewOptions {
  /** The policy folder. */
  readonly policy?: string | undefined;
  readonly base: string;
  readonly head: string | undefined;
  /** Whether Markdown may be longer than a comment. */
  readonly whole: boolean;
  /** Whether it is an answer of its own that a host would change. */
  readonly check: boolean;
  readonly format: 'text' | 'markdown' | 'json';
}

/** What a change of policy does, without any host. Throws UsageError and HostRefusal. */
export async function reviewChange(options: ReviewOptions, clock: Clock, paint: Paint): Promise<Answer> {
  const { policy = POLICY_OPTION.default, base, head, whole, check, format } = options;
  const change = await readChange({ policy, base, head }, clock);
  const label = labelFor(policy);
  const text = change.findings.length === 0 ? '' : findingsText(change.findings, label, paint);
  const review = reviewOf(change);
  if (!review) return { exitCode: EXIT.policyErrors, stderr: `${text}policy has errors: no host would follow it\n` };
  const print = {
    text: () => reviewText(review, label, paint),
    markdown: () => reviewMarkdown(review, label, ...(whole ? [Number.POSITIVE_INFINITY] : [])),
    json: () => reviewJson(review),
  }[format];
  // Where nobody knows what a host has, it may have to change.
  const differs = check && (review.plan?.differs ?? true);
  return {
    exitCode: differs ? EXIT.differs : EXIT.done,
    stdout: print(),
    stderr: text === '' ? '' : `${text}\n`,
  };
}
