import { once } from 'node:events';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { execa } from 'execa';
import { HostFailure, LockHeld } from './host-failure.ts';

/** A lock that is held until `release`, or until this process dies. */
export interface Lock {
  release(): Promise<void>;
}

const HELD_ELSEWHERE = 75;
const LOCK_MODE = 0o600;
/** Milliseconds. Taking a free lock is a matter of starting two small programs. */
const PATIENCE = 10_000;

// Whoever can open the file can hold the lock: nobody but its owner may, or any user could stop policy for ever.
async function makeLockFile(file: string): Promise<void> {
  const { O_CREAT, O_NOFOLLOW, O_RDONLY } = constants;
  try {
    const handle = await open(file, O_CREAT | O_NOFOLLOW | O_RDONLY, LOCK_MODE);
    try {
      const { mode } = await handle.stat();
      // Setting it again would be a write.
      if ((mode & 0o777) !== LOCK_MODE) await handle.chmod(LOCK_MODE);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new HostFailure('take the lock', 'untouched', error);
  }
}

/**
 * Takes the lock on a file at once or not at all. The kernel holds it, not the file: flock(1) keeps it as long as its
 * child `cat` waits for our end of the pipe, and that end closes however this process ends. A file left behind by a dead
 * run locks nothing. Throws LockHeld if another run has it.
 */
export async function takeLock(file: string): Promise<Lock> {
  await makeLockFile(file);
  const holder = execa('flock', ['--nonblock', '--conflict-exit-code', String(HELD_ELSEWHERE), file, 'cat'], {
    reject: false,
    stderr: 'pipe',
  });
  // cat says back what it hears, but only once flock has the lock and has started it.
  holder.stdin.write('locked\n');
  const echo = once(holder.stdout, 'data', { signal: AbortSignal.timeout(PATIENCE) }).then(() => 'locked' as const);
  const outcome = await Promise.race([echo, holder]).catch((error: unknown) => {
    holder.kill('SIGKILL');
    throw new HostFailure('take the lock', 'untouched', error, `flock(1) did not answer within ${PATIENCE / 1000} s`);
  });
  if (outcome !== 'locked') {
    // Nobody waits for the echo any more.
    echo.catch(() => undefined);
    throw explainRefusal(file, outcome);
  }
  return {
    async release() {
      holder.stdin.end();
      await holder;
    },
  };
}

interface Outcome {
  readonly exitCode?: number | undefined;
  readonly code?: string | undefined;
  readonly stderr: string;
  readonly message?: string | undefined;
}

function explainRefusal(file: string, outcome: Outcome): Error {
  if (outcome.exitCode === HELD_ELSEWHERE) return new LockHeld(`another run holds the lock ${file}`);
  const missing = outcome.code === 'ENOENT';
  const cause = missing ? 'flock(1) is not installed' : outcome.stderr || outcome.message || 'flock(1) ended at once';
  return new HostFailure('take the lock', 'untouched', cause, missing ? 'it is in the package util-linux' : '');
}
