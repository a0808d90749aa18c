import { canonicalAccount } from '../policy/account.ts';
import { type Day, isDay } from '../policy/calendar.ts';
import type { Draft } from '../policy/load.ts';
import type { Member } from '../policy/policy.ts';
import type { Source } from '../policy/source.ts';
import { membersOf, sitesOf } from '../policy/subjects.ts';

/** Members that could be read, by id, each with its file. */
export function membersById(draft: Draft): ReadonlyMap<string, { readonly source: Source; readonly content: Member }> {
  return new Map(membersOf(draft).map((subject) => [subject.content.id, subject]));
}

/** Whether a grant is over; one whose last day is none that exists gives nothing either. */
export function isOver({ expires: { value } }: Member, today: Day): boolean {
  return value !== 'never' && (!isDay(value) || value < today);
}

/** The accounts of a member in the spelling that they have on a site: of a draft whose site cannot be read, as written. */
export function canonicalAccounts(member: Member, draft: Draft): readonly string[] {
  const [site] = sitesOf(draft);
  return member.accounts.map(({ value }) => (site ? canonicalAccount(value, site.content) : value));
}
