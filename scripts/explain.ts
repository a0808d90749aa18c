import { choosePolicy } from './cli/choose-policy.ts';
import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { findAccount } from './cli/find-account.ts';
import { readPolicy } from './cli/read-policy.ts';
import { clockFor, HOST_POLICY_OPTION, ON_OPTION } from './cli/shared-options.ts';
import { thisHost } from './cli/survey.ts';
import { UsageError } from './cli/usage-error.ts';
import { explainJson, explainText } from './report/explain.ts';
import { liveLimitsText } from './report/live-limits.ts';

/** `explain ACCOUNT`: what an account has, and which line of policy says so. */
export const explain = defineCommand({
  name: 'explain',
  summary: 'show what an account has, which line says so, and what is in force',
  about:
    'ACCOUNT in any spelling: with or without domain, an alias of the domain, upper case, or the slug. With --live, also what\n' +
    'systemd holds, what the kernel enforces, and what is in use on this machine now. Writes nothing, needs no root.',
  positionals: ['ACCOUNT'],
  options: {
    policy: HOST_POLICY_OPTION,
    on: ON_OPTION,
    live: {
      kind: 'flag',
      about: 'what systemd holds, the kernel enforces, and programs use now, beside what policy says',
    },
    format: { kind: 'choice', choices: ['text', 'json'], about: 'for people or for programs' },
  },
  examples: [
    'explain 204214',
    'explain s.kaiser@hertie-school.lan',
    'explain 204214 --on 2027-04-01',
    'explain 204214 --live',
  ],
  async run({ options, positionals: [spelling = ''], now, paint }) {
    if (options.live && options.on !== undefined)
      throw new UsageError('--live is about now: leave --on out', 'explain');
    const reader = options.live ? await thisHost('explain') : undefined;
    const choice = await choosePolicy('/', options.policy);
    const read = readPolicy(choice, clockFor(now, options.on, 'explain'), paint);
    if (read.kind === 'errors') return read.answer;
    const { resolved, warnings } = read;
    const entitlement = findAccount(resolved, spelling, 'explain');
    const live =
      reader && (await (await import('./cli/examine-account.ts')).examineAccount(reader, entitlement, resolved));
    const { today } = resolved;
    if (options.format === 'json')
      return { exitCode: EXIT.done, stdout: explainJson(entitlement, today, live), stderr: warnings };
    const table = live ? `\n${liveLimitsText(live, choice.label, paint)}` : '';
    return {
      exitCode: EXIT.done,
      stdout: explainText(entitlement, today, choice.label, paint) + table,
      stderr: warnings,
    };
  },
});
