import { choosePolicy } from './cli/choose-policy.ts';
import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { readPolicy } from './cli/read-policy.ts';
import { assertReviewOptions, REVIEW_OPTIONS } from './cli/review-options.ts';
import { clockFor, HOST_POLICY_OPTION, ON_OPTION, ROOT_OPTION } from './cli/shared-options.ts';
import { chooseHost, survey } from './cli/survey.ts';
import { planJson } from './report/plan-json.ts';
import { planMarkdown } from './report/plan-markdown.ts';
import { nextStep, planText } from './report/plan-text.ts';

/** `plan`: what would change on a host. */
export const plan = defineCommand({
  name: 'plan',
  summary: 'show what would change on a host, and why',
  about:
    'Compares a host with policy: its units, what systemd holds, and what the kernel enforces; every limit, who is affected,\n' +
    'and which line says so. With --base it needs no host: it says what a change of policy does to whom. Writes nothing.',
  positionals: [],
  options: {
    policy: HOST_POLICY_OPTION,
    root: ROOT_OPTION,
    ...REVIEW_OPTIONS,
    on: ON_OPTION,
    check: { kind: 'flag', about: 'exit 2 if anything differs' },
    format: {
      kind: 'choice',
      choices: ['text', 'markdown', 'json'],
      about: 'for people, for pull requests, or for programs',
    },
  },
  examples: ['plan', 'plan --check', 'plan --root /srv/image', 'plan --base main --format markdown'],
  async run({ options, now, paint }) {
    const clock = clockFor(now, options.on, 'plan');
    assertReviewOptions(options);
    const { base } = options;
    if (base !== undefined) {
      return (await import('./cli/review-change.ts')).reviewChange({ ...options, base }, clock, paint);
    }
    const reader = await chooseHost(options.root, 'plan');
    const choice = await choosePolicy(reader.root, options.policy);
    const read = readPolicy(choice, clock, paint);
    if (read.kind === 'errors') return read.answer;
    const { plan } = await survey(reader, read.resolved);
    const { label } = choice;
    const print = {
      text: () => planText(plan, label, paint),
      markdown: () => planMarkdown(plan, label),
      json: () => planJson(plan),
    }[options.format];
    const differs = options.check && plan.differs;
    // The plan of another day has another digest than the one that apply will make.
    const next = options.format === 'text' && options.on === undefined ? nextStep(plan) : '';
    return { exitCode: differs ? EXIT.differs : EXIT.done, stdout: print() + next, stderr: read.warnings };
  },
});
