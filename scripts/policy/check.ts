import { type Clock, dayOf, isTimeZone } from './calendar.ts';
import { type Finding, sortFindings } from './finding.ts';
import { type Draft, load, type PolicyFile } from './load.ts';
import type { Policy } from './policy.ts';
import { RULES } from './rules/index.ts';
import { allowsOf, groupsOf, membersOf, type Subject, sitesOf } from './subjects.ts';
import { toFinding } from './violation.ts';

/** All findings, and the policy if none of them is an error. */
export interface Checked {
  readonly findings: readonly Finding[];
  /** What could be read, with errors or without. */
  readonly draft: Draft;
  readonly policy?: Policy;
}

/**
 * Reads and checks the files of a policy folder. Gives all findings at once, sorted. There is a policy only if there is
 * no error, so nothing unchecked can flow on.
 */
export function check(files: readonly PolicyFile[], clock: Clock): Checked {
  const { draft, findings, complete } = load(files);
  const today = dayOf(clock, timeZoneOf(draft));
  // With a folder out of sight, rules would only report what they could not see.
  const rules = complete ? RULES : [];
  const violations = rules.flatMap((rule) => [...rule.check(draft, { today })].map((found) => toFinding(rule, found)));
  const all = sortFindings([...findings, ...violations]);
  const policy = all.some((finding) => finding.severity === 'error') ? undefined : policyOf(draft);
  return { findings: all, draft, ...(policy && { policy }) };
}

// Without a usable time zone the policy is refused anyway; UTC only lets the other rules run.
function timeZoneOf(draft: Draft): string {
  const timeZone = draft.site?.content?.timeZone;
  return timeZone !== undefined && isTimeZone(timeZone) ? timeZone : 'UTC';
}

function policyOf(draft: Draft): Policy {
  const [site] = contents(sitesOf(draft));
  /* v8 ignore next -- a missing site is an error, and errors do not get here */
  if (!site) throw new Error('no site in a policy without errors');
  const groups = new Map(contents(groupsOf(draft)).map((group) => [group.name, group]));
  return { site, groups, members: contents(membersOf(draft)), answers: contents(allowsOf(draft)).flat() };
}

function contents<T>(subjects: readonly Subject<T>[]): readonly T[] {
  return subjects.map(({ content }) => content);
}
