import type { Finding } from '../policy/finding.ts';
import { eventSubject } from '../report/event-subject.ts';
import { eventSentence } from '../report/event-words.ts';
import type { Label } from '../report/findings.ts';
import type { Paint } from '../report/paint.ts';
import { reviewText } from '../report/review-text.ts';
import type { Acknowledgement, Change, Person } from '../review/change.ts';
import { examineChange } from '../review/check-change.ts';
import { findEvents } from '../review/find-events.ts';
import { reviewOf } from '../review/review.ts';
import type { CurrentPolicy } from './current-policy.ts';
import type { Proposal } from './proposal.ts';

/** A change of policy that is about to be made, and by whom. */
export interface ProposedChange {
  readonly before: CurrentPolicy;
  readonly after: CurrentPolicy;
  readonly proposal: Proposal;
  /** The policy folder as the repository knows it, with a slash at its end: `policy/`. */
  readonly folder: string;
  /** The author of its commit; absent if there will be none. */
  readonly author?: Person;
}

/** What a change of policy does, and what its review will ask. */
export interface ProposalReview {
  /** For people. */
  readonly effect: string;
  /** The first line of the record, and what else it says. */
  readonly subject: string;
  readonly sentences: readonly string[];
  /** Errors that nobody can acknowledge. */
  readonly errors: readonly Finding[];
  /** What whoever makes the change has to say is meant, and what the rules say about it. */
  readonly needed: readonly Acknowledgement[];
  readonly questions: readonly Finding[];
  /** What somebody else has to say is meant. */
  readonly forOthers: readonly Finding[];
}

/** Looks at a change as those will who review it. */
export function reviewProposal(proposed: ProposedChange, label: Label, paint: Paint): ProposalReview {
  const { before, after } = proposed;
  const events = findEvents(before.draft, after.draft);
  const asked = examineChange(changeOf(proposed, []));
  // As if all of it were acknowledged: what is left is not for the author to say.
  const change = changeOf(proposed, asked.missing);
  const settled = examineChange(change);
  const review = reviewOf(change);
  const isLeft = (one: Acknowledgement) => settled.missing.some((other) => isSame(one, other));
  const left = new Set(settled.missing.map(({ rule }) => rule));
  const errors = settled.findings.filter(({ severity }) => severity === 'error');
  const known = new Set(errors.map(keyOf));
  return {
    effect: review ? reviewText(review, label, paint) : '',
    subject: proposed.proposal.subject ?? eventSubject(events),
    sentences: events.map(eventSentence),
    errors: errors.filter(({ rule }) => !left.has(rule)),
    needed: asked.missing.filter((one) => !isLeft(one)),
    questions: asked.findings.filter((finding) => finding.severity === 'error' && !known.has(keyOf(finding))),
    forOthers: errors.filter(({ rule }) => left.has(rule)),
  };
}

function changeOf(
  { before, after, proposal, folder, author }: ProposedChange,
  acknowledgements: readonly Acknowledgement[],
): Change {
  const policyFiles = [...proposal.files.keys()].map((path) => `${folder}${path}`);
  const commit = {
    name: '',
    short: '',
    author: author ?? { name: '', mail: '' },
    subject: '',
    isMerge: false,
    otherFiles: [],
    ...{ acknowledgements, policyFiles },
  };
  const authors = author ? [author.mail] : [];
  return { before, after, commits: [commit], policyFiles, otherFiles: [], folder, authors };
}

function isSame(one: Acknowledgement, other: Acknowledgement): boolean {
  return one.rule === other.rule && one.object === other.object;
}

function keyOf({ rule, message, location }: Finding): string {
  return JSON.stringify([rule, message, location]);
}
