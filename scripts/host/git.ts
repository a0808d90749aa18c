import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { HostFailure } from './host-failure.ts';

/** How another repository is spoken with. Nothing else is ever spoken: `ext::` of git-remote-ext(1) runs programs. */
export type Protocol = 'https' | 'ssh' | 'file';

/** What one call of git may do. */
export interface GitOptions {
  /** Milliseconds. */
  readonly timeout?: number;
  /** Without it, git speaks with no other repository, not even with one on the same disk. */
  readonly protocol?: Protocol;
  /** Where ssh finds `deploy-key` and `known_hosts`, absolute. */
  readonly keys?: string;
  readonly input?: string | Readable;
  /** The most bytes of an answer; more is an error of kind `too-much`. */
  readonly largest?: number;
}

/** Why git did not do what it was asked for. */
export type GitProblem = 'missing' | 'timeout' | 'signal' | 'too-much' | 'exit';

/** git failed; the message has its own last words. */
export class GitError extends Error {
  override readonly name = 'GitError';
  readonly kind: GitProblem;
  /** What it exited with, if it did. */
  readonly exitCode: number | undefined;
  /**
   * Whether the machine is at fault, as far as that can be told: no space, no time, no permission. Otherwise what git was
   * given to work on is.
   */
  readonly ofHost: boolean;

  constructor(message: string, kind: GitProblem, exitCode: number | undefined) {
    super(message);
    this.kind = kind;
    this.exitCode = exitCode;
    this.ofHost = ['missing', 'timeout', 'signal'].includes(kind) || (kind === 'exit' && FAULT_OF_HOST.test(message));
  }
}

// strerror(3) and what git says itself, in the language that it is told to speak.
const FAULT_OF_HOST =
  /No space left|quota exceeded|Read-only file system|Permission denied|Input\/output error|Too many open files|File too large|out of memory|Cannot allocate memory|unable to create (temporary|thread)|cannot fork|died of signal/i;

/** Milliseconds that work on the own disk may take. */
const PATIENCE = 120_000;
const MEBIBYTE = 1024 * 1024;

/** What is true of every call, whatever the configuration of a repository or of this machine says: git-config(1). */
const SETTINGS = [
  // Nothing that is named in a repository gets to run.
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'credential.helper=',
  'fetch.recurseSubmodules=false',
  // Every object that comes is looked at.
  'transfer.fsckObjects=true',
  'fetch.fsckObjects=true',
  // Larger ones are looked at piece by piece: the memory of this machine is not what decides.
  'core.bigFileThreshold=1m',
  'pack.threads=1',
  // What comes stays a pack, so that how many there are says how much there is: gc.autoPackLimit.
  'transfer.unpackLimit=1',
  // Tidying up is a step of its own, and ends before the next one begins.
  'gc.auto=0',
  'maintenance.auto=false',
  // A connection that carries nothing for half a minute is none.
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=30',
].flatMap((setting) => ['-c', setting]);

/** Nothing is inherited: GIT_DIR or GIT_SSH_COMMAND of whoever started this would decide otherwise. */
const ENVIRONMENT = {
  LC_ALL: 'C',
  HOME: '/nonexistent',
  XDG_CONFIG_HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_OPTIONAL_LOCKS: '0',
};

/**
 * What ssh is told. Names of files are relative, and git starts ssh in their folder: git hands this line to a shell, and
 * nothing that could be chosen is in it. Only the listed keys of hosts count, only the deploy key is offered, nobody is
 * asked: ssh_config(5).
 */
const SSH = [
  'ssh -F /dev/null -i deploy-key',
  ...[
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'StrictHostKeyChecking=yes',
    'UserKnownHostsFile=known_hosts',
    'GlobalKnownHostsFile=/dev/null',
    'UpdateHostKeys=no',
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=2',
  ],
].join(' -o ');

