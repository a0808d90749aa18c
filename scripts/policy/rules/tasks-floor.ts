import type { Rule } from '../rule.ts';
import { limitSets, spotOf } from '../subjects.ts';

/** The incident this project comes from: 512 tasks for all students, and no training job could start its threads. */
export const tasksFloor: Rule = {
  id: 'tasks-floor',
  summary: "tasks_max is at least the site's guards.min_tasks_max (4096 unless set).",
  severity: 'error',
  *check(draft) {
    const least = draft.site?.content?.minTasksMax ?? 0;
    for (const set of limitSets(draft)) {
      for (const scope of ['per_group', 'per_member'] as const) {
        const value = set.written[scope].tasks_max?.value;
        if (value === undefined || value >= least) continue;
        const message = `tasks_max ${value} is below ${least}: programs stop with "libgomp: Thread creation failed: Resource temporarily unavailable"`;
        const usual = least <= 65_536 ? '; 65536 is usual' : '';
        yield { ...spotOf(set, scope, 'tasks_max'), message, fix: `write ${least} or more${usual}` };
      }
    }
  },
};
