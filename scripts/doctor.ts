import { choosePolicy, isFollowing } from './cli/choose-policy.ts';
import { countdown } from './cli/countdown.ts';
import { defineCommand } from './cli/define-command.ts';
import { readWindow } from './cli/doctor-options.ts';
import { EXIT } from './cli/exit-code.ts';
import { readPolicy } from './cli/read-policy.ts';
import { HOST_POLICY_OPTION } from './cli/shared-options.ts';
import { thisHost } from './cli/survey.ts';

/** `doctor [ACCOUNT|CONTAINER]`: why work is slow or fails, from the kernel's own counters, and the line of policy behind it. */
export const doctor = defineCommand({
  name: 'doctor',
  summary: 'find out why work is slow or fails: which limit it is, and which line says so',
  about:
    'Looks twice at what the kernel counts, and says what held work up in between: the most likely reason first, each with\n' +
    'what it was read from, the limit and the line of policy behind it, and what to do. About the machine, or the work of one\n' +
    'account, in any spelling, or one container, by its name or the first four or more digits of its id. A word that may be\n' +
    'both is the account if policy lists it; name@domain is always an account. Writes nothing, needs no root: it says where\n' +
    'root would see more. Exits 2 if it found a reason.',
  positionals: ['[ACCOUNT|CONTAINER]'],
  options: {
    policy: HOST_POLICY_OPTION,
    watch: { kind: 'text', value: 'SECONDS', default: '5', about: 'how long to look, 1 to 600' },
    format: { kind: 'choice', choices: ['text', 'json'], about: 'for people or for programs' },
  },
  examples: ['doctor', 'doctor 204214', 'doctor 204214 --watch 60', 'doctor c0ffee12c0ff --format json'],
  async run({ options, positionals: [word], now, paint }) {
    const seconds = readWindow(options.watch);
    const reader = await thisHost('doctor');
    const choice = await choosePolicy(reader.root, options.policy);
    const read = readPolicy(choice, { kind: 'instant', now }, paint);
    if (read.kind === 'errors') return read.answer;
    const follows = isFollowing(reader.root) && options.policy === undefined;
    const lags = follows
      ? (await (await import('./cli/follow-status.ts')).readFollowStatus(reader.root, now)).lags
      : undefined;
    // Loaded only for a machine and a policy that can be looked at.
    const { examineHost } = await import('./cli/examine-host.ts');
    const { label } = choice;
    const { tell, end } = countdown(process.stderr);
    const found = await examineHost(reader, read.resolved, { word, seconds, now, label, lags, tell }).finally(end);
    const diagnosis = (await import('./diagnosis/diagnose.ts')).diagnose(found);
    const seen = { host: reader.name, found, diagnosis };
    const stdout =
      options.format === 'json'
        ? (await import('./report/doctor-json.ts')).doctorJson(seen)
        : (await import('./report/doctor-text.ts')).doctorText(seen, label, paint);
    return {
      exitCode: diagnosis.causes.length > 0 ? EXIT.differs : EXIT.done,
      stdout,
      stderr: read.warnings,
    };
  },
});
