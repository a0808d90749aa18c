import { NotInstalled, runProgram } from './run-program.ts';

/** A pull request that is to be opened on GitHub. */
export interface NewPullRequest {
  /** `github.com/lab/policy`. */
  readonly repository: string;
  readonly head: string;
  /** Absent: the default branch of the repository. */
  readonly base?: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

/** Milliseconds. */
const PATIENCE = 120_000;

/**
 * Opens a pull request with gh, GitHub's own program, as whoever is logged in there; gives its address, or nothing if gh is
 * not installed. Throws what gh says.
 */
export async function openPullRequest(order: NewPullRequest): Promise<string | undefined> {
  const { repository, head, base, title, body } = order;
  const where = ['--repo', repository, '--head', head, ...(base === undefined ? [] : ['--base', base])];
  const args = ['pr', 'create', ...where, '--title', title, '--body-file', '-'];
  // It shall ask nobody anything, and print an address without colours around it.
  const env = { GH_PROMPT_DISABLED: '1', NO_COLOR: '1', GH_NO_UPDATE_NOTIFIER: '1' };
  try {
    const { stdout } = await runProgram('gh', args, { timeout: PATIENCE, env, input: new TextEncoder().encode(body) });
    return stdout.trim().split('\n').at(-1);
  } catch (error) {
    if (error instanceof NotInstalled) return undefined;
    throw error;
  }
}
