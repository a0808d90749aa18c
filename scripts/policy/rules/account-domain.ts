import { ACCOUNT } from '../account.ts';
import type { Rule } from '../rule.ts';
import { accountsOf, sitesOf } from '../subjects.ts';

/** The same account has a name in each of the site's domains; policy uses one of them. */
export const accountDomain: Rule = {
  id: 'account-domain',
  summary: "Accounts are written with the site's account_domain, never with one of its aliases.",
  severity: 'error',
  *check(draft) {
    for (const { source: site, content: domains } of sitesOf(draft)) {
      for (const { source, path, account, canonical } of accountsOf(draft)) {
        const [name, domain = ''] = account.split('@');
        if (!ACCOUNT.test(account) || domain === domains.accountDomain) continue;
        const alias = canonical !== account;
        const message = `domain "${domain}" is ${alias ? 'an alias of' : 'not'} ${domains.accountDomain}`;
        const related = [
          { source: site, path: ['account_domain'], message: 'the domain that accounts are written with' },
        ];
        yield { source, path, message, related, fix: `write ${name}@${domains.accountDomain}` };
      }
    }
  },
};
