import type { Rule } from '../rule.ts';
import { membersOf } from '../subjects.ts';
import type { Spot } from '../violation.ts';

/** Whoever opens a pull request must be one person; to GitHub, upper and lower case are the same login. */
export const githubUnique: Rule = {
  id: 'github-unique',
  summary: 'A login on GitHub stands in one member file; upper case makes no difference.',
  severity: 'error',
  *check(draft) {
    const first = new Map<string, Spot & { readonly member: string }>();
    for (const { source, content } of membersOf(draft)) {
      if (content.github === undefined) continue;
      const spot = { source, path: ['github'], member: content.id };
      const login = content.github.toLowerCase();
      const other = first.get(login);
      if (!other) first.set(login, spot);
      else {
        const message = `github "${content.github}" is already the login of member "${other.member}"`;
        const related = [{ ...other, message: 'the same login' }];
        const fix = 'keep it in one file; one person with two accounts is one member';
        yield { ...spot, message, related, fix };
      }
    }
  },
};
