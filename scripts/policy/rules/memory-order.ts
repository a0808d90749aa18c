import type { Rule } from '../rule.ts';
import { limitSets, spotOf } from '../subjects.ts';
import { printValue } from '../values.ts';

/** Above memory_max the kernel kills, so a memory_high above it never slows anybody down: systemd.resource-control(5). */
export const memoryOrder: Rule = {
  id: 'memory-order',
  summary: 'memory_high is below memory_max of the same scope.',
  severity: 'error',
  *check(draft) {
    for (const set of limitSets(draft)) {
      for (const scope of ['per_group', 'per_member'] as const) {
        const { memory_high: high, memory_max: max } = set.effective[scope];
        const own = [high, max].filter((limit) => limit?.place.file === set.source.file);
        if (!high || !max || own.length === 0 || high.value === Number.POSITIVE_INFINITY || high.value < max.value)
          continue;
        const field = own.includes(high) ? 'memory_high' : 'memory_max';
        const values = `memory_high ${printValue('size', high.value)} is not below memory_max ${printValue('size', max.value)}`;
        const fix = 'write a memory_high below memory_max: about 90 % of it is usual';
        yield { ...spotOf(set, scope, field), message: `${scope}: ${values}, so it never takes effect`, fix };
      }
    }
  },
};
