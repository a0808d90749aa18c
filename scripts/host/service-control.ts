import { HostFailure } from './host-failure.ts';
import { runProgram } from './run-program.ts';
import { ENVIRONMENT, showUnits } from './systemd.ts';

/** What systemd holds of some units. */
export interface Held {
  /** Whether all of them run, or wait for their time. */
  readonly active: boolean;
  /** Whether systemd would have to read the file of one of them again. */
  readonly stale: boolean;
}

// Milliseconds. A run that is under way is waited for when it is stopped.
const PATIENCE = 180_000;

/** Asks systemd about units. Throws HostFailure. */
export async function heldUnits(units: readonly string[]): Promise<Held> {
  const blocks = (await showUnits(units, ['ActiveState', 'NeedDaemonReload'])).split('\n\n');
  return {
    active: blocks.length === units.length && blocks.every((block) => /^ActiveState=active$/m.test(block)),
    stale: blocks.some((block) => /^NeedDaemonReload=yes$/m.test(block)),
  };
}

/** Starts units, or stops them and waits until they have. */
export async function controlUnits(verb: 'start' | 'stop', units: readonly string[]): Promise<void> {
  await runProgram('systemctl', [verb, '--', ...units], { timeout: PATIENCE, env: ENVIRONMENT });
}

/** The version of the systemd of this machine. Throws HostFailure. */
export async function systemdVersion(): Promise<number> {
  try {
    const { stdout } = await runProgram('systemctl', ['--version'], { timeout: PATIENCE, env: ENVIRONMENT });
    return Number(/^systemd ([0-9]+)/.exec(stdout)?.[1] ?? 0);
  } catch (error) {
    throw new HostFailure('ask systemd', 'untouched', error);
  }
}
