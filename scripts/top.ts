import { choosePolicy } from './cli/choose-policy.ts';
import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { readPolicy } from './cli/read-policy.ts';
import { HOST_POLICY_OPTION } from './cli/shared-options.ts';
import { thisHost } from './cli/survey.ts';
import { findUsageFocus, readEvery } from './cli/top-options.ts';

/** `top [GROUP|ACCOUNT]`: who uses what now, by the kernel's own counters, again and again. */
export const top = defineCommand({
  name: 'top',
  summary: 'show who uses what now, as a tree of slices: what hurts most is on top',
  about:
    'Draws the slices that run, with what their programs use of their limits, the share of time in which a quota throttled\n' +
    'them, and in which some of them waited for CPUs, memory and disks. A figure that holds work up has a ! behind it, and\n' +
    'what it is in comes first. On a terminal it is drawn again every few seconds until q is typed; elsewhere, and with --once,\n' +
    'it is one table. A terminal that is too narrow lacks the last columns. Reads policy for names only; writes nothing, needs\n' +
    'no root.',
  positionals: ['[GROUP|ACCOUNT]'],
  options: {
    policy: HOST_POLICY_OPTION,
    every: { kind: 'text', value: 'SECONDS', default: '2', about: 'how long to look before each table, 1 to 60' },
    once: { kind: 'flag', about: 'one table, also on a terminal' },
    idle: { kind: 'flag', about: 'show each of those that do nothing, too' },
    format: { kind: 'choice', choices: ['text', 'json'], about: 'for people or for programs' },
  },
  examples: ['top', 'top student', 'top 204214 --every 10', 'top --once --idle', 'top --format json'],
  async run({ options, positionals: [word], now, paint }) {
    const every = readEvery(options.every);
    const { root, name: host } = await thisHost('top');
    const read = readPolicy(await choosePolicy(root, options.policy), { kind: 'instant', now }, paint);
    if (read.kind === 'errors') return read.answer;
    const { resolved, warnings: stderr } = read;
    const focus = word === undefined ? undefined : findUsageFocus(resolved, word);
    // Loaded only for a machine and a policy that can be looked at.
    const { showUsage } = await import('./cli/show-usage.ts');
    const { format, once, idle } = options;
    const stdout = await showUsage({ host, resolved, focus, showIdle: idle }, { every, format, once, paint });
    return { exitCode: EXIT.done, stdout, stderr };
  },
});
