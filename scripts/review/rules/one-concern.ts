import { shorten } from '../../policy/flow.ts';
import type { Change, ReviewedCommit } from '../change.ts';
import type { ChangeRule, ChangeViolation } from '../change-rule.ts';

/**
 * Whoever takes a change of policy back must not take back code with it, and the other way round. Code is everything
 * outside of the policy folder, a changelog too: two reverts in another order than the changes would both be in its way.
 * The README inside of the folder belongs to both, because it is made from the rules and says what policy is.
 */
export const oneConcern: ChangeRule = {
  id: 'one-concern',
  summary: 'Policy and code do not change in the same pull request, nor in the same commit.',
  severity: 'error',
  *check(change) {
    // A repository has to begin somehow.
    if (!change.before) return;
    const readme = `${change.folder}README.md`;
    const mixed = change.commits.flatMap((commit) => {
      // What a merge brings in was reviewed where it comes from.
      const [policy] = commit.isMerge ? [] : commit.policyFiles.filter((path) => path !== readme);
      return policy !== undefined && commit.otherFiles.length > 0 ? [{ commit, policy }] : [];
    });
    const policyFiles = change.policyFiles.filter((path) => path !== readme);
    if (policyFiles.length > 0 && change.otherFiles.length > 0) {
      const related = mixed.map(({ commit, policy }) => ({ path: policy, message: `${title(commit)} changes both` }));
      yield violation(change.otherFiles, `policy and code in one change: ${both(policyFiles, change)}`, related);
      return;
    }
    for (const { commit } of mixed) {
      const files = commit.policyFiles.filter((path) => path !== readme);
      const message = `${title(commit)} changes policy and code: ${both(files, commit)}`;
      yield violation(commit.otherFiles, message, []);
    }
  },
};

function violation(
  [path = '']: readonly string[],
  message: string,
  related: readonly { readonly path: string; readonly message: string }[],
): ChangeViolation {
  const fix =
    'put policy into a pull request of its own, with commits of its own, so that each can be taken back alone';
  return { path, message, related, fix };
}

function both(policyFiles: readonly string[], { otherFiles }: Pick<Change, 'otherFiles'>): string {
  return `${list(policyFiles)} beside ${list(otherFiles)}`;
}

const SHOWN = 5;

function list(paths: readonly string[]): string {
  const more = paths.length - SHOWN;
  return (
    paths
      .slice(0, SHOWN)
      .map((path) => `"${path}"`)
      .join(', ') + (more > 0 ? ` and ${more} more` : '')
  );
}

function title({ short, subject }: ReviewedCommit): string {
  return `commit ${short} "${shorten(subject)}"`;
}
