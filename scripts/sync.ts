import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { readConfig } from './cli/read-config.ts';
import { runFollowing } from './cli/run-following.ts';
import { ROOT_OPTION } from './cli/shared-options.ts';
import { chooseHost } from './cli/survey.ts';
import { holdingLock } from './host/state-lock.ts';
import { printable } from './report/printable.ts';

/** `sync`: the privileged half of what the timer does. */
export const sync = defineCommand({
  name: 'sync',
  summary: 'apply the newest trusted commit that fetch has brought, as the timer does',
  about:
    'Takes the newest commit from what fetch has left, decides whether it may be trusted, reads its policy from git, and\n' +
    'applies it; otherwise keeps the host at the commit that it has. Needs no network. A commit that was refused, or did not\n' +
    'come into force, is not tried again; after a failure of the host it waits, longer each time, up to an hour.',
  positionals: [],
  options: { root: ROOT_OPTION },
  examples: ['sync', 'sync --root /srv/image'],
  async run({ options, now, paint }) {
    const reader = await chooseHost(options.root, 'sync');
    const config = readConfig(reader.root);
    const { exitCode, outcome } = await holdingLock(reader.root, () => {
      return runFollowing({ reader, config, now, consent: {} }, 'waits');
    });
    const text = `${outcome.map(printable).join('\n')}\n`;
    return exitCode === EXIT.done ? { exitCode, stdout: text } : { exitCode, stderr: paint('error', text) };
  },
});
