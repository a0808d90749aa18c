import type { Unknown } from './check.ts';
import type { Told } from './told.ts';

/** What somebody who was asked did not say, where the answer would have counted; nothing where they did. */
export function unknownOf(asked: Told<unknown>): readonly Unknown[] {
  if (asked.kind === 'told') return [];
  const { why } = asked;
  return asked.kind === 'silent' && asked.wayOut !== undefined ? [{ why, wayOut: asked.wayOut }] : [{ why }];
}
