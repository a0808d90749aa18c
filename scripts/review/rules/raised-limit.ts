import { mergeLimits } from '../../policy/limits.ts';
import type { Draft } from '../../policy/load.ts';
import type { Group, Limits } from '../../policy/policy.ts';
import type { Source } from '../../policy/source.ts';
import { accountsOf, groupsOf, membersOf, type Subject, sitesOf } from '../../policy/subjects.ts';
import type { Spot } from '../../policy/violation.ts';
import type { ChangeRule, ChangeViolation, Compared } from '../change-rule.ts';
import { compareLimits, isRaise, type LimitDifference } from '../compare-limits.ts';
import { canonicalAccounts, isOver } from '../grants.ts';
import { groupLimits, siteLimits } from '../group-limits.ts';

/**
 * What one group gets more, the others get less of. A grant raises nothing, and neither do a member's own limits: each is
 * one file with a name, and those who are many come into a group that was judged when it was made. Limits before that cannot
 * be read are taken for lower ones: rather one question too many.
 */
export const raisedLimit: ChangeRule = {
  id: 'raised-limit',
  summary: 'A limit of the site or of a group rises or vanishes only if a commit says that it is meant.',
  severity: 'error',
  acknowledgeable: true,
  *check(_change, compared) {
    if (!compared?.before) return;
    const { before, site } = compared;
    const was = siteLimits(before);
    if (!was) {
      // Groups build on it: of them nobody can tell either.
      yield { source: site.source, path: [], message: `what the site said before ${UNKNOWN}`, object: 'site' };
      return;
    }
    for (const raise of raises(was, site.content.limits)) yield raised(site.source, 'the site', 'site', raise);
    const sides = { ...compared, before, old: groupLimits(before) };
    for (const group of groupsOf(compared.draft)) {
      yield* checkDefaultGroup(sides, group);
      const check = sides.old.has(group.content.name) ? checkGroup : checkNewGroup;
      yield* check(sides, group);
    }
  },
};

interface Sides extends Compared {
  readonly before: Draft;
  /** What the groups came to before; `undefined` where that cannot be told. */
  readonly old: ReadonlyMap<string, Limits | undefined>;
}

const UNKNOWN = 'cannot be read, so that nobody can tell whether limits rise';

function* checkDefaultGroup(sides: Sides, { content: group }: Subject<Group>): Iterable<ChangeViolation> {
  const { source, content } = sides.site;
  const spot = { source, path: ['default_group'], object: 'site default_group' };
  for (const from of defaultGroups(sides.before)) {
    if (group.name !== content.defaultGroup.value || group.name === from) continue;
    const what = `everybody without a member file comes from group "${from}" into "${group.name}"`;
    yield* moved(what, spot, [sides.old.get(from)], limitsOf(group, sides));
  }
}

function* checkGroup(sides: Sides, { source, content: group }: Subject<Group>): Iterable<ChangeViolation> {
  const { name } = group;
  const was = sides.old.get(name);
  if (!was) yield { source, path: [], message: `what group "${name}" said before ${UNKNOWN}`, object: name };
  else {
    // What the site raises for all its groups is said of the site.
    const own = raises(was, limitsOf(group, sides)).filter((raise) => !isOfSite(raise));
    for (const raise of own) yield raised(source, `group "${name}"`, name, raise);
  }
}

// A new class of limits raises nothing until somebody is in it; for those who are, it is as if their group had changed.
function* checkNewGroup(sides: Sides, { source, content: group }: Subject<Group>): Iterable<ChangeViolation> {
  const { name } = group;
  const origins = originsOf(sides, name);
  const what = `group "${name}" is new and has members from ${origins.map((origin) => `"${origin}"`).join(', ')}`;
  const old = origins.map((origin) => sides.old.get(origin));
  yield* moved(what, { source, path: [], object: name }, old, limitsOf(group, sides));
}

// The groups that the accounts of a group were in.
function originsOf({ before, draft, today }: Sides, name: string): readonly string[] {
  const held = membersOf(before).filter(({ content }) => !isOver(content, today));
  const groups = new Map(
    held.flatMap(({ content }) => canonicalAccounts(content, before).map((account) => [account, content.group.value])),
  );
  const origins = [...accountsOf(draft)].flatMap(({ member, canonical }) => {
    return member.group.value === name && !isOver(member, today)
      ? [groups.get(canonical) ?? defaultGroups(before)].flat()
      : [];
  });
  return [...new Set(origins)].sort();
}

// One finding and one answer for all limits of a group that others come into.
function* moved(
  what: string,
  spot: Spot & { readonly object: string },
  old: readonly (Limits | undefined)[],
  now: Limits,
): Iterable<ChangeViolation> {
  const known = old.flatMap((limits) => (limits ? [limits] : []));
  const words = new Set(known.flatMap((limits) => raises(limits, now).map(wordsOf)));
  if (known.length < old.length) yield { ...spot, message: `${what}: what held for them before ${UNKNOWN}` };
  else if (words.size > 0) yield { ...spot, message: `${what}: ${[...words].join('; ')}` };
}

function raised(source: Source, owner: string, object: string, raise: LimitDifference): ChangeViolation {
  const { scope, field } = raise;
  const message = `${owner} gets more: ${wordsOf(raise)}`;
  return { source, path: ['limits', scope, field], message, object: `${object} ${scope}.${field}` };
}

/** Only a weight can rise from nothing that is written, or to it. */
const DEFAULT_WEIGHT = 'the default of 100';

function wordsOf({ scope, field, before, after, effect }: LimitDifference): string {
  const [from, to] = [before, after].map((limit) => limit?.value ?? DEFAULT_WEIGHT);
  const name = `${scope}.${field}`;
  if (effect === 'removed') return `${name} was ${from}, and nothing limits it any more`;
  return `${name} ${effect} from ${from} to ${to}${effect === 'changes' ? ', which is not less' : ''}`;
}

function raises(before: Limits, after: Limits): readonly LimitDifference[] {
  return compareLimits(before, after).filter(isRaise);
}

function isOfSite({ before, after }: LimitDifference): boolean {
  return [before, after].every((limit) => limit === undefined || limit.place.file === SITE);
}

const SITE = 'site.yaml';

function defaultGroups(draft: Draft): readonly string[] {
  return sitesOf(draft).map(({ content }) => content.defaultGroup.value);
}

function limitsOf({ limits }: Group, { site }: Sides): Limits {
  return mergeLimits(site.content.limits, limits);
}
