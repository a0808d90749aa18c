import { HostRefusal } from '../host/host-failure.ts';
import { addDays, type Day } from '../policy/calendar.ts';
import { edit } from '../policy/edit.ts';
import type { Member } from '../policy/policy.ts';
import { type CurrentPolicy, findGrant, memberSource } from './current-policy.ts';
import type { Conversation } from './prompt.ts';
import { type Proposal, readReason, readUntil } from './proposal.ts';
import { UsageError } from './usage-error.ts';

/** Whose grant gets which end, as it was given on the command line; what is absent is asked for. */
export interface ExtendWish {
  readonly account: string | undefined;
  readonly until: string | undefined;
  readonly reason: string | undefined;
}

const VERB = 'extend';

/** Gives a grant that holds another last day. Throws UsageError and HostRefusal. */
export async function proposeExtension(
  current: CurrentPolicy,
  wish: ExtendWish,
  talk: Conversation,
): Promise<Proposal> {
  const { today } = current.resolved;
  const { member } = await talk.need(wish.account, 'ACCOUNT', 'account', (text) => findGrant(current, text, VERB));
  const file = `members/${member.id}.yaml`;
  const old = member.expires.value;
  if (old !== 'never' && old < today) refuseEnded(member, old);
  // What is added is added to what there is: "+6m" of a grant with a week to go are six months more.
  const from = old === 'never' ? today : old;
  const question = `until (a day, never, or how much longer than ${from}, as in +6m)`;
  const until = await talk.need(wish.until, '--until DATE|never', question, (text) => {
    const day = readUntil(text, from, today, VERB);
    assertLength(current, member, day);
    return day;
  });
  const reason = wish.reason === undefined ? undefined : readReason(wish.reason, VERB);
  const who = member.accounts[0]?.value;
  if (until === old) throw new HostRefusal(`the grant of ${who} ${endOf(old)} already; ${current.label(file)} says so`);
  const edits = [
    ...(reason === undefined ? [] : [{ path: ['reason'], value: reason }]),
    { path: ['expires'], value: until },
  ];
  return {
    files: new Map([[file, edit(memberSource(current, member), edits).text]]),
    branch: `extend/${member.id}`,
  };
}

function refuseEnded({ id, group, accounts: [first] }: Member, ended: Day): never {
  const again = `ds01-policy grant ${id} ${group.value} --until DATE --reason TEXT grants it anew`;
  throw new HostRefusal(`the grant of ${first?.value} ended on ${ended}: ${again}`);
}

// Counted from the first day of the grant: what has lasted too long is decided about anew.
function assertLength({ policy }: CurrentPolicy, { id, group, granted }: Member, until: Day | 'never'): void {
  if (until < granted.value) throw new UsageError(`the grant begins on ${granted.value}, after ${until}`, VERB);
  const longest = policy.groups.get(group.value)?.longestGrant;
  if (longest === undefined) return;
  const last = addDays(granted.value, longest - 1);
  if (until !== 'never' && until <= last) return;
  const length = `a grant for ${group.value} may last ${longest} days, and this one began on ${granted.value}`;
  throw new UsageError(`${length}: extend ${id} until ${last} at most, or grant it anew when it has ended`, VERB);
}

function endOf(expires: Day | 'never'): string {
  return expires === 'never' ? 'has no end' : `ends on ${expires}`;
}
