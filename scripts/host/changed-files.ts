import type { CommitName } from '../follow/record.ts';
import type { PolicyRepository } from './policy-commits.ts';

/** Paths relative to the top of the repository, sorted: below the policy folder, and elsewhere. */
export interface ChangedFiles {
  readonly policyFiles: readonly string[];
  readonly otherFiles: readonly string[];
}

/**
 * The files that differ between two commits, or, without `head`, between a commit and the work tree. There, files of the
 * policy folder count that git does not know, ignored ones too: they are read as policy. Without `base`, all there are.
 */
export async function readChangedFiles(
  repository: PolicyRepository,
  base: CommitName | undefined,
  head: CommitName | undefined,
): Promise<ChangedFiles> {
  const { git, folder } = repository;
  const from = base ?? (await git.run(['hash-object', '-t', 'tree', '/dev/null'])).trim();
  // Another commit of a submodule is a change; what somebody did inside of one is none of this repository.
  const options = ['--name-only', '-z', '--no-renames', '--ignore-submodules=dirty'];
  if (head !== undefined) {
    return splitPaths((await git.run(['diff-tree', '-r', ...options, from, head])).split('\0'), folder);
  }
  const unknown = ['--literal-pathspecs', 'ls-files', '--others', '-z', '--full-name', '--', folder];
  const said = await Promise.all([git.run(['diff', ...options, from]), git.run(unknown)]);
  return splitPaths(said.join('\0').split('\0'), folder);
}

/** Sorts paths by whether they are below the policy folder; each once, and none that is empty. */
export function splitPaths(paths: readonly string[], folder: string): ChangedFiles {
  const all = [...new Set(paths)].filter((path) => path !== '').sort();
  const isPolicy = (path: string) => path.startsWith(folder);
  return { policyFiles: all.filter(isPolicy), otherFiles: all.filter((path) => !isPolicy(path)) };
}
