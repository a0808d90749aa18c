import type { Rule } from '../rule.ts';
import { accountsOf } from '../subjects.ts';
import type { Spot } from '../violation.ts';

/** An account in two files would have two groups; which one holds must not depend on who reads first. */
export const accountUnique: Rule = {
  id: 'account-unique',
  summary: 'An account stands in one member file, once; upper case and domain aliases make no difference.',
  severity: 'error',
  *check(draft) {
    const first = new Map<string, Spot & { readonly member: string }>();
    for (const { source, path, member, canonical } of accountsOf(draft)) {
      const spot = { source, path, member: member.id };
      const other = first.get(canonical);
      if (!other) first.set(canonical, spot);
      else {
        const message = `account "${canonical}" is already in member "${other.member}"`;
        const related = [{ ...other, message: 'the same account' }];
        yield { ...spot, message, related, fix: 'keep it in one place' };
      }
    }
  },
};
