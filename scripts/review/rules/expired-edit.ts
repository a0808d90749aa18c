import type { ChangeRule } from '../change-rule.ts';
import { isOver, membersById } from '../grants.ts';

/** It would be merged, and nothing would happen: whoever wrote it would find out from the member. */
export const expiredEdit: ChangeRule = {
  id: 'expired-edit',
  summary: 'A grant that has expired is extended past today or deleted, and not changed in any other way.',
  severity: 'error',
  *check(_change, compared) {
    if (!compared?.before) return;
    const { before, draft, today } = compared;
    const old = membersById(before);
    for (const { source, content } of membersById(draft).values()) {
      const was = old.get(content.id);
      if (!was || !isOver(was.content, today) || !isOver(content, today)) continue;
      // Comments may change: they have no effect on purpose.
      if (JSON.stringify(was.source.value) === JSON.stringify(source.value)) continue;
      const ended = was.content.expires.value;
      const message = `the grant of "${content.id}" expired on ${ended}, and this edit takes no effect`;
      yield { source, path: ['expires'], message, fix: `extend it past ${today}, or delete the file` };
    }
  },
};
