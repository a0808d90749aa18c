import type { Review } from '../review/review.ts';

/** A review as stable JSON, format version 1. Files are relative to the policy folder, units to the unit folder. */
export function reviewJson(review: Review): string {
  return `${JSON.stringify({ version: 1, ...review }, null, 2)}\n`;
}
