import { canonicalAccount } from './account.ts';
import { SCOPES, type Scope } from './fields.ts';
import { mergeLimits, NO_LIMITS } from './limits.ts';
import type { Draft, Loaded } from './load.ts';
import type { Answer, Group, Limits, Member, Site } from './policy.ts';
import type { KeyPath, Source } from './source.ts';
import type { Spot } from './violation.ts';

/** A file that could be read: its text with places, and its typed content. */
export interface Subject<T> {
  readonly source: Source;
  readonly content: T;
}

/** The site, if it could be read: none or one, so that rules about it are loops like all others. */
export function sitesOf(draft: Draft): readonly Subject<Site>[] {
  return draft.site ? readable([draft.site]) : [];
}

/** The groups that could be read. */
export function groupsOf(draft: Draft): readonly Subject<Group>[] {
  return readable(draft.groups);
}

/** The members that could be read. */
export function membersOf(draft: Draft): readonly Subject<Member>[] {
  return readable(draft.members);
}

/** The file of answers to guards, if it could be read: none or one. */
export function allowsOf(draft: Draft): readonly Subject<readonly Answer[]>[] {
  return draft.allow ? readable([draft.allow]) : [];
}

/** One answer to a guard, and where it is. */
export interface AnswerSubject extends Spot {
  readonly answer: Answer;
}

/** Every answer to a guard, if they could be read. */
export function answersOf(draft: Draft): readonly AnswerSubject[] {
  return allowsOf(draft).flatMap(({ source, content }) => {
    return content.map((answer, index) => ({ source, path: ['answers', index], answer }));
  });
}

/** One line of an `accounts:` list. */
export interface AccountSubject {
  readonly source: Source;
  readonly path: KeyPath;
  readonly member: Member;
  /** Position in the list, from 0. */
  readonly index: number;
  /** As it is written. */
  readonly account: string;
  /** As it should be written; the same as `account` while the site cannot be read. */
  readonly canonical: string;
}

/** Every account of every member that could be read. */
export function* accountsOf(draft: Draft): Iterable<AccountSubject> {
  const site = draft.site?.content;
  for (const { source, content: member } of membersOf(draft)) {
    for (const [index, { value: account }] of member.accounts.entries()) {
      const canonical = site ? canonicalAccount(account, site) : account;
      yield { source, path: ['accounts', index], member, index, account, canonical };
    }
  }
}

/** A file that states limits: as written in it, and as they come out over those of its group and the site. */
export interface LimitSet {
  readonly source: Source;
  /** For messages: `group "student"`. */
  readonly owner: string;
  readonly group?: Group;
  readonly written: Limits;
  readonly effective: Limits;
}

/** All files of a draft that state limits and could be read. */
export function limitSets(draft: Draft): readonly LimitSet[] {
  const sites = sitesOf(draft);
  const site = sites[0]?.content.limits ?? NO_LIMITS;
  const groups = new Map(groupsOf(draft).map(({ content }) => [content.name, content]));
  const members = membersOf(draft).filter(({ content }) => hasLimits(content.limits));
  return [
    ...sites.map(({ source }) => ({ source, owner: 'the site', written: site, effective: site })),
    ...groupsOf(draft).map(({ source, content: group }) => {
      const effective = mergeLimits(site, group.limits);
      return { source, owner: `group "${group.name}"`, group, written: group.limits, effective };
    }),
    ...members.map(({ source, content: { id, group: name, limits } }) => {
      const group = groups.get(name.value);
      const effective = mergeLimits(site, group?.limits ?? NO_LIMITS, limits);
      return { source, owner: `member "${id}"`, ...(group && { group }), written: limits, effective };
    }),
  ];
}

/** A limit that is a number, in the unit of its kind; `undefined` if it is absent or no single number. */
export function amountOf(limits: Limits, scope: Scope, field: string): number | undefined {
  const value = (limits[scope] as Readonly<Record<string, { readonly value: unknown } | undefined>>)[field]?.value;
  return typeof value === 'number' ? value : undefined;
}

/** The place where a set's file writes a limit. */
export function spotOf(set: LimitSet, scope: Scope, field: string): Spot {
  return { source: set.source, path: ['limits', scope, field] };
}

function hasLimits(limits: Limits): boolean {
  return SCOPES.some((scope) => Object.keys(limits[scope]).length > 0);
}

function readable<T>(files: readonly Loaded<T>[]): readonly Subject<T>[] {
  return files.flatMap(({ source, content }) => (source && content !== undefined ? [{ source, content }] : []));
}
