import type { Guard, GuardId } from '../../units/guards.ts';
import type { Change } from '../change.ts';
import type { ChangeRule, ChangeViolation, Compared } from '../change-rule.ts';
import { reviewAnswers } from '../new-answers.ts';

/**
 * A host that has policy as it was would refuse this change, and go on refusing what comes after it. Only hosts know what
 * runs on them: guards about that are theirs.
 */
export const guard: ChangeRule = {
  id: 'guard',
  summary: 'No guard stands in the way on a host, or policy/allow.yaml has an answer to it.',
  severity: 'error',
  *check(change, compared) {
    if (!compared) return;
    // Answered too late: the rule about that says so.
    const stale = new Set(
      reviewAnswers(compared)
        .filter(({ isNeeded, answer }) => isNeeded && answer.expires.value < compared.today)
        .map(({ answer }) => answer.guard),
    );
    for (const found of compared.plan.guards) {
      if (!stale.has(found.id)) yield { ...placeOf(found, change, compared), ...wordsOf(found) };
    }
  },
};

function wordsOf({ id, message, wayOut }: Guard): Pick<ChangeViolation, 'message' | 'fix'> {
  return { message: `${id}: ${message}`, fix: wayOut };
}

// The line that a guard is about; of what is gone, the file where it was.
function placeOf(
  { id, objects }: Guard,
  { folder }: Change,
  { site: { source } }: Compared,
): { readonly path: string } | { readonly source: typeof source; readonly path: readonly string[] } {
  const gone = FOLDERS.get(id);
  if (gone !== undefined) return { path: `${folder}${gone}/${objects[0]}.yaml` };
  return { source, path: [id === 'site-renamed' ? 'name' : 'admin_group'] };
}

const FOLDERS: ReadonlyMap<GuardId, string> = new Map([
  ['mass-removal', 'members'],
  ['group-removal', 'groups'],
]);
