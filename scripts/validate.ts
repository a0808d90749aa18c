import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { clockFor, labelFor, ON_OPTION, POLICY_OPTION } from './cli/shared-options.ts';
import { readPolicyFolder } from './host/policy-folder.ts';
import { check } from './policy/check.ts';
import { findingsGithub, findingsJson, findingsText } from './report/findings.ts';

/** `validate`: read, check, print findings. */
export const validate = defineCommand({
  name: 'validate',
  summary: 'check policy and print every finding',
  about:
    'Reads the policy folder, checks it, and prints all findings at once. Writes nothing. Exits 1 if one is an error.',
  positionals: [],
  options: {
    policy: POLICY_OPTION,
    on: ON_OPTION,
    format: {
      kind: 'choice',
      choices: ['text', 'json', 'github'],
      about: 'for people, for programs, or as annotations',
    },
  },
  examples: ['validate', 'validate --policy ../lab-policy/policy', 'validate --format json'],
  run({ options, now, paint }) {
    const { findings, policy } = check(readPolicyFolder(options.policy), clockFor(now, options.on, 'validate'));
    const label = labelFor(options.policy);
    const print = {
      text: () => findingsText(findings, label, paint),
      json: () => findingsJson(findings, label),
      github: () => findingsGithub(findings, label),
    }[options.format];
    return { exitCode: policy ? EXIT.done : EXIT.policyErrors, stdout: print() };
  },
});
