import { defineCommand } from './cli/define-command.ts';
import { EXIT } from './cli/exit-code.ts';
import { readConfig } from './cli/read-config.ts';
import { sayWord } from './cli/say-word.ts';
import { ROOT_OPTION } from './cli/shared-options.ts';
import { chooseHost } from './cli/survey.ts';
import { loginName } from './host/login.ts';
import { resumedText } from './report/run-words.ts';

/** `resume`: go on applying, and try again what was given up. */
export const resume = defineCommand({
  name: 'resume',
  summary: 'end a pause, and try again what was refused or given up',
  about:
    'Ends a pause. Lets the next run try a commit that was refused once more, and put right again what came back too often.\n' +
    'With --reset-day, grants go by the clock again after it had been ahead by mistake: who had lost a grant then has it back.',
  positionals: [],
  options: {
    'reset-day': { kind: 'flag', about: 'forget the newest day that grants were looked at' },
    root: ROOT_OPTION,
  },
  examples: ['resume', 'resume --reset-day'],
  async run({ options, now }) {
    const { root } = await chooseHost(options.root, 'resume');
    readConfig(root);
    // A day before any: the next run says which one it is.
    const resetDay = options['reset-day'];
    const day = resetDay ? { day: '0000-01-01' } : {};
    let text = '';
    const { note } = await sayWord(root, now, (standing) => {
      text = resumedText(standing, resetDay, now);
      return { kind: 'resume', by: loginName(), ...day };
    });
    return { exitCode: EXIT.done, stdout: text, stderr: note };
  },
});
