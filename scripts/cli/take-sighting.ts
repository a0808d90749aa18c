import { setTimeout as wait } from 'node:timers/promises';
import type { Sighting } from '../diagnosis/sighting.ts';
import { askPrograms } from '../host/ask-programs.ts';
import { look } from '../host/look.ts';
import { readMachineTexts } from '../host/machine-texts.ts';
import { ACCOUNT } from '../policy/account.ts';

/** What somebody wants to see of a machine. */
export interface SightingWish {
  /** Accounts that the machine is asked about, in the spelling of policy. */
  readonly accounts: readonly string[];
  /** Between the two looks, at least. */
  readonly seconds: number;
}

/**
 * Looks at this machine twice, and asks its programs meanwhile. `tell` is told once a second how many seconds are left; with
 * 0, only programs are waited for. `enough` says that nobody wants the second look any more. Writes nothing. Throws HostFailure
 * if the kernel does not show itself; a program that does not answer is a part of the answer.
 */
export async function takeSighting(
  { accounts, seconds }: SightingWish,
  tell: (secondsLeft: number) => void = () => undefined,
  enough?: AbortSignal,
): Promise<Sighting> {
  const machine = readMachineTexts();
  const before = look();
  const question = {
    // What is spelled otherwise is no account, and could be an option of a program.
    accounts: accounts.filter((account) => ACCOUNT.test(account)),
    uids: [...new Set(before.processes.map(({ uid }) => uid))].sort((a, b) => a - b),
    asRoot: machine.asRoot,
  };
  const [programs, after] = await Promise.all([
    askPrograms(question),
    waitAndTell(seconds, tell, enough).then(() => look()),
  ]);
  return { before, after, machine, programs };
}

async function waitAndTell(seconds: number, tell: (secondsLeft: number) => void, enough?: AbortSignal): Promise<void> {
  for (let left = seconds; left > 0; left--) {
    tell(left);
    await wait(Math.min(left, 1) * 1000, undefined, enough && { signal: enough });
  }
  tell(0);
}
