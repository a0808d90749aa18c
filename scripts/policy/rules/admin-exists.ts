import type { Rule } from '../rule.ts';
import { membersOf, sitesOf } from '../subjects.ts';

/**
 * Somebody must be able to repair the server, for ever: the last administrator's grant must not end one night. Because
 * only grants without an end count, this does not depend on the date, and a merged policy stays valid.
 */
export const adminExists: Rule = {
  id: 'admin-exists',
  summary: 'At least one member of the admin group has a grant that never expires.',
  severity: 'error',
  *check(draft) {
    // A member whose file cannot be read may be that administrator.
    if (draft.members.some((member) => member.content === undefined)) return;
    for (const { source, content: site } of sitesOf(draft)) {
      // Without that group nobody can be in it: `group-exists` says so.
      if (!draft.groups.some(({ name }) => name === site.adminGroup)) continue;
      const admins = membersOf(draft).filter(({ content }) => content.group.value === site.adminGroup);
      if (admins.some(({ content }) => content.expires.value === 'never')) continue;
      const problem = admins.length === 0 ? 'has no member' : 'has no member whose grant never expires';
      yield {
        source,
        path: ['admin_group'],
        message: `group "${site.adminGroup}" ${problem}`,
        related: admins.map(({ source, content }) => ({
          source,
          path: ['expires'],
          message: `expires ${content.expires.value}`,
        })),
        fix: `give one member group: ${site.adminGroup} and expires: never`,
      };
    }
  },
};
