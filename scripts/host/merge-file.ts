import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Step, TreeEntry } from '../follow/revert.ts';
import { type Git, GitRefusal } from './checkout.ts';

/**
 * Merges what a file is and was, as git-merge-file(1) does: no driver of the repository takes part, and no byte becomes
 * text on its way. Gives the new file, or nothing if the changes are in each other's way. Throws GitRefusal.
 */
export async function mergeFile(
  git: Git,
  { ours, base, theirs }: Extract<Step, { kind: 'merge' }>,
): Promise<TreeEntry | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'ds01-policy-merge-'));
  try {
    const paths = await Promise.all(
      [ours, base, theirs].map(async ({ object }, index) => {
        const path = join(folder, String(index));
        await writeFile(path, await readBlob(git, object));
        return path;
      }),
    );
    // Exits with the number of conflicts, 127 at most.
    const args = ['merge-file', '--quiet', ...paths];
    const merged = await git.run(args).then(
      () => true,
      (error: unknown) => {
        if (error instanceof GitRefusal && error.exitCode !== undefined && error.exitCode <= 127) return false;
        throw error;
      },
    );
    if (!merged) return undefined;
    const object = await git.run(['hash-object', '-w', '--no-filters', String(paths[0])]);
    return { mode: ours.mode, object: object.trim() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readBlob(git: Git, name: string): Promise<Buffer> {
  const answer = await git.readObjects([name]);
  // Without the line before the object, and the newline after it.
  return answer.subarray(answer.indexOf('\n') + 1, -1);
}
