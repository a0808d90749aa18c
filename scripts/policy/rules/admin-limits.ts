import { SLICE_FIELDS } from '../fields.ts';
import type { Rule } from '../rule.ts';
import { limitSets, spotOf } from '../subjects.ts';
import { printValue } from '../values.ts';

const LOCKS_OUT = ['cpu_quota', 'memory_high', 'memory_max', 'tasks_max'] as const;

/** The people who repair the server work inside these slices, and mostly when something is already at its limit. */
export const adminLimits: Rule = {
  id: 'admin-limits',
  summary: 'The admin group and its members have no limit on CPU time, memory or tasks that could lock them out.',
  severity: 'error',
  *check(draft) {
    const admin = draft.site?.content?.adminGroup;
    for (const set of limitSets(draft)) {
      if (!set.group || set.group.name !== admin) continue;
      for (const scope of ['per_group', 'per_member'] as const) {
        for (const field of LOCKS_OUT) {
          const limit = set.effective[scope][field];
          if (!limit || limit.value === Number.POSITIVE_INFINITY) continue;
          const inherited = limit.place.file !== set.source.file;
          // What a member inherits is a finding of its group already.
          if (inherited && set.source.file !== set.group.place.file) continue;
          const from = inherited ? ` (from ${limit.place.file}:${limit.place.line})` : '';
          const value = printValue(SLICE_FIELDS[field], limit.value);
          const message = `${scope}.${field} ${value} limits ${set.owner}${from}: administrators could be locked out`;
          const fix = inherited ? `add ${scope}: { ${field}: unlimited } to the limits here` : 'write unlimited';
          yield { ...spotOf(set, scope, field), message, fix };
        }
      }
    }
  },
};
