import type { Rule } from '../rule.ts';
import { membersOf } from '../subjects.ts';

/** Whoever reviews or repairs this later was not there when it was decided. */
export const grantReason: Rule = {
  id: 'grant-reason',
  summary: "Every grant outside the default group, and every limit of a member's own, has a reason.",
  severity: 'error',
  *check(draft) {
    const site = draft.site?.content;
    if (!site) return;
    for (const { source, content } of membersOf(draft)) {
      const own = Object.values(content.limits).some((limits) => Object.keys(limits).length > 0);
      if (content.reason !== undefined || (content.group.value === site.defaultGroup.value && !own)) continue;
      const what = own ? 'has limits of its own' : `is in group "${content.group.value}"`;
      const message = `"${content.id}" ${what}, and no reason is given`;
      yield {
        source,
        path: [own ? 'limits' : 'group'],
        part: own ? 'key' : 'value',
        message,
        fix: 'add a line such as reason: CPU-bound work, throttled at 16 cores',
      };
    }
  },
};
