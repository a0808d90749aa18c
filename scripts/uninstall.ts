import { ask } from './cli/ask.ts';
import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { perform } from './cli/perform.ts';
import { ROOT_OPTION } from './cli/shared-options.ts';
import { chooseHost } from './cli/survey.ts';
import { uninstallTasks } from './cli/uninstalling.ts';
import { waitForLock } from './cli/wait-for-lock.ts';
import { HostRefusal } from './host/host-failure.ts';
import { isRoot } from './host/installed-files.ts';
import { stepsText } from './report/steps.ts';

/** `uninstall`: take the program, its configuration and its units off a host; the history stays. */
export const uninstall = defineCommand({
  name: 'uninstall',
  summary: 'take the program off a host; the limits stay, or become what they were before',
  about:
    'Stops the timers and removes what install has put there. The limits stay in force as files that nobody changes any\n' +
    'more; with --slices restore, units that were taken over become what they were, and all others of this program go. No\n' +
    'slice is stopped either way. The history and the copies in /var/lib/ds01-policy stay, and so does the user.',
  positionals: [],
  options: {
    slices: { kind: 'choice', choices: ['leave', 'restore'], about: 'what becomes of the limits' },
    root: ROOT_OPTION,
    yes: { kind: 'flag', about: 'do not ask' },
  },
  examples: ['uninstall --yes', 'uninstall --slices restore --root /srv/image --yes'],
  async run({ options, now, paint }) {
    const reader = await chooseHost(options.root, 'uninstall');
    if (reader.live && !isRoot()) throw new HostRefusal('this is not root: call it with sudo');
    const tasks = await uninstallTasks(reader, options.slices, now);
    if (tasks.length === 0) return { exitCode: EXIT.done, stdout: 'nothing to do\n' };
    const shown = stepsText(tasks, paint);
    if (!options.yes && !(await ask(shown, 'uninstall?', 'uninstall'))) {
      return { exitCode: EXIT.refused, stderr: 'nothing was changed\n' };
    }
    await waitForLock(reader.root, () => perform(tasks, 'run uninstall'));
    return { exitCode: EXIT.done, stdout: `${options.yes ? shown : ''}\nuninstalled\n` };
  },
});
