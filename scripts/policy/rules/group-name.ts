import type { Rule } from '../rule.ts';
import { groupsOf } from '../subjects.ts';

const GROUP_NAME = /^[a-z][a-z0-9_]{0,31}$/;

/** A group's name becomes a part of slice names, where `-` is hierarchy: systemd.slice(5). */
export const groupName: Rule = {
  id: 'group-name',
  summary: 'A group is named with lower-case letters, digits and "_", and begins with a letter; at most 32 characters.',
  severity: 'error',
  *check(draft) {
    for (const { source, content } of groupsOf(draft)) {
      if (GROUP_NAME.test(content.name)) continue;
      const reason = content.name.includes('-') ? 'systemd reads "-" as hierarchy' : GRAMMAR;
      const name = content.name
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '_')
        .replace(/^[^a-z]+|_$/g, '')
        .slice(0, 32);
      const to = name === '' ? '' : ` to groups/${name}.yaml`;
      const fix = `rename the file${to}, and the group in the files that name it`;
      yield { source, path: [], part: 'key', message: `"${content.name}" is not a group name: ${reason}`, fix };
    }
  },
};

const GRAMMAR = 'a-z, 0-9 and "_", a letter first, at most 32 characters';
