import type { Review } from '../review/review.ts';
import type { Label } from './findings.ts';
import { fitParts, type Part } from './fit-parts.ts';
import { code, text } from './markdown.ts';
import { UNIT_TABLE, unitRow } from './plan-markdown.ts';
import { count } from './printable.ts';
import { digestWords, reviewHeadline, reviewSections } from './review-sections.ts';

/** What a comment can hold, with room for what else it says. */
const LONGEST = 60_000;

/** Names of accounts to which the same happens: whoever wants to know all of them has the artefact. */
const MOST_NAMES = 20;

/**
 * A review for a pull request: what it does in one line; who gets what; limits that fall; what is dangerous; units; the
 * digest. Never longer than `longest` characters, if these are 2,000 or more: then each part has its first items, and says
 * how many there are.
 */
export function reviewMarkdown(review: Review, label: Label, longest = LONGEST): string {
  const telling = {
    ...{ name: code, words: text, strong: (word: string) => `**${word}**` },
    accountDomain: review.accountDomain,
    mostNames: longest === Number.POSITIVE_INFINITY ? longest : MOST_NAMES,
  };
  const { site, today, plan } = review;
  const head = `### ${code(site)} on ${today}: ${reviewHeadline(review)}`;
  const sections = reviewSections(review, telling, label).map(({ title, sentences }): Part => {
    return { open: [`**${title}**`, ''], items: sentences.map((sentence) => `- ${sentence}`), close: [] };
  });
  const changes = plan?.changes ?? [];
  const units: Part = {
    open: [`<details><summary>${count(changes.length, 'unit')} of a host</summary>`, '', ...UNIT_TABLE],
    items: changes.map((change) => unitRow(change, label)),
    close: ['', '</details>'],
  };
  const digest = plan && changes.length > 0 ? [`Digest ${digestWords(review)}: ${code(plan.digest)}`] : [];
  const fixed = [head, ...digest].join('\n\n').length + 4;
  const parts = fitParts([...sections, ...(changes.length > 0 ? [units] : [])], longest - fixed);
  return `${[head, ...parts, ...digest].join('\n\n')}\n`;
}
