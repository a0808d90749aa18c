import { choosePolicy, isFollowing } from './cli/choose-policy.ts';
import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { readPolicy } from './cli/read-policy.ts';
import { clockFor, HOST_POLICY_OPTION, ON_OPTION, ROOT_OPTION } from './cli/shared-options.ts';
import { chooseHost, survey } from './cli/survey.ts';
import { isRunUnfinished } from './host/journal.ts';
import { statusJson, statusText } from './report/status.ts';
import { sliceTree } from './units/tree.ts';

/** `status`: what a host has, and whether it is what policy says. */
export const status = defineCommand({
  name: 'status',
  summary: 'show the slices of a host, who is in them, and whether policy is in force',
  about:
    'Draws the tree of slices with their limits, says what is in force by systemd and the kernel, how the last apply ended,\n' +
    'and, on a host that follows a repository, which commit it has and what stands in the way of the newest. Writes nothing,\n' +
    'needs no root. Exits 2 if policy says otherwise, the newest commit is not in force, or the host is in disorder.',
  positionals: [],
  options: {
    policy: HOST_POLICY_OPTION,
    root: ROOT_OPTION,
    on: ON_OPTION,
    format: { kind: 'choice', choices: ['text', 'json'], about: 'for people or for programs' },
    'verified-within': { kind: 'text', value: 'TIME', about: 'only whether a run found all in force within that time' },
  },
  examples: ['status', 'status --format json', 'status --verified-within 15min', 'status --root /srv/image'],
  async run({ options, now, paint }) {
    const reader = await chooseHost(options.root, 'status');
    const following = isFollowing(reader.root) && options.policy === undefined;
    const more =
      following || options['verified-within'] !== undefined ? await import('./cli/follow-status.ts') : undefined;
    const follow = more && (await more.readFollowStatus(reader.root, now));
    if (more && follow) {
      const answer = more.shortAnswer(follow, options, paint);
      if (answer) return answer;
    }
    const choice = await choosePolicy(reader.root, options.policy);
    const read = readPolicy(choice, clockFor(now, options.on, 'status'), paint);
    if (read.kind === 'errors') return read.answer;
    const { files, plan } = await survey(reader, read.resolved);
    const own = files.filter(({ path }) => !path.startsWith('/'));
    const { last } = choice.standing;
    const run = { last, unfinished: isRunUnfinished(reader.root) };
    const seen = { host: reader.name, tree: sliceTree(plan.site, own), resolved: read.resolved, plan, run, follow };
    const text = options.format === 'json' ? statusJson(seen) : statusText(seen, choice.label, paint);
    const late = follow !== undefined && follow.lags.length > 0;
    const disorder = plan.differs || run.unfinished || last?.result === 'broken' || late;
    return { exitCode: disorder ? EXIT.differs : EXIT.done, stdout: text, stderr: read.warnings };
  },
});