/** How this machine reaches others, if that is not by itself: curl(1). */
const PROXIES = ['http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);

/** Runs git in a bare repository and gives what it prints. Throws GitError. */
export async function git(repository: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  return new TextDecoder().decode(await gitBytes(repository, args, options));
}

/** The same for an answer that is not text. Throws GitError. */
export async function gitBytes(
  repository: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<Uint8Array> {
  const { timeout = PATIENCE, largest = MEBIBYTE, input } = options;
  // It runs in a folder of its own, so that a path is the same one there only if it is absolute.
  const child = execa('git', [...SETTINGS, `--git-dir=${resolve(repository)}`, ...args], {
    env: environmentFor(options),
    extendEnv: false,
    cwd: options.keys ?? '/',
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    encoding: 'buffer',
    stripFinalNewline: false,
    maxBuffer: { stdout: largest, stderr: MEBIBYTE },
    reject: false,
    // git's own children keep its pipes: if one of them hangs, and git is killed, it has to go with it.
    detached: true,
  });
  const deadline = killAfter(timeout, child.pid);
  const result = await child.finally(() => deadline.stop());
  if (result.exitCode === 0 && !result.isMaxBuffer) return result.stdout;
  throw explain(args[0] ?? '', timeout, { ...result, timedOut: deadline.passed });
}

/** A step of a verb that needs git. An error of git is one of the host in it. Throws HostFailure. */
export async function gitStep<T>(step: string, run: () => Promise<T>, hint = ''): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof GitError) throw new HostFailure(step, 'untouched', error, hintFor(error) || hint);
    throw error;
  }
}

function hintFor({ kind, message }: GitError): string {
  if (kind === 'missing') return 'it is in the package git';
  return /No space left|quota exceeded/i.test(message) ? 'make room, the next run tries again' : '';
}

function environmentFor({ protocol, keys }: GitOptions): Readonly<Record<string, string>> {
  const inherited = protocol === 'https' ? ['PATH', ...PROXIES] : ['PATH'];
  const values = inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return {
    ...Object.fromEntries(values),
    ...ENVIRONMENT,
    GIT_ALLOW_PROTOCOL: protocol ?? '',
    ...(keys !== undefined && { GIT_SSH_COMMAND: SSH, GIT_SSH_VARIANT: 'ssh' }),
  };
}

interface Deadline {
  readonly passed: boolean;
  stop(): void;
}

/** Kills a process with all that it has started, unless it is stopped before that. */
function killAfter(milliseconds: number, pid: number | undefined): Deadline {
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    if (pid !== undefined) killGroup(pid);
  }, milliseconds);
  return {
    get passed() {
      return passed;
    },
    stop: () => clearTimeout(timer),
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // One that has just ended is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

interface Result {
  readonly exitCode?: number | undefined;
  readonly code?: string | undefined;
  readonly signal?: string | undefined;
  readonly timedOut: boolean;
  readonly isMaxBuffer: boolean;
  readonly stderr: Uint8Array;
  readonly shortMessage?: string | undefined;
}

function explain(verb: string, timeout: number, result: Result): GitError {
  const { code, exitCode, signal, timedOut, isMaxBuffer, shortMessage } = result;
  const said = lastWords(new TextDecoder().decode(result.stderr));
  if (code === 'ENOENT') return new GitError('git is not installed', 'missing', undefined);
  if (timedOut) return new GitError(`git ${verb} did not end within ${timeout / 1000} s`, 'timeout', undefined);
  if (isMaxBuffer) return new GitError(`git ${verb} says more than can be meant`, 'too-much', undefined);
  if (exitCode === undefined) {
    return new GitError(`git ${verb} ended by signal ${signal ?? shortMessage ?? ''}`, 'signal', undefined);
  }
  return new GitError(`git ${verb} exits ${exitCode}: ${said}`, 'exit', exitCode);
}

/** What git, ssh and the other side said last, on one line, without what git says to everybody. */
function lastWords(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).map((line) => line.trim().replace(/[.]$/, ''));
  const words = lines.filter(
    (line) => line !== '' && !/^(Please make sure you have|and the repository exists)/.test(line),
  );
  return words.slice(-3).join('; ').slice(-500) || 'it says nothing';
}
