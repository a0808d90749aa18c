import { chmodSync, cpSync } from 'node:fs';
import { execa } from 'execa';
import { type Run, runCli } from '../support/run-cli.ts';
import { contents, Place } from './world.ts';

/** The day of these tests: what is written on it does not depend on when they run. */
export const TODAY = '2026-11-24';

const CLOCK = `const RealDate = Date; globalThis.Date = class extends RealDate {
  constructor(...given) { super(...(given.length === 0 ? ['${TODAY}T09:00:00Z'] : given)); }
};`;

// Identity, dates and settings of nobody who runs the tests.
const GIT = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'Tester'],
      [`GIT_${who}_EMAIL`, 'tester@example.org'],
    ]),
  ),
  LC_ALL: 'C',
};

/** What git and the program are given: settings of nobody who runs the tests, and the day of the tests. */
export const ENVIRONMENT = {
  ...GIT,
  GIT_AUTHOR_DATE: `${TODAY}T09:00:00Z`,
  GIT_COMMITTER_DATE: `${TODAY}T09:00:00Z`,
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(CLOCK)}`,
};

/** A checkout of a policy repository with branch `main`, whose commits are one day apart; the first holds all the policy. */
export class PolicyCheckout extends Place {
  #commits = 0;

  /** The repository with its first commit; made once in a test file, and copied from then on. */
  static async make(): Promise<PolicyCheckout> {
    seed ??= PolicyCheckout.#begin();
    const place = new PolicyCheckout();
    cpSync((await seed).folder, place.folder, { recursive: true });
    place.#commits = 1;
    return place;
  }

  static async #begin(): Promise<PolicyCheckout> {
    const place = new PolicyCheckout();
    await place.git('init', '--quiet', '--template=');
    await place.git('symbolic-ref', 'HEAD', 'refs/heads/main');
    place.write('.gitignore', 'root/\nbin/\n');
    await place.commit('Begin with the policy of the server');
    return place;
  }

  /** git in the checkout, on the day after the last commit. */
  async git(...args: readonly string[]): Promise<string> {
    const date = `2026-11-${String(this.#commits + 1).padStart(2, '0')}T12:00:00Z`;
    const env = { ...GIT, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    return (await execa('git', [...args], { cwd: this.folder, env })).stdout;
  }

  /** Commits everything as it is now. */
  async commit(subject: string, ...args: readonly string[]): Promise<string> {
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message', subject, ...args);
    return this.counted();
  }

  /** Merges a branch into the one that is checked out, with a commit of its own. */
  async merge(branch: string): Promise<string> {
    await this.git('merge', '--quiet', '--no-ff', '--message', `Merge ${branch}`, branch);
    return this.counted();
  }

  /** Takes back a commit as git does. */
  async revert(commit: string): Promise<string> {
    await this.git('revert', '--no-edit', commit);
    return this.counted();
  }

  /** Runs `rollback`; the arguments are split at spaces if there is only one. */
  async rollback(...args: readonly string[]): Promise<Run> {
    const words = args.length === 1 ? String(args[0]).split(' ') : args;
    return this.program(['rollback', ...words.filter((word) => word !== '')]);
  }

  /** Runs the program on the day of the tests. */
  program(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
    return runCli(args, { cwd: this.folder, env: { ...ENVIRONMENT, ...env } });
  }

  /** Runs a line of shell, as it stands in a record. */
  asTester(line: string): Promise<Run> {
    return this.shell(line, ENVIRONMENT);
  }

  /** The name of a commit, as short as git makes it. */
  short(commit: string): Promise<string> {
    return this.git('rev-parse', '--short', commit);
  }

  /** The message of a commit. */
  message(commit = 'HEAD'): Promise<string> {
    return this.git('log', '-1', '--format=%B', commit);
  }

  /** All that a rollback could leave behind: files, branches, work trees, and what git is in the middle of. */
  async state(): Promise<readonly string[]> {
    const asked = [
      ['symbolic-ref', '--quiet', 'HEAD'],
      ['for-each-ref', '--format=%(refname) %(objectname)'],
      ['worktree', 'list', '--porcelain'],
      ['status', '--porcelain', '--untracked-files=all'],
      ['ls-files', '--stage'],
    ];
    const said = [];
    for (const args of asked) said.push(await this.git(...args).catch(({ exitCode }) => `exits ${exitCode}`));
    return [...said, ...contents(this.at('policy'))];
  }

  /** A hook of this checkout, as a shell script. */
  hook(name: string, script: string): void {
    this.write(`.git/hooks/${name}`, `#!/bin/sh\n${script}\n`);
    chmodSync(this.at('.git/hooks', name), 0o755);
  }

  private async counted(): Promise<string> {
    this.#commits++;
    return this.git('rev-parse', 'HEAD');
  }
}

let seed: Promise<PolicyCheckout> | undefined;
