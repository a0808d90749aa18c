import { mergeLimits, NO_LIMITS } from '../policy/limits.ts';
import type { Draft, Loaded } from '../policy/load.ts';
import type { Answer, Group, Limits, Member, Site } from '../policy/policy.ts';
import type { LimitOwner, PolicyEvent } from './events.ts';
import { compareFiles, type FileChanges, isKnown, type Known, withoutMisspelled } from './known-files.ts';
import { limitEvents, NO_OWN_LIMITS, type OwnLimits, statedLimits } from './limit-events.ts';
import { type MemberLimits, memberEvents } from './member-events.ts';
import { settingEvents } from './setting-events.ts';

/**
 * All that a change of the files of policy does: to members, to groups, to the site, and in answers to guards; in the same
 * order for the same files. The drafts may hold only what differs. What becomes of a limit is told over the limits of the
 * group and the site, as far as they are among the files; `before` is absent if there was no policy.
 */
export function findEvents(before: Draft | undefined, after: Draft): readonly PolicyEvent[] {
  const [was, is] = [withoutMisspelled(before ?? NOTHING), withoutMisspelled(after)];
  const [under, over] = [new Layers(was), new Layers(is)];
  const members = compareFiles(was.members, is.members);
  const groups = compareFiles(was.groups, is.groups);
  const sites = compareFiles(listOf(was.site), listOf(is.site));
  const answers = compareFiles(listOf(was.allow), listOf(is.allow));
  const limits: MemberLimits = {
    before: (member) => under.ofMember(member),
    after: (member) => over.ofMember(member),
    without: (member) => over.ofMember({ ...member, limits: NO_LIMITS }),
  };
  return [
    ...[members, groups, sites, answers].flatMap(({ unreadable }) => unreadable),
    ...memberEvents(members, limits),
    ...groupEvents(groups, under, over),
    ...siteEvents(sites),
    ...answerEvents(answers),
  ];
}

const NOTHING: Draft = { groups: [], members: [], misspellings: [] };

function listOf<T>(file: Loaded<T> | undefined): readonly Loaded<T>[] {
  return file ? [file] : [];
}

/** How limits come out at one time. */
class Layers {
  readonly #site: Limits;
  readonly #groups: ReadonlyMap<string, Limits>;

  constructor({ site, groups }: Draft) {
    this.#site = site?.content?.limits ?? NO_LIMITS;
    this.#groups = new Map(groups.filter(isKnown).map(({ name, content }) => [name, content.limits]));
  }

  ofGroup({ limits }: Group): OwnLimits {
    return { written: limits, effective: mergeLimits(this.#site, limits) };
  }

  ofMember({ group, limits }: Member): OwnLimits {
    return { written: limits, effective: mergeLimits(this.#site, this.#groups.get(group.value) ?? NO_LIMITS, limits) };
  }
}

function groupEvents(files: FileChanges<Group>, under: Layers, over: Layers): readonly PolicyEvent[] {
  const added = files.added.flatMap(({ name: group, content }): readonly PolicyEvent[] => [
    { kind: 'group-added', group, place: content.place },
    ...limitEvents(groupOwner(group), NO_OWN_LIMITS, over.ofGroup(content)),
  ]);
  const changed = files.changed.flatMap(({ before, after }) => [
    ...limitEvents(groupOwner(after.name), under.ofGroup(before.content), over.ofGroup(after.content)),
    ...settingEvents(groupOwner(after.name), before.source, after.source),
  ]);
  const recovered = files.recovered.flatMap(({ name, content }) => statedLimits(groupOwner(name), content.limits));
  const removed = files.removed.map(({ name: group }) => ({ kind: 'group-removed', group }) as const);
  return [...added, ...changed, ...recovered, ...removed];
}

function groupOwner(group: string): LimitOwner {
  return { kind: 'group', group };
}

const SITE: LimitOwner = { kind: 'site' };

function siteEvents({ added, removed, changed, recovered }: FileChanges<Site>): readonly PolicyEvent[] {
  const pairs: readonly { readonly before?: Known<Site>; readonly after?: Known<Site> }[] = [
    ...changed,
    ...added.map((after) => ({ after })),
    ...removed.map((before) => ({ before })),
  ];
  return [
    ...pairs.flatMap(({ before, after }) => [
      ...limitEvents(SITE, siteLimits(before), siteLimits(after)),
      ...settingEvents(SITE, before?.source, after?.source),
    ]),
    ...recovered.flatMap(({ content }) => statedLimits(SITE, content.limits)),
  ];
}

function siteLimits(site: Known<Site> | undefined): OwnLimits {
  return site ? { written: site.content.limits, effective: site.content.limits } : NO_OWN_LIMITS;
}

type Answers = readonly Answer[];

function answerEvents({ added, removed, changed, recovered }: FileChanges<Answers>): readonly PolicyEvent[] {
  const before = [...removed, ...changed.map((files) => files.before)].flatMap(({ content }) => content);
  const after = [...added, ...recovered, ...changed.map((files) => files.after)].flatMap(({ content }) => content);
  return [
    ...without(after, before).map(
      ({ place, ...answer }) => ({ kind: 'answer-added', ...wordsOf(answer), place }) as const,
    ),
    ...without(before, after).map((answer) => ({ kind: 'answer-removed', ...wordsOf(answer) }) as const),
  ];
}

// In the order of what they say, not of where they stand.
function without(answers: Answers, others: Answers): Answers {
  const known = new Set(others.map(meaningOf));
  const left = answers.filter((answer) => !known.has(meaningOf(answer)));
  return left.sort((a, b) => (meaningOf(a) < meaningOf(b) ? -1 : 1));
}

function meaningOf({ guard, objects, plan, reason, expires }: Answer): string {
  return JSON.stringify([guard, expires.value, reason, objects, plan]);
}

function wordsOf({
  guard,
  reason,
  expires,
}: Omit<Answer, 'place'>): Pick<Answer, 'guard' | 'reason'> & { expires: string } {
  return { guard, reason, expires: expires.value };
}
