import type { Rule } from '../rule.ts';
import { sitesOf } from '../subjects.ts';

/** Whoever has no file is in the default group; if that is the admin group, nobody is limited any more. */
export const defaultGroup: Rule = {
  id: 'default-group',
  summary: 'The default group is not the admin group.',
  severity: 'error',
  *check(draft) {
    for (const { source, content } of sitesOf(draft)) {
      if (content.defaultGroup.value !== content.adminGroup) continue;
      const message = `the default group is the admin group "${content.adminGroup}": everybody would be without limits`;
      const related = [{ source, path: ['admin_group'], message: 'the admin group' }];
      yield { source, path: ['default_group'], message, related, fix: 'name a group with limits' };
    }
  },
};
