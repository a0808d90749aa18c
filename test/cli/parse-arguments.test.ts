import { describe, expect, it } from 'vitest';
import type { Command, Definition } from '../../scripts/cli/command.ts';
import { verbHelp } from '../../scripts/cli/help.ts';
import { parseArguments } from '../../scripts/cli/parse-arguments.ts';
import { UsageError } from '../../scripts/cli/usage-error.ts';

const OPTIONS = { root: { kind: 'text', value: 'DIR', about: 'a directory' } } as const;

function verb(positionals: readonly string[]): Definition<typeof OPTIONS> {
  const said = { name: 'do', summary: 's', about: 'a', options: OPTIONS, examples: [] };
  return { ...said, positionals, run: () => ({ exitCode: 0 }) };
}

function parse(positionals: readonly string[], line: string): readonly string[] {
  const args = line.split(' ').filter((word) => word !== '');
  return parseArguments(verb(positionals), args).positionals;
}

describe('arguments without dashes', () => {
  it.each([
    [[], ''],
    [['ACCOUNT'], 'a'],
    [['[ACCOUNT]'], ''],
    [['[ACCOUNT]'], 'a'],
    [['[COMMIT…]'], ''],
    [['[COMMIT…]'], 'a'],
    [['[COMMIT…]'], 'a b c'],
    [['BRANCH', '[COMMIT…]'], 'a'],
    [['BRANCH', '[COMMIT…]'], 'a b c'],
    [['BRANCH', '[ACCOUNT]'], 'a b'],
  ])('%j are given as "%s"', (positionals, line) => {
    expect(parse(positionals, line)).toEqual(line.split(' ').filter((word) => word !== ''));
  });

  it.each([
    [[], 'a', 'argument "a" is one too many'],
    [['ACCOUNT'], '', 'ACCOUNT is missing'],
    [['ACCOUNT'], 'a b', 'argument "b" is one too many'],
    [['[ACCOUNT]'], 'a b c', 'argument "b" is one too many'],
    [['BRANCH', '[COMMIT…]'], '', 'BRANCH is missing'],
    [['BRANCH', 'ACCOUNT'], 'a', 'ACCOUNT is missing'],
  ])('%j are not given as "%s"', (positionals, line, message) => {
    expect(() => parse(positionals, line)).toThrow(UsageError);
    expect(() => parse(positionals, line)).toThrow(new UsageError(message, 'do'));
  });

  it('may stand among the options, and look like one behind --', () => {
    expect(parse(['[COMMIT…]'], 'a --root x b')).toEqual(['a', 'b']);
    expect(parse(['[COMMIT…]'], '--root x -- a --root')).toEqual(['a', '--root']);
  });

  it('are in the help as they are named', () => {
    const { run: _, ...rest } = verb(['BRANCH', '[COMMIT…]']);
    const command: Command = { ...rest, run: async () => ({ exitCode: 0 }) };
    expect(verbHelp(command).split('\n')[0]).toBe('usage: ds01-policy do BRANCH [COMMIT…] [options]');
  });
});

describe('an option that may have a value', () => {
  const log = { policy: { kind: 'optional', value: 'DIR', alone: 'policy', about: 'a folder' } } as const;
  const said = { name: 'do', summary: 's', about: 'a', options: { ...log, ...OPTIONS }, examples: [] };
  const definition: Definition<typeof said.options> = {
    ...said,
    positionals: ['[ACCOUNT]'],
    run: () => ({ exitCode: 0 }),
  };
  const read = (line: string) => parseArguments(definition, line.split(' '));

  it.each([
    ['a', undefined, ['a']],
    ['--policy', 'policy', []],
    ['--policy a', 'policy', ['a']],
    ['a --policy', 'policy', ['a']],
    ['--policy --root x', 'policy', []],
    ['--policy=lab/policy a', 'lab/policy', ['a']],
    ['--policy=--root', '--root', []],
  ])('%s', (line, policy, positionals) => {
    expect(read(line)).toMatchObject({ options: { policy }, positionals });
  });

  it.each([
    ['--policy=', 'option --policy needs a value'],
    ['--policy --policy=x', 'option --policy is given twice'],
    ['a --policy x', 'argument "x" is one too many; the value of --policy is written behind "=": --policy=x'],
    ['a b --policy=x', 'argument "b" is one too many'],
  ])('%s is wrong', (line, message) => {
    expect(() => read(line)).toThrow(new UsageError(message, 'do'));
  });

  it('is shown in the help as it is written', () => {
    const { run: _, ...rest } = definition;
    expect(verbHelp({ ...rest, run: async () => ({ exitCode: 0 }) })).toContain(
      '\n  --policy[=DIR]  a folder; alone: policy\n  --root DIR      a directory\n',
    );
  });
});
