import { HostFailure, HostRefusal, LockHeld } from '../host/host-failure.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { UsageError } from './usage-error.ts';

/** The exit code for whatever was thrown; what is none of ours is a bug. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof HostRefusal) return EXIT.refused;
  if (error instanceof LockHeld) return EXIT.locked;
  if (error instanceof HostFailure) return error.state === 'broken' ? EXIT.broken : EXIT.restored;
  return EXIT.bug;
}
