import { isFollowing } from './cli/choose-policy.ts';
import type { Answer } from './cli/command.ts';
import { defineCommand } from './cli/define-command.ts';
import { HOST_POLICY_OPTION, ROOT_OPTION } from './cli/shared-options.ts';
import { chooseHost } from './cli/survey.ts';
import { UsageError } from './cli/usage-error.ts';

/** `apply`: plan again, and make the host as policy says, or leave it as it was. */
export const apply = defineCommand({
  name: 'apply',
  summary: 'make the limits of a host as policy says, and prove that they are in force',
  about:
    'Plans again under a lock, refuses what a guard or a file of somebody else speaks against, and writes the changes. Has\n' +
    'systemd read them and compares what it holds, and what the kernel enforces, with policy: all of it, or the host stays\n' +
    'as it was. Files that ds01-policy did not write are never touched, but those that --adopt or set-property is about.\n' +
    'A host that follows a repository applies its newest trusted commit; with --at, an earlier one, and pauses.',
  positionals: [],
  options: {
    policy: HOST_POLICY_OPTION,
    root: ROOT_OPTION,
    expect: { kind: 'text', value: 'DIGEST', about: 'refuse any plan but the one with this digest' },
    adopt: { kind: 'flag', about: 'take over units that somebody else wrote, and keep a copy of each' },
    at: { kind: 'text', value: 'COMMIT', about: 'apply a commit that was trusted before, and pause; needs --reason' },
    for: {
      kind: 'text',
      value: 'TIME',
      about: 'with --at: how long to pause, as in 4h; default and most are configured',
    },
    reason: { kind: 'text', value: 'TEXT', about: 'with --at: why, for the record' },
  },
  examples: [
    'apply',
    'apply --adopt',
    'apply --expect 5feceb66…',
    'apply --root /srv/image',
    'apply --at 5feceb66… --reason "jobs fail"',
  ],
  async run({ options, now, paint }): Promise<Answer> {
    const reader = await chooseHost(options.root, 'apply');
    const following = isFollowing(reader.root);
    if (options.at !== undefined && !(following && options.policy === undefined)) {
      throw new UsageError('--at is for the repository that a host follows, and not for a folder', 'apply');
    }
    // Each is loaded only where it is needed: one of them asks git.
    if (!following || options.policy !== undefined) {
      return (await import('./cli/apply-folder.ts')).applyFolder(reader, options, now, paint);
    }
    return (await import('./cli/apply-commit.ts')).applyCommit(reader, options, now, paint);
  },
});
