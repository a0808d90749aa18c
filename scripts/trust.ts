import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { readConfig } from './cli/read-config.ts';
import { sayWord } from './cli/say-word.ts';
import { ROOT_OPTION } from './cli/shared-options.ts';
import { chooseHost } from './cli/survey.ts';
import { UsageError } from './cli/usage-error.ts';
import { loginName } from './host/login.ts';
import { trustedText } from './report/run-words.ts';

/** `trust COMMIT`: the way out of a history that was rewritten for good reasons, or that this host has lost. */
export const trust = defineCommand({
  name: 'trust',
  summary: 'name the commit that this host goes on from, after its branch was rewritten or its state was lost',
  about:
    'COMMIT is the full name of a commit that you have looked at. The next run takes it, or a commit that descends from it,\n' +
    'without asking how it came there; those after it have to descend, and to be signed where that is configured, as always.',
  positionals: ['COMMIT'],
  options: {
    reason: { kind: 'text', value: 'TEXT', about: 'why, for the record; required' },
    root: ROOT_OPTION,
  },
  examples: [
    'trust 5feceb66ffc86f38d952786c6d696c79c2dbc239 --reason "history was rewritten to take out a name"',
    'trust 5feceb66ffc86f38d952786c6d696c79c2dbc239 --reason "the disk was replaced"',
  ],
  async run({ options: { root: option, reason }, positionals: [commit = ''], now }) {
    const { root } = await chooseHost(option, 'trust');
    const config = readConfig(root);
    if (!/^[0-9a-f]{40}$/.test(commit)) {
      const hint = `git ls-remote ${config.remote} ${config.branch} prints it`;
      throw new UsageError(`"${commit}" is not the full name of a commit: 40 digits 0-9 and a-f; ${hint}`, 'trust');
    }
    if (reason === undefined) throw new UsageError('--reason TEXT is missing: why, for those who will ask', 'trust');
    const { note } = await sayWord(root, now, () => ({ kind: 'trust', by: loginName(), commit, reason }));
    return { exitCode: EXIT.done, stdout: trustedText(commit), stderr: note };
  },
});
