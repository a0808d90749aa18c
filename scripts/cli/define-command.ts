import type { Command, Definition, Options } from './command.ts';
import { parseArguments } from './parse-arguments.ts';

/** Makes a command of the definition of a verb, whose `run` knows the types of its options. */
export function defineCommand<const O extends Options>(definition: Definition<O>): Command {
  return {
    ...definition,
    run: async (args, surroundings) => definition.run({ ...parseArguments(definition, args), ...surroundings }),
  };
}
