/** The command line cannot be understood, or asks for something that cannot be. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** The verb whose help explains it. */
  readonly verb: string | undefined;

  constructor(message: string, verb?: string) {
    super(message);
    this.verb = verb;
  }
}
