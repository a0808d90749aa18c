import { slugOf } from '../account.ts';
import type { Rule } from '../rule.ts';
import { accountsOf } from '../subjects.ts';

/** One file for one member: two open pull requests for the same person then meet in one file. */
export const fileName: Rule = {
  id: 'file-name',
  summary: "A member's file is named after the slug of the first account.",
  severity: 'error',
  *check(draft) {
    for (const { source, path, member, index, canonical } of accountsOf(draft)) {
      const slug = slugOf(canonical);
      if (index > 0 || slug === member.id || slug === '') continue;
      const message = `the file is called "${member.id}.yaml" and its first account has the slug "${slug}"`;
      yield { source, path, message, fix: `rename the file to members/${slug}.yaml` };
    }
  },
};
