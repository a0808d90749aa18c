import type { Rule } from '../rule.ts';
import { amountOf, limitSets, spotOf } from '../subjects.ts';
import { printValue } from '../values.ts';

const LEAST = 256 * 2 ** 20;
const FIELDS = [
  ['per_group', 'memory_high'],
  ['per_group', 'memory_max'],
  ['per_member', 'memory_high'],
  ['per_member', 'memory_max'],
  ['per_container', 'memory'],
] as const;

/** Less memory than this stops a login shell with a Python in it: somebody wrote M and meant G. */
export const memoryFloor: Rule = {
  id: 'memory-floor',
  summary: 'A memory limit is at least 256M.',
  severity: 'error',
  *check(draft) {
    for (const set of limitSets(draft)) {
      for (const [scope, field] of FIELDS) {
        const value = amountOf(set.written, scope, field);
        if (value === undefined || value >= LEAST) continue;
        const message = `${field} ${printValue('size', value)} is below 256M: nothing useful starts in it`;
        yield { ...spotOf(set, scope, field), message, fix: 'look at the unit: M is mebibytes, G gibibytes' };
      }
    }
  },
};
