import { edit } from '../policy/edit.ts';
import type { Member } from '../policy/policy.ts';
import { count } from '../report/printable.ts';
import { type CurrentPolicy, findGrant, sourceOf } from './current-policy.ts';
import type { Conversation } from './prompt.ts';
import { type Proposal, readReason } from './proposal.ts';

/** Whose grant ends, as it was given on the command line; what is absent is asked for. */
export interface RevokeWish {
  readonly account: string | undefined;
  readonly reason: string | undefined;
}

const VERB = 'revoke';

/** Takes the file of a member out, with all accounts in it. Throws UsageError. */
export async function proposeRevocation(
  current: CurrentPolicy,
  wish: RevokeWish,
  talk: Conversation,
): Promise<Proposal> {
  const { member } = await talk.need(wish.account, 'ACCOUNT', 'account', (text) => findGrant(current, text, VERB));
  const reason = wish.reason === undefined ? undefined : readReason(wish.reason, VERB);
  return {
    files: new Map([[fileOf(member), undefined]]),
    branch: `revoke/${member.id}`,
    ...(reason !== undefined && { reason }),
  };
}

/** Takes out all that has ended: files of members, and answers to guards. No files if nothing has. */
export function proposeExpiry(current: CurrentPolicy): Proposal {
  const { policy, resolved } = current;
  const { today } = resolved;
  const members = policy.members.filter(({ expires: { value } }) => value !== 'never' && value < today);
  const answers = policy.answers.flatMap(({ expires: { value } }, index) => (value < today ? [index] : []));
  const what = [
    ...(members.length === 0 ? [] : [count(members.length, 'grant')]),
    ...(answers.length === 0 ? [] : [`${count(answers.length, 'answer')} to guards`]),
  ];
  const isOne = members.length + answers.length === 1;
  return {
    files: new Map([
      ...members.map((member) => [fileOf(member), undefined] as const),
      ...takeAnswers(current, answers),
    ]),
    branch: `expiry/${today}`,
    subject:
      what.length === 0
        ? `on ${today}, no grant and no answer to a guard has ended: there is nothing to take out`
        : `Take out ${what.join(' and ')} that ${isOne ? 'has' : 'have'} ended`,
  };
}

// From the last one on: those that stay keep their places. The file goes with the last answer.
function takeAnswers(
  { draft, policy }: CurrentPolicy,
  indexes: readonly number[],
): readonly [string, string | undefined][] {
  if (indexes.length === 0) return [];
  const source = sourceOf(draft.allow?.source, 'allow.yaml');
  if (indexes.length === policy.answers.length) return [[source.file, undefined]];
  const edits = [...indexes].reverse().map((index) => ({ path: ['answers', index] }));
  return [[source.file, edit(source, edits).text]];
}

function fileOf({ id }: Member): string {
  return `members/${id}.yaml`;
}
