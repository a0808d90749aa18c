import { columns } from '../report/printable.ts';
import type { Command, Option } from './command.ts';
import { EXIT } from './exit-code.ts';

/** How the program is called in a checkout: examples can be copied. */
const PROGRAM = 'ds01-policy';

/** The overview: all verbs with a line each. */
export function overview(verbs: readonly { readonly name: string; readonly summary: string }[]): string {
  return `${[
    `usage: ${PROGRAM} <verb> [options]`,
    '',
    'Who may use how much of a shared GPU server: policy in git, limits in systemd slices.',
    '',
    ...columns(
      verbs.map(({ name, summary }) => [name, summary]),
      '  ',
    ),
    '',
    `  ${PROGRAM} <verb> --help   options and examples of a verb`,
    `  ${PROGRAM} --version       version of the program`,
    '',
    'exit codes',
    ...columns(
      EXIT_CODES.map(([code, meaning]) => [String(code), meaning]),
      '  ',
    ),
  ].join('\n')}\n`;
}

const EXIT_CODES = [
  [EXIT.done, 'done'],
  [EXIT.policyErrors, 'policy has errors'],
  [EXIT.differs, 'differences found (plan --check, status), or reasons for slow work (doctor)'],
  [EXIT.refused, 'refused: a guard, another digest, files of others in the way'],
  [EXIT.restored, 'the host failed and is as it was before'],
  [EXIT.broken, 'the host failed and could not be restored'],
  [EXIT.usage, 'the command line is wrong'],
  [EXIT.bug, 'a bug in the program'],
  [EXIT.locked, 'another run holds the lock'],
] as const;

/** The help of one verb. */
export function verbHelp(verb: Command): string {
  const usage = ['usage:', PROGRAM, verb.name, ...verb.positionals, '[options]'].join(' ');
  const rows = Object.entries(verb.options).map(([name, option]) => [
    `--${name}${valueName(option)}`,
    aboutOption(option),
  ]);
  const examples = verb.examples.map((example) => `  ${PROGRAM} ${example}`);
  return `${[usage, '', verb.about, '', 'options', ...columns([...rows, ['--help', 'this text']], '  '), '', 'examples', ...examples].join('\n')}\n`;
}

function valueName(option: Option): string {
  if (option.kind === 'flag') return '';
  if (option.kind === 'optional') return `[=${option.value}]`;
  return option.kind === 'choice' ? ` ${option.choices.join('|')}` : ` ${option.value}`;
}

function aboutOption(option: Option): string {
  if (option.kind === 'choice') return `${option.about}; default: ${option.choices[0]}`;
  if (option.kind === 'optional') return `${option.about}; alone: ${option.alone}`;
  return option.kind === 'text' && option.default !== undefined
    ? `${option.about}; default: ${option.default}`
    : option.about;
}
