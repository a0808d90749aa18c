import { simpleGit } from 'simple-git';
import { messageOf } from './host-failure.ts';

/** Which state of the policy repository a folder is, for the record; `why` if git cannot say. */
export type Checkout =
  | { readonly commit: string; readonly uncommittedChanges: boolean }
  | { readonly commit: null; readonly why: string };

// The library takes any setting of fsmonitor for a danger; `false` is the opposite of one.
const LIMITS = { unsafe: { allowUnsafeFsMonitor: true }, timeout: { block: 10_000 } } as const;

/**
 * Asks git for the commit of the checkout that a policy folder is in. What cannot be said is said to be unknown: policy
 * does not have to be in git for a directory to be made from it, and git refuses the repositories of other users.
 */
export async function readCheckout(folder: string): Promise<Checkout> {
  try {
    // The configuration of the repository must not name a program to run: git-config(1), core.fsmonitor.
    const git = simpleGit({ baseDir: folder, config: ['core.fsmonitor=false'], ...LIMITS });
    const commit = (await git.revparse(['--verify', 'HEAD'])).trim();
    const changed = await git.raw(['status', '--porcelain', '--untracked-files=all', '--', '.']);
    return { commit, uncommittedChanges: changed !== '' };
  } catch (error) {
    // The library puts a stack into the message where git is not installed.
    const [why = ''] = messageOf(error).trim().split('\n');
    return { commit: null, why };
  }
}
