import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { readPolicy } from './cli/read-policy.ts';
import { clockFor, ON_OPTION, POLICY_OPTION, ROOT_OPTION, rootFrom } from './cli/shared-options.ts';
import { directoryReader } from './host/unit-folder.ts';
import { statusJson, statusText } from './report/status.ts';
import { plan as makePlan } from './units/plan.ts';
import { sliceTree } from './units/tree.ts';

/** `status`: what a host has, and whether it is what policy says. */
export const status = defineCommand({
  name: 'status',
  summary: 'show the slices of a host, who is in them, and whether policy agrees',
  about:
    'Reads the units of a host and draws the tree of slices with their limits. Writes nothing. Exits 2 if policy says otherwise.',
  positionals: [],
  options: {
    policy: POLICY_OPTION,
    root: ROOT_OPTION,
    on: ON_OPTION,
    format: { kind: 'choice', choices: ['text', 'json'], about: 'for people or for programs' },
  },
  examples: ['status --root /srv/image', 'status --root /srv/image --format json'],
  run({ options, now, paint }) {
    const reader = directoryReader(rootFrom(options.root, 'status'));
    const read = readPolicy(options.policy, clockFor(now, options.on, 'status'), paint);
    if (read.kind === 'errors') return read.answer;
    const found = reader.readUnits();
    const plan = makePlan(found, read.resolved);
    const tree = sliceTree(
      plan.site,
      found.flatMap((file) => (file.kind === 'file' ? [file] : [])),
    );
    const text =
      options.format === 'json'
        ? statusJson(reader.name, tree, plan)
        : statusText(reader.name, tree, read.resolved, plan, paint);
    const agrees = plan.changes.length === 0 && plan.conflicts.length === 0;
    return { exitCode: agrees ? EXIT.done : EXIT.differs, stdout: text, stderr: read.warnings };
  },
});
