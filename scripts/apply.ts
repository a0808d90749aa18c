import type { Answer } from './cli/command.ts';
import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { readPolicy } from './cli/read-policy.ts';
import { labelFor, POLICY_OPTION, ROOT_OPTION } from './cli/shared-options.ts';
import { chooseHost } from './cli/survey.ts';
import { appliedText, settledText } from './report/applied.ts';
import { planText } from './report/plan-text.ts';
import { printable } from './report/printable.ts';

/** `apply`: plan again, and make the host as policy says, or leave it as it was. */
export const apply = defineCommand({
  name: 'apply',
  summary: 'make the limits of a host as policy says, and prove that they are in force',
  about:
    'Plans again under a lock, refuses what a guard or a file of somebody else speaks against, and writes the changes. Has\n' +
    'systemd read them and compares what it holds, and what the kernel enforces, with policy: all of it, or the host stays\n' +
    'as it was. Files that ds01-policy did not write are never touched, but those that --adopt or set-property is about.',
  positionals: [],
  options: {
    policy: POLICY_OPTION,
    root: ROOT_OPTION,
    expect: { kind: 'text', value: 'DIGEST', about: 'refuse any plan but the one with this digest' },
    adopt: { kind: 'flag', about: 'take over units that somebody else wrote, and keep a copy of each' },
  },
  examples: ['apply', 'apply --adopt', 'apply --expect 5feceb66…', 'apply --root /srv/image'],
  async run({ options, now, paint }): Promise<Answer> {
    const reader = await chooseHost(options.root, 'apply');
    const read = readPolicy(options.policy, { kind: 'instant', now }, paint);
    if (read.kind === 'errors') return read.answer;
    const { carryOut } = await import('./cli/carry-out.ts');
    const { plan, settled, refusals, after } = await carryOut(reader, read.resolved, options, options.policy, now);
    const said = settledText(settled);
    const label = labelFor(options.policy);
    const text = planText(plan, label, paint);
    if (refusals.length > 0) {
      const lines = refusals.map((refusal) => `refused: ${printable(refusal)}\n`).join('');
      const nothing = said === '' ? 'nothing was changed' : 'nothing else was changed';
      return { exitCode: EXIT.refused, stdout: text, stderr: `${said}${lines}${nothing}\n` };
    }
    const done = after ? appliedText(plan, after, reader.name, label) : '';
    return { exitCode: EXIT.done, stdout: `${text}${done}`, stderr: `${said}${read.warnings}` };
  },
});
