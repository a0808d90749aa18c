import { type Finding, sortFindings } from '../policy/finding.ts';
import { sitesOf } from '../policy/subjects.ts';
import { planBetween } from '../units/plan-between.ts';
import { type Acknowledged, findUnused, type Settlement, settle } from './acknowledgements.ts';
import type { Acknowledgement, Change } from './change.ts';
import { type Compared, toChangeFinding } from './change-rule.ts';
import { acknowledgementUnused } from './rules/acknowledgement-unused.ts';
import { CHANGE_RULES } from './rules/index.ts';

/** What the rules of a change have to say. */
export interface CheckedChange {
  /** Sorted; those of policy itself are not among them. */
  readonly findings: readonly Finding[];
  /** What would be an error if no commit had said that it is meant. */
  readonly acknowledged: readonly Acknowledged[];
  /** What has to be acknowledged, and is not. */
  readonly missing: readonly Acknowledgement[];
}

/** The findings of the rules of a change, sorted; those of policy itself are not among them. */
export function checkChange(change: Change): readonly Finding[] {
  return examineChange(change).findings;
}

/** Checks a change, and says what its commits acknowledge. */
export function examineChange(change: Change): CheckedChange {
  const compared = compare(change);
  const matters = CHANGE_RULES.flatMap((rule) => {
    return [...rule.check(change, compared)].map((violation) => ({ rule, violation }));
  });
  const { open, acknowledged, missing }: Settlement = settle(matters, change);
  // Without a policy before, or with one after it that has errors, nobody knows what has to be acknowledged.
  const unused = compared?.before ? findUnused(matters, change, ACKNOWLEDGEABLE) : [];
  const findings = [
    ...open.map(({ rule, violation }) => toChangeFinding(rule, change, violation)),
    ...[...acknowledgementUnused.report(change, unused)].map((violation) => {
      return toChangeFinding(acknowledgementUnused, change, violation);
    }),
  ];
  return { findings: sortFindings(findings), acknowledged, missing };
}

const ACKNOWLEDGEABLE = CHANGE_RULES.filter(({ acknowledgeable }) => acknowledgeable).map(({ id }) => id);

function compare({ before, after }: Change): Compared | undefined {
  const [site] = sitesOf(after.draft);
  const { draft, resolved } = after;
  if (!resolved || !site) return undefined;
  // A host keeps the last policy without errors; which one that was, only the host knows.
  const plan = planBetween(before?.resolved, resolved);
  return { ...(before && { before: before.draft }), draft, after: resolved, site, today: resolved.today, plan };
}
