import { membersOf, sitesOf } from '../../policy/subjects.ts';
import { identify, isNamed } from '../authors.ts';
import type { Change } from '../change.ts';
import type { ChangeRule } from '../change-rule.ts';
import { gainsOf } from '../gains.ts';
import { membersById } from '../grants.ts';

/**
 * Who gains by a change is not the one who decides about it. git believes everybody who says who they are: this finds the
 * oversight, and the review finds the rest: a mail address that no member file names may be anybody's. To lose a grant is none,
 * even where the default group has more.
 */
export const selfGrant: ChangeRule = {
  id: 'self-grant',
  summary: 'Nobody grants anything to themselves, unless somebody else says that it is meant.',
  severity: 'error',
  acknowledgeable: true,
  *check(change, compared) {
    if (!compared?.before) return;
    const { before, draft } = compared;
    const domains = [before, draft].flatMap((side) => sitesOf(side).map(({ content }) => content));
    const old = membersById(before);
    const identityOf = identify(
      [before, draft].flatMap((side) => membersOf(side).map(({ content }) => content)),
      domains,
    );
    const hands = handsOf(change);
    const changed = new Set(change.policyFiles);
    for (const { source, content: member } of membersById(draft).values()) {
      const path = change.folder + source.file;
      if (!changed.has(path)) continue;
      const was = old.get(member.id)?.content;
      const [first, ...others] = gainsOf(was, member, compared);
      if (!first) continue;
      const self = identityOf(member);
      const hand = [...hands.proposed, ...(hands.byPath.get(path) ?? [])].find(({ name }) => isNamed(name, self));
      if (!hand) continue;
      const gains = [first, ...others].map(({ words }) => words).join(', ');
      yield {
        source,
        path: first.path,
        message: `member "${member.id}" gets ${gains}, and ${hand.words}`,
        fix: 'have somebody else say that it is meant, in a commit of this change',
        object: member.id,
        countsFrom: ({ author }) => !isNamed(author.mail, self),
      };
    }
  },
};

/** Somebody who made a change, or a part of it. */
interface Hand {
  readonly name: string;
  /** Ends a sentence about the one who gains. */
  readonly words: string;
}

interface Hands {
  readonly proposed: readonly Hand[];
  readonly byPath: ReadonlyMap<string, readonly Hand[]>;
}

function handsOf({ authors, commits }: Change): Hands {
  const byPath = new Map<string, Hand[]>();
  for (const { short, author, policyFiles } of commits) {
    const hand = { name: author.mail, words: `the author of commit ${short}, "${author.mail}", is that member` };
    for (const path of policyFiles) byPath.set(path, [...(byPath.get(path) ?? []), hand]);
  }
  const proposed = authors.map((name) => ({ name, words: `"${name}", who proposes it, is that member` }));
  return { proposed, byPath };
}
