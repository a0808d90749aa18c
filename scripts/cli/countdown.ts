/** What is written to while somebody waits. */
export type Screen = Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean };

/** A line that says how much longer it takes. */
export interface Countdown {
  /** Seconds that are left. */
  tell(seconds: number): void;
  /** Takes the line away; what is told later is not shown. */
  end(): void;
}

/** A line on a terminal that is written over each time; nothing where nobody looks. */
export function countdown(screen: Screen): Countdown {
  if (screen.isTTY !== true) return { tell: () => undefined, end: () => undefined };
  let shown = 0;
  let ended = false;
  // With blanks over what was longer: every terminal can do that.
  const show = (text: string) => {
    screen.write(`\r${text.padEnd(shown)}${text === '' ? '\r' : ''}`);
    shown = text.length;
  };
  return {
    tell(seconds) {
      if (!ended) show(seconds > 0 ? `watching for ${Math.ceil(seconds)} s …` : 'waiting for programs to answer …');
    },
    end() {
      if (shown > 0) show('');
      ended = true;
    },
  };
}
