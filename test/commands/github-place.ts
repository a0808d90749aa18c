import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { REPOSITORY } from '../support/repository.ts';
import type { Run } from '../support/run-cli.ts';
import { readWorkflow, stepsOf, type WorkflowStep } from '../support/workflows.ts';
import { ENVIRONMENT, PolicyCheckout } from './policy-checkout.ts';

/** The repository on the server, and the token of a run there. */
export const NAME = 'example/policy';
export const TOKEN = 'token_of_the_tests';

/** What a step did: what it printed, and what it left for GitHub. */
export interface StepRun extends Run {
  /** What later steps are given. */
  readonly outputs: Readonly<Record<string, string>>;
  /** What is on the page of the run. */
  readonly summary: string;
  /** Texts of the files that are kept, by name. */
  readonly artefact: Readonly<Record<string, string>>;
}

/** What GitHub gives a run. */
export interface Surroundings {
  readonly event: string;
  readonly payload: unknown;
  /** The API, where the test has one. */
  readonly api?: string;
  /** Files of an artefact that was downloaded. */
  readonly artefact?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A proposed change as GitHub has it. */
export interface Proposed {
  readonly number: number;
  /** The newest commit of main, and of what is proposed. */
  readonly base: string;
  readonly head: string;
  readonly author: string;
}

/** A policy repository on a server, and the checkout of somebody who works on it. */
export class GithubPlace {
  readonly work: PolicyCheckout;
  #checkouts = 0;

  private constructor(work: PolicyCheckout) {
    this.work = work;
  }

  /** A repository whose branch main has the policy of the tests, and the script that the workflows call. */
  static async make(): Promise<GithubPlace> {
    const work = await PolicyCheckout.make();
    const place = new GithubPlace(work);
    // `npm ci` would have put the program there.
    const program = `node ${REPOSITORY}/scripts/run.mjs scripts/cli.ts`;
    work.write('package.json', `${JSON.stringify({ private: true, scripts: { 'ds01-policy': program } })}\n`);
    await work.commit('Call the program as the workflows do');
    await work.git('init', '--quiet', '--bare', '--template=', '--initial-branch=main', place.server);
    await work.git('remote', 'add', 'origin', place.server);
    await work.git('push', '--quiet', 'origin', 'main');
    return place;
  }

  /** The repository that everybody pushes to. */
  get server(): string {
    return `${this.work.folder}.server/policy.git`;
  }

  /** git in the repository on the server. */
  atServer(...args: readonly string[]): Promise<string> {
    return this.work.git('--git-dir', this.server, ...args);
  }

  /**
   * Proposes what `change` commits on a branch of its own. GitHub has two refs for it: what is proposed, and what a merge
   * would make now.
   */
  async propose(
    change: (work: PolicyCheckout) => Promise<unknown>,
    { number = 7, author = 'octo-cat', branch = 'topic' } = {},
  ): Promise<Proposed> {
    const { work } = this;
    const base = await work.git('rev-parse', 'main');
    await work.git('switch', '--quiet', '--create', branch, 'main');
    await change(work);
    const head = await work.git('rev-parse', 'HEAD');
    await work.git('switch', '--quiet', '--detach', 'main');
    const merge = await work.merge(branch);
    await work.git('switch', '--quiet', 'main');
    const refs = [`${head}:refs/pull/${number}/head`, `${merge}:refs/pull/${number}/merge`];
    await work.git('push', '--quiet', '--force', 'origin', ...refs);
    return { number, base, head, author };
  }

  /** Checks out a ref of the server as actions/checkout does with the whole history; a branch only if it is one. */
  async checkOut(ref: string): Promise<string> {
    const folder = `${this.work.folder}.server/run-${++this.#checkouts}`;
    mkdirSync(folder, { recursive: true });
    const git = (...args: readonly string[]) => this.work.git('-C', folder, ...args);
    await git('init', '--quiet', '--template=', '--initial-branch=none');
    await git('remote', 'add', 'origin', this.server);
    await git('fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*', `+${ref}:refs/checked-out`);
    const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
    const place = branch === undefined ? ['--detach', 'refs/checked-out'] : ['-B', branch, `origin/${branch}`];
    await git('checkout', '--quiet', ...place);
    return folder;
  }

  /** Runs a line of a workflow in a checkout, as GitHub does; without `step`, the one that calls the program. */
  async run(workflow: string, folder: string, given: Surroundings, step = 'github '): Promise<StepRun> {
    const found = stepsOf(readWorkflow(workflow)).filter(({ run }) => run?.includes(step));
    const [only] = found;
    if (only?.run === undefined || found.length > 1) throw new Error(`${workflow} has not one step with ${step}`);
    const temporary = `${folder}.tmp`;
    const at = (name: string) => join(temporary, name);
    mkdirSync(temporary, { recursive: true });
    writeFileSync(at('event.json'), JSON.stringify(given.payload));
    for (const name of ['output', 'summary.md']) writeFileSync(at(name), '');
    if (given.artefact) mkdirSync(at(ARTEFACT), { recursive: true });
    for (const [name, text] of Object.entries(given.artefact ?? {})) writeFileSync(at(`${ARTEFACT}/${name}`), text);
    const env = { ...ENVIRONMENT, ...variables(given, at), ...valuesOf(only), ...given.env };
    const options = { cwd: folder, env, reject: false, stripFinalNewline: false, timeout: 60_000 } as const;
    // docs.github.com, "Workflow syntax", defaults.run.shell.
    const { exitCode, stdout, stderr } = await execa('bash', ['-e', '-c', only.run], options);
    const outputs = readFileSync(at('output'), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    return {
      exitCode,
      stdout,
      stderr,
      outputs: Object.fromEntries(outputs.map((line) => [line.replace(/=.*/s, ''), line.replace(/^[^=]*=/, '')])),
      summary: readFileSync(at('summary.md'), 'utf8'),
      artefact: filesIn(at(ARTEFACT)),
    };
  }
}

const ARTEFACT = 'ds01-policy-review';

function variables({ event, api = 'https://api.github.example.org' }: Surroundings, at: (name: string) => string) {
  return {
    NO_COLOR: '1',
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: NAME,
    GITHUB_SERVER_URL: 'https://github.example.org',
    GITHUB_API_URL: api,
    GITHUB_RUN_ID: '4711',
    GITHUB_EVENT_NAME: event,
    GITHUB_EVENT_PATH: at('event.json'),
    GITHUB_OUTPUT: at('output'),
    GITHUB_STEP_SUMMARY: at('summary.md'),
    GITHUB_TOKEN: '',
    RUNNER_TEMP: at(''),
  };
}

// What a step is given by its workflow: the only expression there is the token.
function valuesOf({ env = {} }: WorkflowStep): Readonly<Record<string, string>> {
  const values = Object.entries(env).map(([name, value]) => {
    if (value !== `$\{{ github.token }}` && value.includes('${')) throw new Error(`${name} is not known: ${value}`);
    return [name, value.startsWith('${') ? TOKEN : value];
  });
  return Object.fromEntries(values);
}

function filesIn(folder: string): Readonly<Record<string, string>> {
  if (!existsSync(folder)) return {};
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
