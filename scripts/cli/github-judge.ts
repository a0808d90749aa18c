import type { Finding } from '../policy/finding.ts';
import type { Label } from '../report/findings.ts';
import type { ShownVerdict } from '../report/github-comment.ts';
import { reviewMarkdown } from '../report/review-markdown.ts';
import type { Acknowledged } from '../review/acknowledgements.ts';
import type { Change } from '../review/change.ts';
import { examineChange } from '../review/check-change.ts';
import { type Review, reviewOf } from '../review/review.ts';
import type { StepCall } from './github-step.ts';
import { readChange } from './read-change.ts';

/** What is to be judged: from where to where, and who proposes it. */
export interface Scope {
  readonly base: string;
  readonly head: string;
  /** Logins on GitHub. */
  readonly authors: readonly string[];
  /** Whether it is one pull request: rules about who proposes what, and with what else, are about those. */
  readonly isProposal: boolean;
}

/** What has to be said about a change. */
export interface Verdict {
  readonly change: Change;
  /** Of policy after it, then of the change. */
  readonly findings: readonly Finding[];
  readonly acknowledged: readonly Acknowledged[];
  /** Absent if policy after it has errors. */
  readonly review?: Review;
}

// What a host would do with the result, whoever proposed it. All else was looked at before the merge, and cannot be seen
// in its result: a squashed commit has lost the acknowledgements of those that it was made of, and several pull requests
// in a row are no single concern.
const OF_THE_RESULT: ReadonlySet<string> = new Set(['guard', 'answer-unused', 'answer-stale']);

/** Reads a change out of git's objects and judges it. Throws UsageError and HostRefusal. */
export async function judge({ policy, now }: StepCall, { isProposal, ...wish }: Scope): Promise<Verdict> {
  const change = await readChange({ policy, ...wish }, { kind: 'instant', now });
  const examined = examineChange(change);
  const ofChange = examined.findings.filter(({ rule }) => isProposal || OF_THE_RESULT.has(rule));
  const review = reviewOf(change);
  return {
    change,
    findings: [...change.findings, ...ofChange],
    acknowledged: examined.acknowledged,
    ...(review && { review }),
  };
}

/** A verdict as reports show it. */
export function shownVerdict({ findings, acknowledged, review }: Verdict, label: Label): ShownVerdict {
  const shown = review && { review: (longest: number) => reviewMarkdown(review, label, longest) };
  return { findings, acknowledged, label, ...shown };
}
