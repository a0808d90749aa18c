import type { LiveSlice } from '../diagnosis/live-limits.ts';
import type { Day } from '../policy/calendar.ts';
import { SCOPES, type Scope } from '../policy/fields.ts';
import type { Place } from '../policy/policy.ts';
import type { Entitlement } from '../policy/resolve.ts';
import type { Label } from './findings.ts';
import { limitRows } from './limit-words.ts';
import type { Paint } from './paint.ts';
import { placeText } from './plan-words.ts';
import { columns, printable } from './printable.ts';

/** What one account has and which line says so, for people. */
export function explainText(entitlement: Entitlement, today: Day, label: Label, paint: Paint): string {
  const { account, slice, group, groupPlace, member } = entitlement;
  const facts = [
    ['group   ', group.group.name, placeText(groupPlace, label)],
    ['until   ', untilText(entitlement), placeText(untilPlace(entitlement), label)],
    ['slice   ', slice, ''],
  ];
  // Apart from the others: a long reason does not push their lines of policy apart.
  const about = [
    ...(member?.reason === undefined ? [] : [`  reason    ${printable(member.reason)}`]),
    ...(member && member.accounts.length > 1
      ? [`  accounts  ${member.accounts.map(({ value }) => value).join(', ')}`]
      : []),
  ];
  const scopes = SCOPES.map((scope) => scopeLines(entitlement, scope, label, paint).join('\n'));
  const title = `${paint('strong', printable(account))} on ${today}`;
  return `${[title, ...columns(facts, '  '), ...about, '', ...scopes].join('\n')}\n`;
}

/** The same as stable JSON, format version 1; `live` is what is in force now, where that was asked for. */
export function explainJson(entitlement: Entitlement, today: Day, live?: readonly LiveSlice[]): string {
  const { account, slice, group, groupPlace, state, member, limits } = entitlement;
  const value = {
    version: 1,
    account,
    today,
    state,
    group: { name: group.group.name, place: groupPlace },
    slice,
    member: member && {
      id: member.id,
      accounts: member.accounts.map((entry) => entry.value),
      reason: member.reason,
      granted: member.granted.value,
      expires: member.expires.value,
    },
    limits: Object.fromEntries(
      SCOPES.map((scope) => {
        return [
          scope,
          Object.fromEntries(limitRows(limits, scope).map(({ field, value, place }) => [field, { value, place }])),
        ];
      }),
    ),
    live,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

const SCOPE_TITLES: Readonly<Record<Scope, string>> = {
  per_group: 'all members of the group together',
  per_member: 'this account',
  per_container: 'each container',
};

function scopeLines(entitlement: Entitlement, scope: Scope, label: Label, paint: Paint): readonly string[] {
  const rows = limitRows(entitlement.limits, scope).map(({ field, value, meaning, place }) => {
    return [field, printable(value), meaning, placeText(place, label)];
  });
  const shown = rows.length === 0 ? ['    no limit'] : columns(rows, '    ');
  return [`  ${paint('strong', scope)} (${SCOPE_TITLES[scope]})`, ...shown];
}

/** Until when a grant holds, or why it does not, in words. */
export function untilText({ state, member }: Entitlement): string {
  const expires = member?.expires.value;
  switch (state) {
    case 'unlisted':
      return 'no end: everybody who is not listed is in this group';
    case 'expired':
      return `the grant for ${member?.group.value} expired on ${expires}`;
    case 'pending':
      return `the grant for ${member?.group.value} begins on ${member?.granted.value}`;
    case 'active':
      return expires === 'never' ? 'never ends' : `${expires}, through the end of that day`;
  }
}

function untilPlace({ state, member }: Entitlement): Place | undefined {
  return state === 'pending' ? member?.granted.place : member?.expires.place;
}
