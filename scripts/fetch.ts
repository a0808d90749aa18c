import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { readConfig } from './cli/read-config.ts';
import { ROOT_OPTION } from './cli/shared-options.ts';
import { chooseHost } from './cli/survey.ts';
import { type Brought, bringBranch } from './host/mirror.ts';
import { printable } from './report/printable.ts';
import { shortCommit } from './report/run-words.ts';

/** `fetch`: the unprivileged half of what the timer does. */
export const fetch = defineCommand({
  name: 'fetch',
  summary: 'bring the newest commits of the remote to this host, as the timer does',
  about:
    'Asks the remote for its branch, and fetches it if it has moved. Decides nothing: whether a commit may be trusted is for\n' +
    'sync to say. Tells the server of the repository what became of its commits, where that is configured. Needs the network\n' +
    'and no privileges; runs as the user that owns /var/lib/ds01-policy-fetch.',
  positionals: [],
  options: { root: ROOT_OPTION },
  examples: ['fetch', 'fetch --root /srv/image'],
  async run({ options, now }) {
    const { root } = await chooseHost(options.root, 'fetch');
    const config = readConfig(root);
    const { remote: url, branch } = config;
    const outcome = await bringBranch(root, { url, branch }, now).catch((error: unknown) => ({ error }));
    // Also where nothing was brought: what became of a commit is known here, whether there is a newer one or not.
    const told = config.commitStatus
      ? await (await import('./cli/tell-commit-status.ts')).tellCommitStatus(root, config, now)
      : '';
    if ('error' in outcome) throw outcome.error;
    return { exitCode: EXIT.done, stdout: broughtText(branch, outcome), stderr: told };
  },
});

function broughtText(branch: string, { commit, before, remade }: Brought): string {
  const name = printable(branch);
  const anew = remade ? 'the mirror could not be read any more and was made anew\n' : '';
  if (before === undefined) return `${anew}${name} is at ${shortCommit(commit)}, for the first time\n`;
  if (before === commit) return `${anew}${name} is at ${shortCommit(commit)}, as before\n`;
  return `${anew}${name} moved from ${shortCommit(before)} to ${shortCommit(commit)}\n`;
}
