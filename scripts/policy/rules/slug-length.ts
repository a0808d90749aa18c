import { ACCOUNT, fullSlug, slugOf } from '../account.ts';
import type { Rule } from '../rule.ts';
import { accountsOf } from '../subjects.ts';

/** The container tools cut long names, and policy has to cut them at the same place. */
export const slugLength: Rule = {
  id: 'slug-length',
  summary:
    "An account's slug has at most 32 characters; a longer one is cut and gets four hex digits of the account's MD5.",
  severity: 'warning',
  *check(draft) {
    for (const { source, path, canonical: account } of accountsOf(draft)) {
      const slug = slugOf(account);
      if (!ACCOUNT.test(account) || fullSlug(account) === slug) continue;
      const message = `slug "${fullSlug(account)}" is longer than 32 characters and becomes "${slug}"`;
      const fix = `look whether the server's container tools use the slice name …-${slug}.slice, too`;
      yield { source, path, message, fix };
    }
  },
};
