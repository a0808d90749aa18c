import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { ROOT_OPTION } from './cli/shared-options.ts';
import { UsageError } from './cli/usage-error.ts';
import { type AccessAnswer, accessLogJson, accessLogText } from './report/access-log.ts';
import { accessLogCsv } from './report/access-log-csv.ts';
import { policyChangelog } from './report/policy-changelog.ts';

/** `history [ACCOUNT]`: what happened on a host; with `--policy`, who was given what, by whom, as the repository tells. */
export const history = defineCommand({
  name: 'history',
  summary: 'show what happened on this host, or who had what, since when, through which commit',
  about:
    'Every apply, refusal, restore, pause and word of trust, newest first; with ACCOUNT, what changed for it, oldest first.\n' +
    'Each line of the history has the digest of the line before it: exits 2 if one was changed, taken out or put in since.\n' +
    'With --policy in a checkout, the access log: every grant, extension, revocation and change of a limit that the branch\n' +
    'has ever had, newest first, with author, who merged, and pull request, from git alone; with ACCOUNT, those of its member\n' +
    'file, also where that is gone. What is in no commit yet is not in it.',
  positionals: ['[ACCOUNT]'],
  options: {
    policy: {
      kind: 'optional',
      value: 'DIR',
      alone: 'policy',
      about: 'the access log of the checkout of this policy folder',
    },
    since: { kind: 'text', value: 'REF', about: 'of the access log, only what came after this commit or tag' },
    root: ROOT_OPTION,
    format: {
      kind: 'choice',
      choices: ['text', 'json', 'csv', 'markdown'],
      about: 'for people or for programs; of the access log also for spreadsheets, and for the changelog of a release',
    },
  },
  examples: ['history', 'history 204214', 'history --policy', 'history --policy --since v0.1.0 --format markdown'],
  async run({ options: { policy, since, root, format }, positionals: [account], now, paint }) {
    if (policy === undefined) {
      if (since !== undefined) throw new UsageError('--since is for the access log: add --policy', 'history');
      if (format !== 'text' && format !== 'json') {
        throw new UsageError(`--format ${format} is for the access log: add --policy`, 'history');
      }
      const { tellHostHistory } = await import('./cli/host-history.ts');
      return tellHostHistory({ root, account, format, now, paint });
    }
    if (root !== undefined) throw new UsageError('--root is a host, and --policy a checkout: leave one out', 'history');
    const { readAccessLog } = await import('./cli/read-access-log.ts');
    const log = await readAccessLog({ policy, since, account });
    return { exitCode: EXIT.done, stdout: FORMATS[format](log, paint) };
  },
});

const FORMATS = {
  text: accessLogText,
  json: accessLogJson,
  csv: ({ entries }: AccessAnswer) => accessLogCsv(entries),
  markdown: ({ entries }: AccessAnswer) => policyChangelog(entries),
} as const;
