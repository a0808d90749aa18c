import { defineCommand } from './cli/define-command.ts';
import { UNTIL_OPTION } from './cli/proposal.ts';
import { propose } from './cli/propose.ts';
import { proposeExtension } from './cli/propose-extend.ts';
import { PROPOSE_ABOUT, PROPOSE_OPTIONS } from './cli/propose-options.ts';

/** `extend ACCOUNT`: give a grant another last day, as a pull request. */
export const extend = defineCommand({
  name: 'extend',
  summary: 'give a grant that holds another last day: as a pull request',
  about: `ACCOUNT in any spelling. +6m and the like are counted from the old last day.\n${PROPOSE_ABOUT}`,
  positionals: ['[ACCOUNT]'],
  options: {
    until: UNTIL_OPTION,
    reason: { kind: 'text', value: 'TEXT', about: 'why, in place of the reason that the file has' },
    ...PROPOSE_OPTIONS,
  },
  examples: ['extend 100001 --until +6m', 'extend 100001 --until 2027-09-30 --reason "thesis until September"'],
  run({ options, positionals: [account], now, paint }) {
    const wish = { account, until: options.until, reason: options.reason };
    return propose({ verb: 'extend', options, now, paint }, (current, talk) => proposeExtension(current, wish, talk));
  },
});
