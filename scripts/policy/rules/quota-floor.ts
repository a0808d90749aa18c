import type { Rule } from '../rule.ts';
import { limitSets, spotOf } from '../subjects.ts';

/** 100 % is one CPU: whoever writes 16% for 16 cores gets a sixth of one. */
export const quotaFloor: Rule = {
  id: 'quota-floor',
  summary: 'cpu_quota is at least 100%, which is one CPU.',
  severity: 'error',
  *check(draft) {
    for (const set of limitSets(draft)) {
      for (const scope of ['per_group', 'per_member'] as const) {
        const value = set.written[scope].cpu_quota?.value;
        if (value === undefined || value >= 100) continue;
        const message = `cpu_quota ${value}% is less than one CPU`;
        yield { ...spotOf(set, scope, 'cpu_quota'), message, fix: `write ${value * 100}% for ${value} CPUs` };
      }
    }
  },
};
