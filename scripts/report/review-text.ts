import type { Review } from '../review/review.ts';
import { titled } from './drift.ts';
import type { Label } from './findings.ts';
import type { Paint } from './paint.ts';
import { unitLines } from './plan-text.ts';
import { printable } from './printable.ts';
import { digestWords, reviewHeadline, reviewSections } from './review-sections.ts';

/** A review on a terminal: units first, and what matters most last, where the eye is. */
export function reviewText(review: Review, label: Label, paint: Paint): string {
  const { site, today, plan, accountDomain } = review;
  const telling = {
    ...{ name: printable, words: printable, strong: (word: string) => paint('error', word) },
    ...{ accountDomain, mostNames: Number.POSITIVE_INFINITY },
  };
  const sections = reviewSections(review, telling, label).map(({ title, sentences }) => {
    return titled(
      title.toLowerCase(),
      sentences.map((sentence) => `  ${sentence}`),
      paint,
    );
  });
  const changes = plan?.changes ?? [];
  const digest = plan && changes.length > 0 ? [`digest ${plan.digest}, ${digestWords(review)}`] : [];
  const blocks = [
    plan ? unitLines(plan, label, paint) : [],
    ...sections,
    [paint('strong', `${printable(site)} on ${today}: ${reviewHeadline(review)}`), ...digest],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}
