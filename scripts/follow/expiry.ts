import { slugOf } from '../policy/account.ts';
import type { Plan } from '../units/plan.ts';

/** Texts of units by path, as policy wants them on a day. */
export type WantedTexts = ReadonlyMap<string, string>;

/**
 * What of a plan a new day makes necessary: grants that have ended or begun. Nothing else is done then, and what speaks
 * against the rest does not speak against this. Its digest stays that of the plan which it is of.
 */
export function onlyForDay(plan: Plan, before: WantedTexts, today: WantedTexts): Plan {
  const due = new Set([...before.keys(), ...today.keys()].filter((path) => before.get(path) !== today.get(path)));
  const folders = new Set([...due].map((path) => path.replace(/[/].*$/, '')));
  const slices = new Set([...due].map(slugIn));
  return {
    ...plan,
    changes: plan.changes.filter(({ path }) => due.has(path)),
    moves: plan.moves.filter(({ account }) => slices.has(slugOf(account))),
    // What is in the place of the folder of a drop-in is in its way, too.
    conflicts: plan.conflicts.filter(({ path }) => due.has(path) || folders.has(path)),
    // Those that are about what programs hold keep their meaning: who loses a grant may hold more than is left.
    guards: plan.guards.filter(({ id }) => id === 'memory-below-use'),
    answered: [],
    drift: [],
  };
}

/** A plan of which nothing is done. */
export function nothingOf(plan: Plan): Plan {
  return { ...plan, changes: [], moves: [], conflicts: [], guards: [], answered: [], drift: [] };
}

// The slug of the account that a slice is of: the last part of its name. No unit of a group depends on the day.
function slugIn(path: string): string {
  return path.replace(/[.]slice.*$/, '').replace(/^.*-/, '');
}
