import type { CommitName } from '../follow/record.ts';
import { importBundle } from '../host/bundle-import.ts';
import { hasCommit } from '../host/repository.ts';
import type { FollowedHost } from './followed-host.ts';

/**
 * Brings a commit into root's repository if it is not there, out of what the unprivileged step has fetched: git looks at it
 * first, and what is not sound goes no further. Throws HostRefusal if that is at fault, and HostFailure.
 */
export async function bringCommit(
  { reader: { root }, config }: Pick<FollowedHost, 'reader' | 'config'>,
  commit: CommitName,
): Promise<void> {
  if (!(await hasCommit(root, commit))) await importBundle(root, config.branch);
}
