import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa, execaSync } from 'execa';
import { afterAll } from 'vitest';

/** Whether programs that sign are here: a bare machine with node and git may have none of them. */
export const HAS_SSH_KEYGEN = isInstalled('ssh-keygen', ['-?']);
export const HAS_GPG = isInstalled('gpg', ['--version']);

if (!HAS_SSH_KEYGEN) console.warn('ssh-keygen is not installed: signatures of SSH keys are not tested');
if (!HAS_GPG) console.warn('gpg is not installed: signatures of OpenPGP keys are not tested');

function isInstalled(program: string, args: readonly string[]): boolean {
  return execaSync(program, args, { reject: false, stdin: 'ignore' }).code !== 'ENOENT';
}

/** Nobody's settings, and the same author for every commit. */
const SURROUNDINGS = {
  PATH: process.env.PATH ?? '',
  LC_ALL: 'C',
  TZ: 'UTC',
  HOME: '/nonexistent',
  XDG_CONFIG_HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Tester',
  GIT_AUTHOR_EMAIL: 'tester@example.org',
  GIT_COMMITTER_NAME: 'Tester',
  GIT_COMMITTER_EMAIL: 'tester@example.org',
};

// Gone after the tests of a file.
const base = mkdtempSync(join(tmpdir(), 'ds01-policy-git-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
chmodSync(base, 0o755);

/** Begins to count here, one minute for each commit. */
const FIRST_COMMIT = Date.UTC(2026, 0, 5, 10);

/** How a commit is made. */
export interface CommitOptions {
  /** The file of the private key that signs it. */
  readonly sshKey?: string;
  /** Texts of files by path; `undefined` takes one away. */
  readonly files?: Readonly<Record<string, string | Uint8Array | undefined>>;
  /** Written over the newest commit instead of on top of it. */
  readonly amend?: boolean;
}

/** What else a commit is made of. */
export interface MakeOptions extends Pick<CommitOptions, 'sshKey'> {
  readonly tree?: string;
}

const MAIN = 'refs/heads/main';

function signingWith(sshKey: string | undefined): { settings: readonly string[]; option: readonly string[] } {
  if (sshKey === undefined) return { settings: [], option: [] };
  return { settings: ['-c', 'gpg.format=ssh'], option: [`-S${sshKey}`] };
}

/**
 * A policy repository somewhere else: a bare one in `remote.git`, and the files of its branch `main` in `work`. What is
 * committed is on the branch at once, as if somebody had pushed it, by force if need be.
 */
export class GitWorld {
  readonly folder = mkdtempSync(join(base, 'world-'));
  #minutes = 0;

  private constructor() {
    chmodSync(this.folder, 0o755);
  }

  /** A world whose branch has one commit with these files, the same one every time. */
  static async make(
    files: Readonly<Record<string, string>> = { 'policy/site.yaml': 'version: 1\n' },
  ): Promise<GitWorld> {
    const key = JSON.stringify(files);
    const seed = seeds.get(key) ?? GitWorld.#begin(files);
    seeds.set(key, seed);
    const world = new GitWorld();
    cpSync((await seed).folder, world.folder, { recursive: true });
    world.#minutes = 1;
    return world;
  }

  static async #begin(files: Readonly<Record<string, string>>): Promise<GitWorld> {
    const world = new GitWorld();
    mkdirSync(world.work);
    await world.git(['init', '--quiet', '--bare', '--template=', world.remote], world.folder);
    await world.git(['symbolic-ref', 'HEAD', MAIN]);
    await world.commit('first', { files });
    return world;
  }

  /** The repository that a host follows. */
  get remote(): string {
    return join(this.folder, 'remote.git');
  }

  /** The folder with the files of the branch. */
  get work(): string {
    return join(this.folder, 'work');
  }

  /** Runs git there, or in another repository, and gives what it prints without the end of the line. */
  async git(args: readonly string[], repository?: string, input = ''): Promise<string> {
    const date = new Date(FIRST_COMMIT + this.#minutes * 60_000).toISOString();
    const here = repository === undefined ? { GIT_DIR: this.remote, GIT_WORK_TREE: this.work } : {};
    const env = { ...SURROUNDINGS, ...here, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    return (await execa('git', args, { cwd: repository ?? this.work, env, extendEnv: false, input })).stdout;
  }

  /** The commit that the branch is at. */
  async head(): Promise<string> {
    return await this.git(['rev-parse', MAIN]);
  }

  /** Changes files and commits on the branch; gives the name of the commit. */
  async commit(message: string, { files = {}, sshKey, amend }: CommitOptions = {}): Promise<string> {
    this.#minutes++;
    for (const [path, text] of Object.entries(files)) this.#write(path, text);
    await this.git(['add', '--all', '--force']);
    const { settings, option } = signingWith(sshKey);
    const options = [...option, ...(amend ? ['--amend'] : [])];
    await this.git([...settings, 'commit', '--quiet', '--allow-empty', ...options, '-m', message]);
    return await this.head();
  }

  /** Makes a commit of the files as they are committed, with any parents, on no branch; gives its name. */
  async make(message: string, parents: readonly string[], { sshKey, tree }: MakeOptions = {}): Promise<string> {
    this.#minutes++;
    const { settings, option } = signingWith(sshKey);
    const line = parents.flatMap((parent) => ['-p', parent]);
    return await this.git([...settings, 'commit-tree', ...option, ...line, '-m', message, tree ?? `${MAIN}^{tree}`]);
  }

  /** Puts the branch and the files to a commit, wherever that is. */
  async reset(commit: string): Promise<string> {
    await this.git(['symbolic-ref', 'HEAD', MAIN]);
    await this.git(['reset', '--quiet', '--hard', commit]);
    return commit;
  }

  /** Begins another history with the same files. */
  async orphan(message = 'orphan'): Promise<string> {
    return await this.reset(await this.make(message, []));
  }

  /** Puts a reference to an object, whatever that is, and leaves the files as they are; `undefined` takes it away. */
  async point(ref: string, object: string | undefined): Promise<void> {
    await this.git(['update-ref', ...(object === undefined ? ['-d', ref] : [ref, object])]);
  }

  /**
   * Puts a commit onto the branch that has any tree in the place of policy, such as no checkout could make: lines as
   * git-ls-tree(1) prints them, each for one entry of `policy/`. The files are left as they are.
   */
  async commitTree(entries: readonly string[], parent = MAIN): Promise<string> {
    const policy = await this.makeTree(entries);
    const tree = await this.makeTree([`040000 tree ${policy}\tpolicy`]);
    const commit = await this.make('tree', [parent], { tree });
    await this.point(MAIN, commit);
    return commit;
  }

  /** Writes a tree and gives its name. */
  async makeTree(entries: readonly string[]): Promise<string> {
    return await this.git(['mktree', '--missing', '-z'], undefined, entries.map((entry) => `${entry}\0`).join(''));
  }

  /** Writes a file's object and gives its name. */
  async makeBlob(text: string): Promise<string> {
    return await this.git(['hash-object', '-w', '--stdin'], undefined, text);
  }

  /** Writes an object as it is, however wrong, and gives its name. */
  async makeObject(kind: string, bytes: Uint8Array): Promise<string> {
    const file = join(this.folder, 'object');
    writeFileSync(file, bytes);
    return await this.git(['hash-object', '-w', '--literally', '-t', kind, file]);
  }

  /** A new SSH key; gives the file of the private half. Needs ssh-keygen. */
  sshKey(name: string): string {
    const file = join(this.folder, name);
    execaSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
    return file;
  }

  /** A line for allowed-signers that lists the public half, with options in front of it. */
  signerLine(key: string, options = ''): string {
    const [kind, text] = readFileSync(`${key}.pub`, 'utf8').split(' ');
    return `tester@example.org ${options === '' ? '' : `${options} `}${kind} ${text?.trim()}\n`;
  }

  #write(path: string, text: string | Uint8Array | undefined): void {
    const file = join(this.work, path);
    if (text === undefined) rmSync(file, { recursive: true });
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
}

const seeds = new Map<string, Promise<GitWorld>>();
