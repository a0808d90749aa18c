import { choosePolicy } from './cli/choose-policy.ts';
import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { findAccount } from './cli/find-account.ts';
import { readPolicy } from './cli/read-policy.ts';
import { clockFor, HOST_POLICY_OPTION, ON_OPTION } from './cli/shared-options.ts';
import { explainJson, explainText } from './report/explain.ts';

/** `explain ACCOUNT`: what an account has, and which line of policy says so. */
export const explain = defineCommand({
  name: 'explain',
  summary: 'show what an account has, and which line says so',
  about:
    'ACCOUNT in any spelling: with or without domain, an alias of the domain, upper case, or the slug. Writes nothing.',
  positionals: ['ACCOUNT'],
  options: {
    policy: HOST_POLICY_OPTION,
    on: ON_OPTION,
    format: { kind: 'choice', choices: ['text', 'json'], about: 'for people or for programs' },
  },
  examples: ['explain 204214', 'explain s.kaiser@hertie-school.lan', 'explain 204214 --on 2027-04-01'],
  async run({ options, positionals: [spelling = ''], now, paint }) {
    const choice = await choosePolicy('/', options.policy);
    const read = readPolicy(choice, clockFor(now, options.on, 'explain'), paint);
    if (read.kind === 'errors') return read.answer;
    const { today } = read.resolved;
    const entitlement = findAccount(read.resolved, spelling, 'explain');
    const text =
      options.format === 'json'
        ? explainJson(entitlement, today)
        : explainText(entitlement, today, choice.label, paint);
    return { exitCode: EXIT.done, stdout: text, stderr: read.warnings };
  },
});
