import { shorten } from '../policy/flow.ts';
import { nearest } from '../policy/nearest.ts';
import type { Acknowledgement, Change, ReviewedCommit } from './change.ts';
import type { ChangeRule, ChangeViolation } from './change-rule.ts';

/** What would be an error if nobody had said that it is meant. */
export interface Acknowledged extends Acknowledgement {
  /** What the rule has to say about it. */
  readonly message: string;
  /** The first commit that says so. */
  readonly commit: ReviewedCommit;
}

/** What a rule found, and the rule. */
export interface Matter {
  readonly rule: ChangeRule;
  readonly violation: ChangeViolation;
}

/** What is left of a rule's findings when what somebody has acknowledged is taken out. */
export interface Settlement {
  readonly open: readonly Matter[];
  readonly acknowledged: readonly Acknowledged[];
  /** What has to be acknowledged, and nobody has. */
  readonly missing: readonly Acknowledgement[];
}

/**
 * Says which findings the commits of a change acknowledge. A commit of the change counts wherever it stands: it may be a
 * merge, or taken back later, for what it says was said; one that the base has already is none of the change. What is said
 * holds for the change as it is merged, also for what is written after it: how much that is, the review shows.
 */
export function settle(matters: readonly Matter[], { commits }: Pick<Change, 'commits'>): Settlement {
  const open: Matter[] = [];
  const acknowledged: Acknowledged[] = [];
  const missing: Acknowledgement[] = [];
  const said = new Map<string, ReviewedCommit[]>();
  for (const commit of commits) {
    for (const { rule, object } of commit.acknowledgements) put(said, `${rule} ${object}`, commit);
  }
  for (const { rule, violation } of matters) {
    const { object, message, countsFrom = () => true } = violation;
    const commit = object === undefined ? undefined : said.get(`${rule.id} ${object}`)?.find(countsFrom);
    if (object === undefined) open.push({ rule, violation });
    else if (commit) acknowledged.push({ rule: rule.id, object, message, commit });
    else {
      open.push({ rule, violation: { ...violation, fix: wayOut(violation.fix, rule.id, object) } });
      missing.push({ rule: rule.id, object });
    }
  }
  return { open, acknowledged, missing };
}

// A rule's own way out is what has to be done first, such as asking somebody else.
function wayOut(fix: string | undefined, rule: string, object: string): string {
  const first = fix === undefined ? 'if it is meant, say so in a commit of this change' : fix;
  return `${first}: git commit --allow-empty -m "It is meant" -m "Acknowledge: ${rule} ${object}"`;
}

/** An acknowledgement that lets nothing pass, in words. */
export interface Unused {
  readonly message: string;
  readonly fix: string;
}

/** The acknowledgements of a change that nothing needs, or that do not count. */
export function findUnused(
  matters: readonly Matter[],
  { commits }: Pick<Change, 'commits'>,
  rules: readonly string[],
): readonly Unused[] {
  const needed = new Map<string, ChangeViolation[]>();
  for (const { rule, violation } of matters) {
    if (violation.object !== undefined) put(needed, `${rule.id} ${violation.object}`, violation);
  }
  return commits.flatMap((commit) => {
    return commit.acknowledgements.flatMap(({ rule, object }) => {
      const name = `${rule} ${object}`.trim();
      const about = needed.get(name);
      const counts = about?.some(({ countsFrom = () => true }) => countsFrom(commit));
      if (counts) return [];
      const where = `commit ${commit.short} acknowledges "${shorten(name)}"`;
      if (about) return [{ message: `${where}, and does not count: ${OWN}`, fix: OWN_FIX }];
      return [{ message: `${where}, and nothing in this change needs it`, fix: guess(name, rule, needed, rules) }];
    });
  });
}

const OWN = 'whoever wrote the commit gains by it';
const OWN_FIX = 'have somebody else write a commit that says so';

function guess(name: string, rule: string, needed: ReadonlyMap<string, unknown>, rules: readonly string[]): string {
  const meant = nearest(name.slice(0, LONGEST), [...needed.keys()].slice(0, COMPARED));
  if (meant !== undefined) return `write Acknowledge: ${meant}`;
  if (needed.size > 0) return `what is needed: ${[...needed.keys()].slice(0, SHOWN).join(', ')}`;
  if (rules.includes(rule)) return 'take the line out: nothing in this change has to be acknowledged';
  return `what can be acknowledged: ${rules.join(', ')}`;
}

// Names are compared letter by letter, each with each, and anybody can write very many and very long ones.
const LONGEST = 200;
const COMPARED = 100;
const SHOWN = 3;

function put<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
