import { createInterface, type Interface } from 'node:readline';
import { columns, printable } from '../report/printable.ts';
import { UsageError } from './usage-error.ts';

/** One of several answers: the word, and what it means. */
export interface Choice {
  readonly word: string;
  readonly about: string;
}

/**
 * Questions on a terminal, and arguments that were given in their place. Questions and what is said go to standard error,
 * so that results stay readable.
 */
export class Conversation {
  readonly #verb: string;
  #lines: Lines | undefined;
  #asked = false;

  constructor(verb: string) {
    this.#verb = verb;
  }

  /** Whether somebody can be asked. */
  get isPossible(): boolean {
    return process.stdin.isTTY === true && process.stderr.isTTY === true;
  }

  /** Whether something was asked: then somebody waits, and wants to see the rest, too. */
  get hasAsked(): boolean {
    return this.#asked;
  }

  /**
   * What was given for an argument, or the answer to a question about it. `read` throws UsageError for what it cannot be:
   * an argument ends the program then, an answer is asked for again. Throws UsageError if nobody can be asked.
   */
  async need<T>(given: string | undefined, name: string, question: string, read: (text: string) => T): Promise<T> {
    if (given !== undefined) return read(given);
    if (!this.isPossible) throw new UsageError(`${name} is missing`, this.#verb);
    for (;;) {
      const answer = await this.#ask(`${question}: `);
      if (answer === undefined) throw new UsageError(`${name} is missing: the input has ended`, this.#verb);
      if (answer === '') continue;
      try {
        return read(answer);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        this.say(`  ${printable(error.message)}\n`);
      }
    }
  }

  /** The same with the most likely answers to choose from, by their word or by their number. */
  async choose<T>(
    given: string | undefined,
    name: string,
    question: string,
    choices: readonly Choice[],
    read: (text: string) => T,
  ): Promise<T> {
    if (given === undefined && this.isPossible) {
      const rows = choices.map(({ word, about }, index) => [String(index + 1), word, printable(about)]);
      this.say(
        columns(rows, '  ')
          .map((line) => `${line}\n`)
          .join(''),
      );
    }
    return await this.need(given, name, question, (answer) => {
      const chosen = given === undefined && /^[0-9]+$/.test(answer) ? choices[Number(answer) - 1]?.word : undefined;
      return read(chosen ?? answer);
    });
  }

  /** Nothing but `y` or `yes` is a yes, and neither is an end of the input. */
  async confirm(question: string): Promise<boolean> {
    return /^y(es)?$/i.test((await this.#ask(`${question} [y/N] `)) ?? '');
  }

  /** Shows something before the next question. */
  say(text: string): void {
    process.stderr.write(text);
  }

  /** Gives the terminal back. */
  end(): void {
    this.#lines?.close();
    this.#lines = undefined;
  }

  async #ask(question: string): Promise<string | undefined> {
    this.#asked = true;
    this.#lines ??= new Lines();
    this.say(question);
    return (await this.#lines.next())?.trim();
  }
}

// One reader for all questions: what is typed ahead would be lost between two of them.
class Lines {
  readonly #reader: Interface;
  readonly #read: string[] = [];
  #closed = false;
  #wake: () => void = () => undefined;

  constructor() {
    // The terminal edits a line itself, and Ctrl-C ends the program: nothing was changed yet.
    this.#reader = createInterface({ input: process.stdin, terminal: false });
    this.#reader.on('line', (line) => {
      this.#read.push(line);
      this.#wake();
    });
    this.#reader.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  /** The next line; nothing after the last one. */
  async next(): Promise<string | undefined> {
    while (this.#read.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#read.shift();
  }

  close(): void {
    this.#reader.close();
  }
}
