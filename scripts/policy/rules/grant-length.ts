import { addDays, isDay } from '../calendar.ts';
import type { Rule } from '../rule.ts';
import { groupsOf, membersOf } from '../subjects.ts';

/** A lab may want every grant for a group looked at again after some time. */
export const grantLength: Rule = {
  id: 'grant-length',
  summary: 'A grant lasts no longer than longest_grant of its group, if the group sets one.',
  severity: 'error',
  *check(draft) {
    const groups = new Map(groupsOf(draft).map((group) => [group.content.name, group]));
    for (const { source, content } of membersOf(draft)) {
      const group = groups.get(content.group.value);
      const longest = group?.content.longestGrant;
      if (!group || longest === undefined || !isDay(content.granted.value)) continue;
      if (content.expires.value !== 'never' && !isDay(content.expires.value)) continue;
      // The first day counts: one day from the 5th on ends with the 5th.
      const last = addDays(content.granted.value, longest - 1);
      if (content.expires.value !== 'never' && content.expires.value <= last) continue;
      const related = [
        { source: group.source, path: ['longest_grant'], message: 'the longest that this group allows' },
      ];
      const message = `a grant for "${content.group.value}" may last ${longest} day${longest === 1 ? '' : 's'}, until ${last}, not ${until(content.expires.value)}`;
      yield { source, path: ['expires'], message, related, fix: `write ${last} or an earlier day` };
    }
  },
};

function until(expires: string): string {
  return expires === 'never' ? 'for ever' : `until ${expires}`;
}
