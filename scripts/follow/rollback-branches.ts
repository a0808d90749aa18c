import type { Day } from '../policy/calendar.ts';

/** The two branches that a rollback makes. */
export interface RollbackBranches {
  /** Holds the commit that takes back. */
  readonly rollback: string;
  /** Keeps what is taken back. */
  readonly backup: string;
}

const LONGEST_SLUG = 40;

/**
 * Names of the branches of a rollback: `rollback/2026-11-24-raise-quota` and `backup/…`, with `-2` and on if one of them is
 * taken. `words` become letters, digits and hyphens, 40 at most; `otherwise` stands in for words that have none of them.
 */
export function rollbackBranches(
  today: Day,
  words: string,
  otherwise: string,
  taken: ReadonlySet<string>,
): RollbackBranches {
  const name = `${today}-${slugFrom(words) || otherwise}`;
  for (let number = 1; ; number++) {
    const last = number === 1 ? name : `${name}-${number}`;
    const branches = { rollback: `rollback/${last}`, backup: `backup/${last}` };
    if (!taken.has(branches.rollback) && !taken.has(branches.backup)) return branches;
  }
}

function slugFrom(words: string): string {
  // Letters lose their accents before everything that is no letter becomes a hyphen.
  const plain = words.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const slug = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
  if (slug.length <= LONGEST_SLUG) return slug;
  const cut = slug.slice(0, LONGEST_SLUG + 1);
  // Between two words, if there is more than one.
  return cut.includes('-') ? cut.slice(0, cut.lastIndexOf('-')) : cut.slice(0, LONGEST_SLUG);
}
