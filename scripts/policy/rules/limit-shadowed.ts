import type { Rule } from '../rule.ts';
import { amountOf, limitSets, spotOf } from '../subjects.ts';
import { printValue } from '../values.ts';

/** Narrow limits, with the limit of a slice around them that they are compared with, and what makes the units equal. */
const LIMITS = [
  ['per_member', 'cpu_quota', 'percent', 'cpu_quota', 'percent', 1],
  ['per_member', 'memory_high', 'size', 'memory_max', 'size', 1],
  ['per_member', 'memory_max', 'size', 'memory_max', 'size', 1],
  ['per_member', 'memory_swap_max', 'size', 'memory_swap_max', 'size', 1],
  ['per_member', 'tasks_max', 'tasks', 'tasks_max', 'tasks', 1],
  ['per_container', 'cpus', 'cores', 'cpu_quota', 'percent', 100],
  ['per_container', 'memory', 'size', 'memory_max', 'size', 1],
  ['per_container', 'pids_limit', 'tasks', 'tasks_max', 'tasks', 1],
] as const;

const AROUND = { per_member: ['per_group'], per_container: ['per_member', 'per_group'] } as const;

/** The slice around it stops the work first, and people look for the reason in the wrong place. */
export const limitShadowed: Rule = {
  id: 'limit-shadowed',
  summary:
    "A limit is not above the limit of the scope around it: a member's not above its group's, a container's not above either.",
  severity: 'warning',
  *check(draft) {
    for (const set of limitSets(draft)) {
      for (const [scope, field, kind, outer, outerKind, factor] of LIMITS) {
        const limit = amountOf(set.written, scope, field);
        if (limit === undefined || limit === Number.POSITIVE_INFINITY) continue;
        // Only the tightest: it is the one that stops the work.
        const [tightest] = AROUND[scope]
          .map((around) => ({ around, amount: amountOf(set.effective, around, outer) ?? Number.POSITIVE_INFINITY }))
          .filter(({ amount }) => amount < limit * factor)
          .sort((a, b) => a.amount - b.amount);
        if (!tightest) continue;
        const stop = `${tightest.around}.${outer} ${printValue(outerKind, tightest.amount)}`;
        const message = `${scope}.${field} ${printValue(kind, limit)} never bites for ${set.owner}: ${stop} is reached first`;
        yield { ...spotOf(set, scope, field), message, fix: 'lower it, or raise the limit around it' };
      }
    }
  },
};
