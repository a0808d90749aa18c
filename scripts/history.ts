import { choosePolicy } from './cli/choose-policy.ts';
import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { findAccount } from './cli/find-account.ts';
import { readPolicy } from './cli/read-policy.ts';
import { HOST_POLICY_OPTION, ROOT_OPTION } from './cli/shared-options.ts';
import { chooseHost } from './cli/survey.ts';
import { accountHistory } from './follow/account-history.ts';
import { findBreak } from './follow/history-chain.ts';
import type { HistoryRecord } from './follow/record.ts';
import { readHistoryLines } from './host/history.ts';
import { slugOf } from './policy/account.ts';
import { accountText, brokenWords, historyJson, historyText } from './report/history.ts';

/** `history [ACCOUNT]`: what happened on a host, or what an account had, since when, through which commit. */
export const history = defineCommand({
  name: 'history',
  summary: 'show what happened on this host, or who had what, since when, through which commit',
  about:
    'Every apply, refusal, restore, pause and word of trust, newest first; with ACCOUNT, what changed for it, oldest first.\n' +
    'Each line of the history has the digest of the line before it: exits 2 if one was changed, taken out or put in since.',
  positionals: ['[ACCOUNT]'],
  options: {
    policy: HOST_POLICY_OPTION,
    root: ROOT_OPTION,
    format: { kind: 'choice', choices: ['text', 'json'], about: 'for people or for programs' },
  },
  examples: ['history', 'history 204214', 'history --format json'],
  async run({ options, positionals: [spelling], now, paint }) {
    const reader = await chooseHost(options.root, 'history');
    const lines = await readHistoryLines(reader.root);
    const broken = findBreak(lines);
    const records = lines.slice(0, broken && broken - 1).map((line) => JSON.parse(line) as HistoryRecord);
    const answer = {
      exitCode: broken === undefined ? EXIT.done : EXIT.differs,
      stderr: broken === undefined ? '' : `${brokenWords(broken)}; what follows is not shown\n`,
    };
    if (spelling === undefined) {
      const json = options.format === 'json';
      return { ...answer, stdout: json ? historyJson(records, broken) : historyText(records, paint) };
    }
    const read = readPolicy(await choosePolicy(reader.root, options.policy), { kind: 'instant', now }, paint);
    if (read.kind === 'errors') return read.answer;
    const { site } = read.resolved;
    const { account } = findAccount(read.resolved, spelling, 'history');
    const defaultGroup = site.defaultGroup.value;
    const entries = accountHistory(records, { account, slug: slugOf(account), site: site.name, defaultGroup });
    const json = options.format === 'json';
    return { ...answer, stdout: json ? historyJson(entries, broken) : accountText(account, entries, defaultGroup) };
  },
});
