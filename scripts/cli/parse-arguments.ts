import { parseArgs } from 'node:util';
import { nearest } from '../policy/nearest.ts';
import type { Call, Definition, Option, Options, OptionValue } from './command.ts';
import { UsageError } from './usage-error.ts';

type Arguments<O extends Options> = Pick<Call<O>, 'options' | 'positionals'>;

/** Reads the arguments of a verb. Throws UsageError, with the nearest known name, for anything the verb does not have. */
export function parseArguments<O extends Options>(verb: Definition<O>, args: readonly string[]): Arguments<O> {
  const known: Readonly<Record<string, Option>> = verb.options;
  const { tokens } = parseArgs({
    args: [...args],
    options: typesOf(known),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string | true>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (given.has(token.name)) throw new UsageError(`option ${token.rawName} is given twice`, verb.name);
    if (token.inlineValue === false && token.value.startsWith('-')) {
      const way = `write ${token.rawName}=… if it is meant`;
      throw new UsageError(`option ${token.rawName} needs a value, and ${token.value} is an option: ${way}`, verb.name);
    }
    given.set(token.name, checkOption(verb.name, known, token.name, token.rawName, token.value));
  }
  checkPositionals(verb, positionals, known, given);
  const values = Object.entries(known).map(([name, option]) => [name, optionValue(option, given.get(name))]);
  // Built from `known`, so every option of O is there with its type; Object.fromEntries cannot know that.
  return { options: Object.fromEntries(values) as Call<O>['options'], positionals };
}

function checkOption(
  verb: string,
  known: Options,
  name: string,
  raw: string,
  value: string | undefined,
): string | true {
  const option = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!option) {
    const guess = nearest(name, Object.keys(known));
    throw new UsageError(`option ${raw} does not exist${guess ? `; did you mean --${guess}?` : ''}`, verb);
  }
  if (option.kind === 'flag') {
    if (value !== undefined) throw new UsageError(`option ${raw} takes no value`, verb);
    return true;
  }
  if (option.kind === 'optional' && value === undefined) return true;
  if (value === undefined || value === '') throw new UsageError(`option ${raw} needs a value`, verb);
  if (option.kind === 'choice' && !option.choices.includes(value)) {
    const guess = nearest(value, option.choices);
    const hint = guess ? `; did you mean ${guess}?` : '';
    throw new UsageError(`${raw} "${value}" does not exist: it is one of ${option.choices.join(', ')}${hint}`, verb);
  }
  return value;
}

function checkPositionals(
  verb: Pick<Definition<Options>, 'name' | 'positionals'>,
  positionals: readonly string[],
  known: Options,
  given: ReadonlyMap<string, string | true>,
): void {
  const missing = verb.positionals[positionals.length];
  if (missing !== undefined && !missing.startsWith('[')) throw new UsageError(`${missing} is missing`, verb.name);
  const extra = positionals[verb.positionals.length];
  const many = verb.positionals.at(-1)?.endsWith('…]');
  if (extra === undefined || many) return;
  const alone = [...given.keys()].find((name) => known[name]?.kind === 'optional' && given.get(name) === true);
  const hint = alone === undefined ? '' : `; the value of --${alone} is written behind "=": --${alone}=${extra}`;
  throw new UsageError(`argument "${extra}" is one too many${hint}`, verb.name);
}

function optionValue(option: Option, given: string | true | undefined): OptionValue<Option> {
  if (option.kind === 'flag') return given === true;
  if (option.kind === 'optional') return given === true ? option.alone : given;
  const fallback = option.kind === 'choice' ? option.choices[0] : option.default;
  return typeof given === 'string' ? given : fallback;
}

function typesOf(options: Options): Record<string, { type: 'string' | 'boolean' }> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { kind }]) => {
      // The word that follows an optional value is not taken for one.
      return [name, { type: kind === 'flag' || kind === 'optional' ? 'boolean' : 'string' }];
    }),
  );
}
