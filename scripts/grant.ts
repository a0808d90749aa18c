import { defineCommand } from './cli/define-command.ts';
import { UNTIL_OPTION } from './cli/proposal.ts';
import { propose } from './cli/propose.ts';
import { proposeGrant } from './cli/propose-grant.ts';
import { PROPOSE_ABOUT, PROPOSE_OPTIONS } from './cli/propose-options.ts';

/** `grant ACCOUNT GROUP`: put somebody into a group until a day, as a pull request. */
export const grant = defineCommand({
  name: 'grant',
  summary: 'put somebody into a group until a day: one file, one commit, one pull request',
  about: `ACCOUNT in any spelling. Writes the one file of this member, new or with only the lines that change.\n${PROPOSE_ABOUT}`,
  positionals: ['[ACCOUNT]', '[GROUP]'],
  options: {
    until: UNTIL_OPTION,
    reason: { kind: 'text', value: 'TEXT', about: 'why, in one line, for those who will ask' },
    account: { kind: 'text', value: 'ALIAS,…', about: 'more accounts of the same person, with commas between them' },
    github: { kind: 'text', value: 'LOGIN', about: 'the same person on GitHub' },
    from: { kind: 'text', value: 'DATE', about: 'the first day; without it today' },
    ...PROPOSE_OPTIONS,
  },
  examples: [
    'grant 100001 researcher --until 2027-03-31 --reason "CPU-bound work"',
    'grant 100001 researcher --until +6m --reason "CPU-bound work" --account a.member --no-push',
  ],
  run({ options, positionals: [account, group], now, paint }) {
    const { until, from, reason, account: others, github } = options;
    const wish = { account, group, until, from, reason, others, github };
    return propose({ verb: 'grant', options, now, paint }, (current, talk) => proposeGrant(current, wish, talk));
  },
});
