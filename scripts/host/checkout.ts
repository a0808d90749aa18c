import { type SimpleGit, simpleGit } from 'simple-git';
import { HostRefusal, messageOf } from './host-failure.ts';

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

/** git did not do what it was asked for; the message is what it said. `exitCode` is absent if it did not come to an end. */
export class GitRefusal extends HostRefusal {
  readonly exitCode: number | undefined;

  constructor(message: string, exitCode: number | undefined) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What a call of git is given on standard input, and how long it may keep silent, in milliseconds. */
export interface GitCall {
  /** Not empty: git would wait for more. */
  readonly input?: string;
  readonly patience?: number;
}

/** git in the checkout of somebody, set up as that person has it: identity, signing and hooks are theirs. */
export interface Git {
  /** Standard output of a command. Throws GitRefusal for any exit code but 0. */
  run(args: readonly string[], call?: GitCall): Promise<string>;
  /** The bytes of objects as `git cat-file --batch` writes them (git-cat-file(1)). Throws GitRefusal. */
  readObjects(names: readonly string[]): Promise<Buffer>;
}

// Everything else that begins with GIT_ is left out by the library: inside of a hook it names another repository.
const OWN_ENVIRONMENT = [
  ...['AUTHOR', 'COMMITTER'].flatMap((who) => ['NAME', 'EMAIL', 'DATE'].map((what) => `GIT_${who}_${what}`)),
  ...['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM'],
  ...['GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_ASKPASS', 'SSH_ASKPASS', 'GIT_TERMINAL_PROMPT'],
];

/** Milliseconds for what asks nobody anything. */
const PATIENCE = 30_000;

/** git in a folder. */
export function gitIn(folder: string): Git {
  return {
    run: (args, call = {}) => ask(folder, args[0], call, (git) => git.raw([...args])),
    readObjects: (names) => {
      const input = names.map((name) => `${name}\n`).join('');
      return ask(folder, 'cat-file', { input }, (git) => git.binaryCatFile(['--batch']));
    },
  };
}

async function ask<T>(
  folder: string,
  what: string | undefined,
  { input, patience = PATIENCE }: GitCall,
  command: (git: SimpleGit) => Promise<T>,
): Promise<T> {
  let exitCode: number | undefined;
  try {
    const git = simpleGit({
      baseDir: folder,
      // What is written and read here is UTF-8, whatever this person uses.
      config: ['i18n.commitEncoding=UTF-8', 'i18n.logOutputEncoding=UTF-8'],
      allowEnvironment: OWN_ENVIRONMENT,
      timeout: { block: patience },
      ...(input !== undefined && { input: () => input }),
      // The library takes an exit code for an error only if there is something on standard error.
      errors: (error, result) => {
        // Less than 0, or nothing: it could not be started, or was killed.
        exitCode = result.exitCode >= 0 && result.exitCode !== null ? result.exitCode : undefined;
        return error ?? (result.exitCode === 0 ? undefined : Buffer.concat(result.stdErr));
      },
    });
    return await command(git);
  } catch (error) {
    throw new GitRefusal(`git ${what}: ${wordsOf(messageOf(error), patience)}`, exitCode);
  }
}

// The first thing that git calls an error; a hook may have said a lot before, and its last line tells most.
function wordsOf(message: string, patience: number): string {
  if (/^Error: spawn .*ENOENT/.test(message)) return 'git is not installed';
  if (message === 'block timeout reached') return `it said nothing for ${patience / 1000} s`;
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  // What a push ends with says nothing; the server, a hook, or the mark at the branch says why.
  const telling = lines.filter((line) => !/^(?:error: failed to push some refs|hint: )/.test(line));
  const error =
    telling.find((line) => /^(?:remote: )?(?:fatal|error): /.test(line)) ??
    telling.findLast((line) => /^remote: .*\w/.test(line)) ??
    telling.at(-1) ??
    lines.at(-1) ??
    'it does not say why';
  return error.replace(/^(?:remote: )?(?:fatal: |error: )?/, '').trim();
}
