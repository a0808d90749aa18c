import { basename, join, resolve } from 'node:path';
import { HostRefusal } from '../host/host-failure.ts';
import { writePolicyFiles } from '../host/policy-writer.ts';
import type { Finding } from '../policy/finding.ts';
import type { PolicyFile } from '../policy/load.ts';
import { findingsText } from '../report/findings.ts';
import type { Paint } from '../report/paint.ts';
import { printable } from '../report/printable.ts';
import {
  type ProposalRecord,
  proposalMarkdown,
  proposalMessage,
  proposedText,
  writtenText,
} from '../report/proposed.ts';
import type { Answer } from './command.ts';
import { asCurrentPolicy, type CurrentPolicy, readCurrentPolicy } from './current-policy.ts';
import { EXIT } from './exit-code.ts';
import { Conversation } from './prompt.ts';
import type { Proposal } from './proposal.ts';
import { type ProposalReview, reviewProposal } from './propose-review.ts';
import { assertFree, type Checkout, commitProposal, openCheckout, type Published, publishProposal } from './publish.ts';
import { labelFor } from './shared-options.ts';

/** How far a change is to go, and what is said to questions about it. */
export interface ProposeOptions {
  readonly policy: string;
  readonly 'no-commit': boolean;
  readonly 'no-push': boolean;
  readonly acknowledge: boolean;
  readonly yes: boolean;
}

/** What a verb has for a change: its name, its options, the clock, and colours. */
export interface ProposeCall {
  readonly verb: string;
  readonly options: ProposeOptions;
  readonly now: Date;
  readonly paint: Paint;
}

/** Makes the change out of policy as it is; asks for what was not given. Throws UsageError and HostRefusal. */
export type Propose = (current: CurrentPolicy, talk: Conversation) => Promise<Proposal> | Proposal;

/**
 * Makes a change of policy: edit, check, show, commit on a branch of its own, push, pull request. Until the commit, or the
 * file with --no-commit, nothing is changed. Throws UsageError, HostRefusal and HostFailure.
 */
export async function propose(call: ProposeCall, make: Propose): Promise<Answer> {
  const talk = new Conversation(call.verb);
  try {
    return await proposeWith(call, make, talk);
  } finally {
    talk.end();
  }
}

async function proposeWith(call: ProposeCall, make: Propose, talk: Conversation): Promise<Answer> {
  const { options, now, paint } = call;
  const label = labelFor(options.policy);
  const checkout = options['no-commit'] ? undefined : await openCheckout(options.policy);
  const clock = { kind: 'instant', now } as const;
  const before = readCurrentPolicy(options.policy, clock);
  if (!before.policy) return errors(call, before.findings, 'policy has errors');
  const proposal = await make(before, talk);
  if (proposal.files.size === 0)
    return { exitCode: EXIT.done, stdout: `${proposal.subject ?? 'there is nothing to do'}\n` };
  if (checkout) await assertFree(checkout, proposal.branch, !options['no-push']);
  const after = asCurrentPolicy(withFiles(before.files, proposal.files), label, clock);
  if (!after.policy) return errors(call, after.findings, 'policy would have errors');
  const by = checkout
    ? { folder: checkout.folder, author: checkout.author }
    : { folder: `${basename(resolve(options.policy))}/` };
  const review = reviewProposal({ before, after, proposal, ...by }, label, paint);
  if (review.errors.length > 0) return errors(call, review.errors, 'a review would find errors');
  const fresh = newFindings(before.findings, after.findings);
  const warnings = [
    fresh.length === 0 ? '' : findingsText(fresh, label, paint),
    review.forOthers.length === 0 ? '' : `${findingsText(review.forOthers, label, paint)}${FOR_OTHERS}`,
  ].join('');
  const isShown = await agree(call, `${warnings}${review.effect}`, review, talk);
  const { subject, sentences, needed } = review;
  const record: ProposalRecord = { ...proposal, subject, sentences, acknowledgements: needed };
  const done = await (checkout ? carryOut(call, checkout, proposal, record) : write(call, proposal, record));
  const shown = isShown ? { stdout: '', stderr: '' } : { stdout: `${review.effect}\n`, stderr: warnings };
  return { ...done, stdout: `${shown.stdout}${done.stdout}`, stderr: `${shown.stderr}${done.stderr}` };
}

const FOR_OTHERS = 'whoever gains by it cannot say so: the pull request waits until somebody else does\n';

function errors({ options, paint }: ProposeCall, findings: readonly Finding[], what: string): Answer {
  const text = findingsText(findings, labelFor(options.policy), paint);
  return { exitCode: EXIT.policyErrors, stderr: `${text}${what}: nothing was changed\n` };
}

// What was wrong before is no news.
function newFindings(before: readonly Finding[], after: readonly Finding[]): readonly Finding[] {
  const known = new Set(before.map(keyOf));
  return after.filter((finding) => !known.has(keyOf(finding)));
}

function keyOf({ rule, message, location }: Finding): string {
  return JSON.stringify([rule, message, location.file]);
}

function withFiles(files: readonly PolicyFile[], changed: Proposal['files']): readonly PolicyFile[] {
  const kept = files.filter(({ path }) => !changed.has(path));
  const written = [...changed].flatMap(([path, text]): readonly PolicyFile[] => {
    return text === undefined ? [] : [{ kind: 'file', path, bytes: new TextEncoder().encode(text) }];
  });
  return [...kept, ...written];
}

/** Whether all was shown already, to somebody who has agreed. Throws HostRefusal for anything but a yes. */
async function agree(
  { options }: ProposeCall,
  shown: string,
  { questions }: ProposalReview,
  talk: Conversation,
): Promise<boolean> {
  const words = options.acknowledge ? [] : questions.map(({ rule, message }) => printable(`${message} [${rule}]`));
  if (words.length > 0 && !talk.isPossible) {
    throw new HostRefusal(`${words.join('; ')}: if this is meant, say --acknowledge`);
  }
  const isAsked = talk.hasAsked && !options.yes;
  if (words.length === 0 && !isAsked) return false;
  talk.say(`\n${shown}\n`);
  for (const word of words) {
    if (!(await talk.confirm(`${word}: is this meant?`))) throw new HostRefusal('it is not meant');
  }
  const question = options['no-commit'] ? 'write it?' : 'commit?';
  if (isAsked && !(await talk.confirm(question))) throw new HostRefusal('it is not wanted');
  return true;
}

async function write(
  { options, paint }: ProposeCall,
  { files, branch }: Proposal,
  record: ProposalRecord,
): Promise<Required<Answer>> {
  await writePolicyFiles(options.policy, files);
  const paths = [...files.keys()].map((path) => join(options.policy, path));
  return { exitCode: EXIT.done, stdout: writtenText(paths, record, branch, paint), stderr: '' };
}

async function carryOut(
  { options, paint }: ProposeCall,
  checkout: Checkout,
  proposal: Proposal,
  record: ProposalRecord,
): Promise<Required<Answer>> {
  const committed = await commitProposal(checkout, proposal, proposalMessage(record));
  const request = { title: record.subject, body: proposalMarkdown(record) };
  const published: Published = options['no-push']
    ? { progress: committed }
    : await publishProposal(checkout, committed, request);
  const stdout = proposedText(published.progress, paint);
  if (published.failure === undefined) return { exitCode: EXIT.done, stdout, stderr: '' };
  return { exitCode: EXIT.restored, stdout, stderr: `ds01-policy: ${printable(published.failure)}\n` };
}
