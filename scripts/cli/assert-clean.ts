import { HostRefusal } from '../host/host-failure.ts';
import { findUncommitted, type PolicyRepository } from '../host/policy-commits.ts';

/** Refuses to go on in a checkout with changes that are in no commit. Throws HostRefusal, which names them. */
export async function assertClean(repository: PolicyRepository): Promise<void> {
  const paths = await findUncommitted(repository);
  if (paths.length === 0) return;
  const more = paths.length > 10 ? ` and ${paths.length - 10} more` : '';
  const names = paths.slice(0, 10).join(', ');
  throw new HostRefusal(
    `there are changes in no commit: ${names}${more}; commit them first, or git stash --include-untracked`,
  );
}
