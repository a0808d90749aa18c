import { join } from 'node:path';
import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { readPolicy } from './cli/read-policy.ts';
import { labelFor, POLICY_OPTION, ROOT_OPTION, rootFrom } from './cli/shared-options.ts';
import { removeLeftovers } from './host/leftovers.ts';
import { takeLock } from './host/lock.ts';
import { transact } from './host/transaction.ts';
import { directoryReader, STATE_FOLDER } from './host/unit-folder.ts';
import { makeStateFolder } from './host/unit-writer.ts';
import { planText } from './report/plan-text.ts';
import { count, printable } from './report/printable.ts';
import { plan as makePlan, type Plan } from './units/plan.ts';
import { findRefusals } from './units/refusals.ts';

/** `apply`: plan again, and make the host as policy says, or leave it as it was. */
export const apply = defineCommand({
  name: 'apply',
  summary: 'make the units of a host as policy says',
  about:
    'Plans again under a lock, refuses what a guard or a file of somebody else speaks against, and writes the changes: all of\n' +
    'them, or none. Files that ds01-policy did not write are never touched.',
  positionals: [],
  options: {
    policy: POLICY_OPTION,
    root: ROOT_OPTION,
    expect: { kind: 'text', value: 'DIGEST', about: 'refuse any plan but the one with this digest' },
  },
  examples: ['apply --root /srv/image', 'apply --root /srv/image --expect 5feceb66…'],
  async run({ options, now, paint }) {
    const root = rootFrom(options.root, 'apply');
    const reader = directoryReader(root);
    const read = readPolicy(options.policy, { kind: 'instant', now }, paint);
    if (read.kind === 'errors') return read.answer;
    const planNow = (): Plan => makePlan(reader.readUnits(), read.resolved);
    await makeStateFolder(root);
    const lock = await takeLock(join(root, STATE_FOLDER, 'lock'));
    try {
      const plan = planNow();
      const text = planText(plan, labelFor(options.policy), paint);
      const refusals = findRefusals(plan, options.expect);
      if (refusals.length > 0) return refuse(text, refusals);
      await removeLeftovers(root, plan.site);
      if (plan.changes.length === 0) return { exitCode: EXIT.done, stdout: text, stderr: read.warnings };
      const findRemaining = () => planNow().changes.map(({ path }) => path);
      // Loaded only when there is something to record.
      const policy = await (await import('./host/checkout.ts')).readCheckout(options.policy);
      await transact(root, { policy, digest: plan.digest, changes: plan.changes, findRemaining }, now);
      const done = `${text}applied ${count(plan.changes.length, 'change')} to ${reader.name}\n`;
      return { exitCode: EXIT.done, stdout: done, stderr: read.warnings };
    } finally {
      await lock.release();
    }
  },
});

function refuse(text: string, refusals: readonly string[]) {
  const lines = refusals.map((refusal) => `refused: ${printable(refusal)}\n`).join('');
  return { exitCode: EXIT.refused, stdout: text, stderr: `${lines}nothing was changed\n` };
}
