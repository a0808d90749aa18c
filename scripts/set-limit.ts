import { defineCommand } from './cli/define-command.ts';
import { propose } from './cli/propose.ts';
import { proposeLimit } from './cli/propose-limit.ts';
import { PROPOSE_ABOUT, PROPOSE_OPTIONS } from './cli/propose-options.ts';

/** `set-limit GROUP|ACCOUNT|site SCOPE.FIELD VALUE`: change one limit, as a pull request. */
export const setLimit = defineCommand({
  name: 'set-limit',
  summary: 'change one limit of a group, a member or the site: one line, one pull request',
  about:
    'VALUE as policy spells it, or none to take the line out; the scope is always written: per_group, per_member or\n' +
    `per_container.\n${PROPOSE_ABOUT}`,
  positionals: ['[GROUP|ACCOUNT|site]', '[SCOPE.FIELD]', '[VALUE|none]'],
  options: {
    device: { kind: 'text', value: 'PATH', about: 'the device that a rate is for, as in /dev/nvme0n1' },
    reason: { kind: 'text', value: 'TEXT', about: 'why, in one line: for the record' },
    ...PROPOSE_OPTIONS,
  },
  examples: [
    'set-limit researcher per_group.tasks_max 131072 --acknowledge --reason "libgomp stops at 65536"',
    'set-limit 100001 per_member.memory_max 64G',
    'set-limit student per_group.io_read_bandwidth_max 500M --device /dev/nvme0n1',
  ],
  run({ options, positionals: [owner, limit, value], now, paint }) {
    const wish = { owner, limit, value, device: options.device, reason: options.reason };
    return propose({ verb: 'set-limit', options, now, paint }, (current, talk) => proposeLimit(current, wish, talk));
  },
});
