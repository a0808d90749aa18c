import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { clockFor, labelFor, ON_OPTION, POLICY_OPTION } from './cli/shared-options.ts';
import { UsageError } from './cli/usage-error.ts';
import { readPolicyFolder } from './host/policy-folder.ts';
import { check } from './policy/check.ts';
import { acknowledgedMarkdown, acknowledgedText } from './report/acknowledged.ts';
import { findingsGithub, findingsJson, findingsMarkdown, findingsText } from './report/findings.ts';

/** `validate`: read, check, print findings. */
export const validate = defineCommand({
  name: 'validate',
  summary: 'check policy and print every finding',
  about:
    'Reads the policy folder, checks it, and prints all findings at once. With --base it checks the change, too: who it is\n' +
    'for, whom it makes an administrator, what it raises, and whether a host would refuse it. Writes nothing. Exits 1 if one\n' +
    'finding is an error.',
  positionals: [],
  options: {
    policy: POLICY_OPTION,
    base: { kind: 'text', value: 'REF', about: 'the branch that the change is for; zeros: there was nothing before' },
    head: { kind: 'text', value: 'COMMIT', about: 'with --base: read this commit instead of the files' },
    author: { kind: 'text', value: 'NAMES', about: 'with --base: who proposes it, besides the authors of its commits' },
    on: ON_OPTION,
    format: {
      kind: 'choice',
      choices: ['text', 'json', 'github', 'markdown'],
      about: 'for people, for programs, as annotations, or for a comment',
    },
  },
  examples: ['validate', 'validate --base origin/main', 'validate --policy ../lab-policy/policy --format json'],
  async run({ options, now, paint }) {
    const { policy, base, head, author, format } = options;
    const clock = clockFor(now, options.on, 'validate');
    if (base === undefined && (head ?? author) !== undefined) {
      const option = head === undefined ? '--author' : '--head';
      throw new UsageError(`${option} is about a change: say with --base REF what to compare with`, 'validate');
    }
    const { findings, acknowledged } =
      base === undefined
        ? { ...check(readPolicyFolder(policy), clock), acknowledged: [] }
        : await (await import('./cli/validate-change.ts')).validateChange({ policy, base, head, author }, clock);
    const label = labelFor(policy);
    const print = {
      text: () => [findingsText(findings, label, paint), acknowledgedText(acknowledged, paint)],
      json: () => [findingsJson(findings, label)],
      github: () => [findingsGithub(findings, label)],
      markdown: () => [findingsMarkdown(findings, label, 60_000), acknowledgedMarkdown(acknowledged)],
    }[format];
    const isWrong = findings.some(({ severity }) => severity === 'error');
    const stdout = print()
      .filter((part) => part !== '')
      .join('\n');
    return { exitCode: isWrong ? EXIT.policyErrors : EXIT.done, stdout };
  },
});
