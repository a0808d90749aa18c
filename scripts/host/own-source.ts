import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GitRefusal, gitIn } from './checkout.ts';
import { ignoreMissing } from './host-failure.ts';

/** The checkout that this program was made from. */
export interface OwnSource {
  readonly commit: string;
  /** The URL of its remote. */
  readonly remote: string;
  /** Whether a branch of that remote has the commit, as far as this checkout knows. */
  readonly isPublished: boolean;
}

const REMOTE = 'origin';

/**
 * Looks for the checkout of the repository called `name` in its package.json that this program runs in. A package that
 * somebody else's repository has installed is none.
 */
export async function readOwnSource(name: string): Promise<OwnSource | undefined> {
  const git = gitIn(dirname(process.argv[1] ?? ''));
  try {
    const top = (await git.run(['rev-parse', '--show-toplevel'])).trim();
    if (nameOfPackage(top) !== name) return undefined;
    const commit = (await git.run(['rev-parse', '--verify', 'HEAD'])).trim();
    const remote = (await git.run(['remote', 'get-url', REMOTE])).trim();
    const branches = await git.run(['branch', '--remotes', '--contains', commit, '--list', `${REMOTE}/*`]);
    return { commit, remote, isPublished: branches.trim() !== '' };
  } catch (error) {
    // No checkout, no commit, no remote: the program does not have to come from one.
    if (error instanceof GitRefusal) return undefined;
    throw error;
  }
}

function nameOfPackage(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name;
  } catch (error) {
    return error instanceof SyntaxError ? undefined : ignoreMissing(error);
  }
}
