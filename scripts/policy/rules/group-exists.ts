import { nearest } from '../nearest.ts';
import type { Rule } from '../rule.ts';
import type { KeyPath, Source } from '../source.ts';
import { membersOf, sitesOf } from '../subjects.ts';
import type { Violation } from '../violation.ts';

/** A group that is named has a file, even one that cannot be read: that file has a finding of its own. */
export const groupExists: Rule = {
  id: 'group-exists',
  summary: 'Every group that a member or the site names has a file in groups/.',
  severity: 'error',
  *check(draft) {
    const names = draft.groups.map((group) => group.name);
    for (const { source, content } of sitesOf(draft)) {
      if (!names.includes(content.defaultGroup.value))
        yield missing(source, ['default_group'], content.defaultGroup.value, names);
      if (!names.includes(content.adminGroup)) yield missing(source, ['admin_group'], content.adminGroup, names);
    }
    const known = new Set(names);
    for (const { source, content } of membersOf(draft)) {
      if (!known.has(content.group.value)) yield missing(source, ['group'], content.group.value, names);
    }
  },
};

function missing(source: Source, path: KeyPath, group: string, names: readonly string[]): Violation {
  const guess = nearest(group, names);
  const known =
    names.length === 0 ? 'there is no group yet: add groups/<group>.yaml' : `the groups are ${names.join(', ')}`;
  return { source, path, message: `group "${group}" does not exist`, fix: guess ? `write "${guess}"` : known };
}
