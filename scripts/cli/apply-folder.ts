import { holdingLock } from '../host/state-lock.ts';
import type { HostReader } from '../host/unit-folder.ts';
import type { Paint } from '../report/paint.ts';
import type { Consent } from '../units/refusals.ts';
import { carriedOut } from './carried-out.ts';
import { carryOut } from './carry-out.ts';
import { assertByHand, choosePolicy, isFollowing } from './choose-policy.ts';
import type { Answer } from './command.ts';
import { readPolicy } from './read-policy.ts';

/** Applies a policy folder. Throws LockHeld, HostRefusal and HostFailure. */
export async function applyFolder(
  reader: HostReader,
  { policy, ...consent }: Consent & { readonly policy: string | undefined },
  now: Date,
  paint: Paint,
): Promise<Answer> {
  const choice = await choosePolicy(reader.root, policy);
  if (isFollowing(reader.root)) assertByHand(choice.standing, now);
  const read = readPolicy(choice, { kind: 'instant', now }, paint);
  if (read.kind === 'errors') return read.answer;
  const { resolved, warnings } = read;
  const work = { reader, resolved, consent, source: choice.source, now, cause: 'by-hand' } as const;
  const outcome = await holdingLock(reader.root, () => carryOut(work));
  return carriedOut(outcome, reader.name, choice.label, warnings, paint);
}
