import type { Paint } from '../report/paint.ts';
import type { ExitCode } from './exit-code.ts';

/** One option of a verb. */
export type Option =
  | { readonly kind: 'flag'; readonly about: string }
  | { readonly kind: 'text'; readonly value: string; readonly about: string; readonly default?: string }
  /** `--policy` alone means `alone`; only `--policy=DIR` names something else. */
  | { readonly kind: 'optional'; readonly value: string; readonly about: string; readonly alone: string }
  | { readonly kind: 'choice'; readonly choices: readonly [string, ...string[]]; readonly about: string };

/** The options of a verb, by name without the dashes. */
export type Options = Readonly<Record<string, Option>>;

/** What a verb gets for an option: flags are true or false, choices have a default, texts may be absent. */
export type OptionValue<O extends Option> = O extends { kind: 'flag' }
  ? boolean
  : O extends { kind: 'choice'; choices: readonly (infer C)[] }
    ? C
    : O extends { kind: 'text'; default: string }
      ? string
      : string | undefined;

/** What a verb is given: its arguments, the clock, and colours. */
export interface Call<O extends Options> {
  readonly options: { readonly [K in keyof O]: OptionValue<O[K]> };
  readonly positionals: readonly string[];
  readonly now: Date;
  readonly paint: Paint;
}

/** What a verb answers; `stdout` is the result, `stderr` what is said about it. */
export interface Answer {
  readonly exitCode: ExitCode;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** A verb as its file defines it, with the types of its options. */
export interface Definition<O extends Options> {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** More for its own help: what it reads, what it writes. */
  readonly about: string;
  /** Names of the arguments without dashes: `ACCOUNT` is required, `[ACCOUNT]` is not, `[COMMIT…]` is any number. */
  readonly positionals: readonly string[];
  readonly options: O;
  readonly examples: readonly string[];
  run(call: Call<O>): Answer | Promise<Answer>;
}

/** A verb as the command line knows it. */
export interface Command extends Omit<Definition<Options>, 'run'> {
  /** Reads the arguments and runs the verb. Throws UsageError. */
  run(args: readonly string[], surroundings: Pick<Call<Options>, 'now' | 'paint'>): Promise<Answer>;
}
