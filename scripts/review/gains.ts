import { mergeLimits } from '../policy/limits.ts';
import type { Member } from '../policy/policy.ts';
import type { KeyPath } from '../policy/source.ts';
import { groupsOf } from '../policy/subjects.ts';
import type { Compared } from './change-rule.ts';
import { compareLimits, isRaise } from './compare-limits.ts';
import { isOver } from './grants.ts';

/** Something that a member has and did not have before: in words, and the key that says so. */
export interface Gain {
  readonly words: string;
  readonly path: KeyPath;
}

/** What a member gains by a change of its file; `was` is absent where there was none. Another group counts as a gain. */
export function gainsOf(was: Member | undefined, now: Member, compared: Compared): readonly Gain[] {
  const { today } = compared;
  const until = now.expires.value === 'never' ? 'with no end' : `until ${now.expires.value}`;
  if (isOver(now, today)) return [];
  if (!was || isOver(was, today)) {
    return [{ words: `group "${now.group.value}" ${until}`, path: [was ? 'expires' : 'group'] }];
  }
  return [
    ...(was.group.value === now.group.value
      ? []
      : [{ words: `group "${now.group.value}" in place of "${was.group.value}"`, path: ['group'] }]),
    // As text, "never" is later than every day.
    ...(now.expires.value > was.expires.value
      ? [{ words: `a grant ${until} in place of ${was.expires.value}`, path: ['expires'] }]
      : []),
    ...(was.granted.value > today && now.granted.value < was.granted.value
      ? [{ words: `a grant from ${now.granted.value} on in place of ${was.granted.value}`, path: ['granted'] }]
      : []),
    ...gainedAccounts(was, now),
    ...gainedLimits(was, now, compared),
  ];
}

function gainedAccounts(was: Member, now: Member): readonly Gain[] {
  const held = new Set(was.accounts.map(({ value }) => value));
  return now.accounts.flatMap(({ value }, index) => {
    return held.has(value) ? [] : [{ words: `account "${value}"`, path: ['accounts', index] }];
  });
}

// Over the limits that the group has after the change: what happens to those is no doing of this file.
function gainedLimits(was: Member, now: Member, { draft, site }: Compared): readonly Gain[] {
  const groups = groupsOf(draft).filter(({ content }) => content.name === now.group.value);
  const under = [site.content.limits, ...groups.map(({ content }) => content.limits)];
  const [before, after] = [mergeLimits(...under, was.limits), mergeLimits(...under, now.limits)];
  return compareLimits(before, after)
    .filter(isRaise)
    .map(({ scope, field, after }) => {
      const words = `${scope}.${field} ${after?.value ?? 'without a limit'}`;
      return { words, path: ['limits', scope, field] };
    });
}
