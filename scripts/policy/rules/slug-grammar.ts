import { ACCOUNT, slugOf } from '../account.ts';
import type { Rule } from '../rule.ts';
import { accountsOf } from '../subjects.ts';

/** Without a slug there is no slice name for the account. */
export const slugGrammar: Rule = {
  id: 'slug-grammar',
  summary: 'An account has at least one letter a to z or digit before the @: its slice is named after them.',
  severity: 'error',
  *check(draft) {
    for (const { source, path, account, canonical } of accountsOf(draft)) {
      if (slugOf(account) !== '' || !ACCOUNT.test(canonical)) continue;
      const message = `account "${account}" has no letter or digit to name its slice after`;
      yield { source, path, message, fix: 'use another login name of this member' };
    }
  },
};
