import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Git, GitRefusal, gitIn } from './checkout.ts';
import { HostRefusal } from './host-failure.ts';
import { fillFolder, type NewFiles } from './new-folder.ts';

/** The branch that hosts follow if nobody says otherwise, and that the workflows know. */
const BRANCH = 'main';

/** Milliseconds: whoever signs has to find a key first. */
const COMMIT_PATIENCE = 600_000;

/** What there is now. */
export interface MadeRepository {
  /** The commit, as short as git makes it, or why there is none. */
  readonly first: { readonly kind: 'made'; readonly commit: string } | { readonly kind: 'none'; readonly why: string };
  /** Whether it is a clone. */
  readonly hasRemote: boolean;
}

/**
 * Makes a repository with branch `main` of a folder that is new, or holds nothing but a repository without a commit, and
 * commits these files; without an identity, git would not know whose commit it is, and they are only staged. Identity,
 * signing and hooks are those of whoever runs this. All of it, or nothing. Throws HostRefusal and HostFailure.
 */
export async function makeRepository(folder: string, files: NewFiles, message: string): Promise<MadeRepository> {
  const isThere = existsSync(join(folder, '.git'));
  if (isThere) await assertEmpty(gitIn(folder), folder);
  return await fillFolder(folder, files, async (at) => {
    const git = gitIn(at);
    // Hosts and GitHub know no other names of commits, whatever git's default becomes.
    if (!isThere) await git.run(['init', '--quiet', '--object-format=sha1']);
    const branch = (await git.run(['symbolic-ref', 'HEAD'])).trim();
    await git.run(['symbolic-ref', 'HEAD', `refs/heads/${BRANCH}`]);
    try {
      const first = await commitFirst(git, [...files.keys()], message);
      return { first, hasRemote: (await git.run(['remote'])).trim() !== '' };
    } catch (error) {
      // What was there is left as it was.
      await git.run(['read-tree', '--empty']);
      await git.run(['symbolic-ref', 'HEAD', branch]);
      throw error;
    }
  });
}

async function commitFirst(git: Git, paths: readonly string[], message: string): Promise<MadeRepository['first']> {
  // Also what the settings of this person would leave out.
  await git.run(['add', '--force', '--', ...paths]);
  const nobody = await whyNobody(git);
  if (nobody !== undefined) return { kind: 'none', why: nobody };
  await git.run(['commit', '--quiet', '--file=-'], { input: message, patience: COMMIT_PATIENCE });
  return { kind: 'made', commit: (await git.run(['rev-parse', '--short', 'HEAD'])).trim() };
}

async function assertEmpty(git: Git, folder: string): Promise<void> {
  // What is called .git and is no repository lets git look further up.
  const below = (await git.run(['rev-parse', '--show-prefix'])).trim();
  if (below !== '') throw new HostRefusal(`"${join(folder, '.git')}" is not a repository: take it away`);
  const refs = await git.run(['for-each-ref', '--count=1']);
  const staged = await git.run(['ls-files']);
  if (refs.trim() === '' && staged === '') return;
  throw new HostRefusal(`the repository in "${folder}" has a history: name a folder that is new or empty`);
}

// As strict as git-commit(1) is: git-var(1).
async function whyNobody(git: Git): Promise<string | undefined> {
  try {
    for (const who of ['GIT_AUTHOR_IDENT', 'GIT_COMMITTER_IDENT']) await git.run(['var', who]);
    return undefined;
  } catch (error) {
    if (error instanceof GitRefusal) return error.message;
    throw error;
  }
}
