import { ACCOUNT } from '../account.ts';
import type { Rule } from '../rule.ts';
import { accountsOf } from '../subjects.ts';

/** One spelling for each account, so that equal accounts look equal to people, to git and to this program. */
export const accountGrammar: Rule = {
  id: 'account-grammar',
  summary: 'An account is written name@domain, in lower case.',
  severity: 'error',
  *check(draft) {
    for (const { source, path, account, canonical } of accountsOf(draft)) {
      if (ACCOUNT.test(account)) continue;
      const fix = ACCOUNT.test(canonical) ? `write ${canonical}` : GRAMMAR;
      const message = `"${account}" is not an account: name@domain, lower case`;
      yield { source, path, message, fix };
    }
  },
};

const GRAMMAR = 'before the @ use a-z, 0-9, ".", "_" and "-", at most 64, "." and "-" not first; behind it, the domain';
