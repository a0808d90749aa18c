import { defineCommand } from './cli/define-command.ts';
import { type Step, takeStep } from './cli/github-step.ts';
import { POLICY_OPTION } from './cli/shared-options.ts';
import { UsageError } from './cli/usage-error.ts';
import { nearest } from './policy/nearest.ts';

// What one needs, the others do not load.
const STEPS: Readonly<Record<string, () => Promise<Step>>> = {
  validate: async () => (await import('./cli/github-validate.ts')).validateChange,
  comment: async () => (await import('./cli/github-comment.ts')).commentOnChange,
  request: async () => (await import('./cli/github-request.ts')).grantRequest,
  expiry: async () => (await import('./cli/github-expiry.ts')).proposeExpired,
  release: async () => (await import('./cli/github-release.ts')).prepareRelease,
  publish: async () => (await import('./cli/github-publish.ts')).publishRelease,
};

/** `github STEP`: what the workflows do; each of their steps is one call. */
export const github = defineCommand({
  name: 'github',
  summary: 'a step of a workflow on GitHub: check a pull request, comment on it, make one',
  about:
    'For .github/workflows: reads the event and the surroundings that GitHub gives a step.\n' +
    'validate checks what an event is about; comment says at a pull request what it does, with the code of the base branch;\n' +
    'request makes a pull request of an approved issue; expiry one that takes out what has ended; release and publish make\n' +
    'a release of a tag. The policy that is read is the one in the checkout.',
  positionals: ['STEP'],
  options: { policy: POLICY_OPTION },
  examples: ['github validate', 'github comment'],
  async run({ options: { policy }, positionals: [name = ''], now }) {
    const load = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined;
    if (load) return await takeStep(await load(), { policy, now });
    const names = Object.keys(STEPS);
    const guess = nearest(name, names);
    const hint = guess ? `; did you mean ${guess}?` : '';
    throw new UsageError(`step "${name}" does not exist: it is one of ${names.join(', ')}${hint}`, 'github');
  },
});
