import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { readPolicy } from './cli/read-policy.ts';
import { clockFor, labelFor, ON_OPTION, POLICY_OPTION, ROOT_OPTION } from './cli/shared-options.ts';
import { chooseHost, survey } from './cli/survey.ts';
import { readLastRecord } from './host/history.ts';
import { isRunUnfinished } from './host/journal.ts';
import { statusJson, statusText } from './report/status.ts';
import { sliceTree } from './units/tree.ts';

/** `status`: what a host has, and whether it is what policy says. */
export const status = defineCommand({
  name: 'status',
  summary: 'show the slices of a host, who is in them, and whether policy is in force',
  about:
    'Draws the tree of slices with their limits, says what is in force by systemd and the kernel, and how the last apply\n' +
    'ended. Writes nothing. Exits 2 if policy says otherwise, or if the last apply left the host in disorder.',
  positionals: [],
  options: {
    policy: POLICY_OPTION,
    root: ROOT_OPTION,
    on: ON_OPTION,
    format: { kind: 'choice', choices: ['text', 'json'], about: 'for people or for programs' },
  },
  examples: ['status', 'status --format json', 'status --root /srv/image'],
  async run({ options, now, paint }) {
    const reader = await chooseHost(options.root, 'status');
    const read = readPolicy(options.policy, clockFor(now, options.on, 'status'), paint);
    if (read.kind === 'errors') return read.answer;
    const { files, plan } = await survey(reader, read.resolved);
    const tree = sliceTree(
      plan.site,
      files.filter(({ path }) => !path.startsWith('/')),
    );
    const last = await readLastRecord(reader.root);
    const run = { last, unfinished: isRunUnfinished(reader.root) };
    const label = labelFor(options.policy);
    const text =
      options.format === 'json'
        ? statusJson(reader.name, tree, plan, run)
        : statusText(reader.name, tree, read.resolved, plan, run, label, paint);
    const disorder = plan.differs || run.unfinished || last?.result === 'broken';
    return { exitCode: disorder ? EXIT.differs : EXIT.done, stdout: text, stderr: read.warnings };
  },
});
