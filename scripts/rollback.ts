import type { Answer } from './cli/command.ts';
import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { rollBack } from './cli/roll-back.ts';
import { labelFor, POLICY_OPTION } from './cli/shared-options.ts';
import { UsageError } from './cli/usage-error.ts';
import { findingsText } from './report/findings.ts';
import { rolledBackText } from './report/rolled-back.ts';

/** `rollback`: take commits of policy back on a branch, with the record of what and why. */
export const rollback = defineCommand({
  name: 'rollback',
  summary: 'take commits of policy back on a branch of its own, with the record of what and why',
  about:
    'In a checkout without changes. Takes the named commits back, or all since one, and nothing but their changes of policy;\n' +
    'checks the result and shows what it changes on a host. Makes and checks out a branch rollback/…, whose one commit says\n' +
    'what was taken back, how risky each change is, and how to have it again; a branch backup/… keeps everything. What cannot\n' +
    'be taken back cleanly is refused, and nothing is changed. Hooks and signing are those of your git.',
  positionals: ['[COMMIT…]'],
  options: {
    to: { kind: 'text', value: 'COMMIT', about: 'take back all that came after this commit of this branch' },
    reason: { kind: 'text', value: 'TEXT', about: 'what happened: for the record, and the names of the branches' },
    'policy-only': {
      kind: 'flag',
      about: 'of commits that changed other files, too, take back only the part of policy',
    },
    policy: POLICY_OPTION,
  },
  examples: ['rollback HEAD', 'rollback HEAD HEAD~1 --reason libgomp', 'rollback --to HEAD~2'],
  async run({ options, positionals, now, paint }): Promise<Answer> {
    const { to, policy, reason } = options;
    if (to === undefined && positionals.length === 0) {
      throw new UsageError('COMMIT is missing: name the commits to take back, or --to the last good one', 'rollback');
    }
    if (to !== undefined && positionals.length > 0) {
      throw new UsageError(`--to takes back all commits since ${to}: name single ones or --to, not both`, 'rollback');
    }
    const wish = { commits: positionals, to, policyOnly: options['policy-only'], policy, reason };
    const result = await rollBack(wish, now);
    const label = labelFor(policy);
    if (result.kind === 'nothing') {
      return { exitCode: EXIT.done, stdout: `${result.folder} is as it was at ${to}: there is nothing to take back\n` };
    }
    const findings = result.findings.length === 0 ? '' : findingsText(result.findings, label, paint);
    if (result.kind === 'errors') {
      const why = 'without these commits, policy has errors: nothing was changed\n';
      return { exitCode: EXIT.policyErrors, stderr: `${findings}${why}` };
    }
    return { exitCode: EXIT.done, stdout: rolledBackText(result, label, paint), stderr: findings };
  },
});
