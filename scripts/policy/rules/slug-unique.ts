import { slugOf } from '../account.ts';
import type { Rule } from '../rule.ts';
import { accountsOf } from '../subjects.ts';
import type { Spot } from '../violation.ts';

/** Two accounts with one slug share one slice, and with it their limits. */
export const slugUnique: Rule = {
  id: 'slug-unique',
  summary: 'No two accounts have the same slug, in whatever groups they are: they would share a slice.',
  severity: 'error',
  *check(draft) {
    const first = new Map<string, Spot & { readonly account: string }>();
    for (const { source, path, canonical: account } of accountsOf(draft)) {
      const slug = slugOf(account);
      if (slug === '') continue;
      const spot = { source, path, account };
      const other = first.get(slug);
      if (!other) first.set(slug, spot);
      else if (other.account !== account) {
        const message = `accounts "${other.account}" and "${account}" have the same slug "${slug}"`;
        const related = [{ ...other, message: 'the other account' }];
        yield { ...spot, message, related, fix: 'list one of them only, or have one of the logins renamed' };
      }
    }
  },
};
