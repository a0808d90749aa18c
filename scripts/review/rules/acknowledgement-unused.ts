import type { Unused } from '../acknowledgements.ts';
import type { Change } from '../change.ts';
import type { ChangeRule, ChangeViolation } from '../change-rule.ts';

/**
 * Most often a slip of the pen, and then the rule that it was meant for is not content either. It is about what the other
 * rules found, and therefore asked after them.
 */
export const acknowledgementUnused: Omit<ChangeRule, 'check'> & {
  report(change: Pick<Change, 'folder'>, unused: readonly Unused[]): Iterable<ChangeViolation>;
} = {
  id: 'acknowledgement-unused',
  summary: 'An acknowledgement in a commit is one that this change needs.',
  severity: 'warning',
  *report({ folder }, unused) {
    for (const { message, fix } of unused) yield { path: folder, message, fix };
  },
};
