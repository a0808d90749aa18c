import { defineCommand } from './cli/define-command.ts';
import { propose } from './cli/propose.ts';
import { PROPOSE_ABOUT, PROPOSE_OPTIONS } from './cli/propose-options.ts';
import { proposeExpiry, proposeRevocation } from './cli/propose-revocation.ts';
import { UsageError } from './cli/usage-error.ts';

/** `revoke ACCOUNT`: end a grant, as a pull request. */
export const revoke = defineCommand({
  name: 'revoke',
  summary: 'end a grant, or take out all that have ended: as a pull request',
  about:
    'ACCOUNT in any spelling. Takes the file of this member out: all accounts in it go back to the default group.\n' +
    PROPOSE_ABOUT,
  positionals: ['[ACCOUNT]'],
  options: {
    expired: { kind: 'flag', about: 'take out all grants, and all answers to guards, whose last day is over' },
    reason: { kind: 'text', value: 'TEXT', about: 'why, in one line: for the record' },
    ...PROPOSE_OPTIONS,
  },
  examples: ['revoke 100001 --reason "left the lab"', 'revoke --expired'],
  run({ options, positionals: [account], now, paint }) {
    const { expired, reason } = options;
    if (expired && account !== undefined) {
      throw new UsageError(`--expired takes out all that has ended: leave ${account} or --expired out`, 'revoke');
    }
    return propose({ verb: 'revoke', options, now, paint }, (current, talk) => {
      return expired ? proposeExpiry(current) : proposeRevocation(current, { account, reason }, talk);
    });
  },
});
