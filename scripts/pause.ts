import { choosePause } from './cli/choose-pause.ts';
import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { readConfig } from './cli/read-config.ts';
import { sayWord } from './cli/say-word.ts';
import { ROOT_OPTION } from './cli/shared-options.ts';
import { chooseHost } from './cli/survey.ts';
import { loginName } from './host/login.ts';
import { pausedText } from './report/run-words.ts';

/** `pause`: leave a host as it is for a while. */
export const pause = defineCommand({
  name: 'pause',
  summary: 'stop applying on this host for a stated time and reason',
  about:
    'Until the time is over, runs fetch and report what waits and what differs, and change nothing; grants end meanwhile,\n' +
    'unless --grants keep. A pause ends by itself, survives a reboot, and is in the history. resume ends it before.',
  positionals: [],
  options: {
    for: { kind: 'text', value: 'TIME', about: 'how long, as in 30min, 4h or 2d; default and most are configured' },
    reason: { kind: 'text', value: 'TEXT', about: 'why, for those who will ask; required' },
    grants: { kind: 'choice', choices: ['expire', 'keep'], about: 'what becomes of grants whose last day is over' },
    root: ROOT_OPTION,
  },
  examples: ['pause --for 4h --reason "moving the racks"', 'pause --for 2d --reason "paper deadline" --grants keep'],
  async run({ options, now }) {
    const { root } = await chooseHost(options.root, 'pause');
    const pause = choosePause(options, readConfig(root), options.grants, now, 'pause');
    const { note } = await sayWord(root, now, () => ({ kind: 'pause', by: loginName(), pause }));
    return { exitCode: EXIT.done, stdout: pausedText(pause), stderr: note };
  },
});
