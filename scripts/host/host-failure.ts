/** Something on the machine failed; says at which step, and whether everything is as it was before. */
export class HostFailure extends Error {
  override readonly name = 'HostFailure';
  readonly step: string;
  /** `untouched` and `restored`: the host is as it was. `broken`: it is not, and somebody has to look. */
  readonly state: 'untouched' | 'restored' | 'broken';
  /** What to do or to know; empty if there is nothing to say. */
  readonly hint: string;

  constructor(step: string, state: HostFailure['state'], cause: unknown, hint = '') {
    super(`${step}: ${messageOf(cause)}${hint === '' ? '' : `; ${hint}`}`, { cause });
    this.step = step;
    this.state = state;
    this.hint = hint;
  }
}

/** The machine is in a shape that this program must not work on, such as a link in the place of a folder. */
export class HostRefusal extends Error {
  override readonly name = 'HostRefusal';
}

/** Another run holds the lock. */
export class LockHeld extends Error {
  override readonly name = 'LockHeld';
}

/** The sentence of an error, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** For `catch`: a file or folder that is not there is no error, and gives nothing. */
export function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
