import { emitKeypressEvents, type Key } from 'node:readline';
import { stripVTControlCharacters } from 'node:util';

/** What happens while somebody looks at a terminal. */
export type ScreenEvent =
  /** As node calls it, as in `up`, `pagedown`, `home`. */
  | { readonly kind: 'key'; readonly name: string }
  /** What is shown has to be drawn anew: it has another size, or was away. */
  | { readonly kind: 'redraw' }
  /** `q`, Ctrl-C, Ctrl-D, a signal, or a terminal that is gone. */
  | { readonly kind: 'end'; readonly signal?: NodeJS.Signals };

/** The two directions of a terminal. */
export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

// What terminals understand as ECMA-48 and DEC private modes; those that do not know 2026 (a frame is shown when all of it
// is there) ignore it: xterm's "Control Sequences".
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const [BEGIN, END] = ['\u001b[?2026h\u001b[H', '\u001b[?2026l'];
const [TO_LINE_END, TO_SCREEN_END] = ['\u001b[K', '\u001b[J'];

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

// Milliseconds. A process that was told to stop stops within that; one that cannot, goes on.
const STOPPING = 100;

/**
 * A terminal as one picture that is drawn over and over. Whoever opens it closes it, whatever happens: then it is as it was
 * before, with all that stood on it.
 */
export class LiveScreen {
  readonly #terminal: Terminal;
  readonly #events: ScreenEvent[] = [];
  readonly #listeners: readonly (() => void)[];
  #wake: () => void = () => undefined;
  #isEntered = false;
  /** Runs while the program is told to stop. */
  #stopping: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    const { input, output } = terminal;
    const end = () => this.#push({ kind: 'end' });
    this.#listeners = [
      ...SIGNALS.map((signal) => listen(process, signal, () => this.#push({ kind: 'end', signal }))),
      listen(process, 'SIGCONT', () => this.#again()),
      listen(process, 'exit', () => this.#leave()),
      listen(output, 'resize', () => this.#push({ kind: 'redraw' })),
      listen(input, 'end', end),
      listen(input, 'keypress', (_text: unknown, key: Key) => this.#press(key)),
    ];
    // These stay: of a terminal that is gone, it is heard several times, and once more when it is given back.
    input.on('error', end);
    output.on('error', end);
    emitKeypressEvents(input);
    this.#enter();
  }

  /** In characters. */
  get size(): { readonly width: number; readonly height: number } {
    const { columns, rows } = this.#terminal.output;
    // A terminal that does not know its size says 0.
    return { width: columns || 80, height: rows || 24 };
  }

  /** Shows lines in the place of all that is shown; none may be wider than the terminal, nor more than it has. */
  draw(lines: readonly string[]): void {
    if (!this.#isEntered) return;
    const { width, height } = this.size;
    // In one piece, over what is there: what does not change is never gone for a moment.
    const picture = lines.map((line) => (widthOf(line) < width ? line + TO_LINE_END : line)).join('\r\n');
    const below = lines.length < height ? `\r\n${TO_SCREEN_END}` : '';
    this.#terminal.output.write(`${BEGIN}${picture}${below}${END}`);
  }

  /** What happens next; nothing if nothing does in so many milliseconds. */
  async next(milliseconds: number): Promise<ScreenEvent | undefined> {
    if (this.#events.length === 0 && milliseconds > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#events.shift();
  }

  /** Gives the terminal back. */
  close(): void {
    clearTimeout(this.#stopping);
    for (const forget of this.#listeners) forget();
    this.#leave();
  }

  #push(event: ScreenEvent): void {
    this.#events.push(event);
    this.#wake();
  }

  #press({ name = '', ctrl = false }: Key): void {
    if ((name === 'q' && !ctrl) || (ctrl && (name === 'c' || name === 'd'))) this.#push({ kind: 'end' });
    else if (ctrl && name === 'z') this.#suspend();
    else if (!ctrl) this.#push({ kind: 'key', name });
  }

  #enter(): void {
    this.#terminal.input.setRawMode(true).resume();
    this.#terminal.output.write(ENTER);
    this.#isEntered = true;
  }

  #leave(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    this.#terminal.output.write(LEAVE);
    this.#terminal.input.setRawMode(false).pause();
  }

  // All that was started together stops, as the terminal itself would have it: also what has started this program.
  #suspend(): void {
    this.#leave();
    process.kill(0, 'SIGTSTP');
    this.#stopping = setTimeout(() => this.#again(), STOPPING);
  }

  // A shell may have used the terminal meanwhile, and changed its modes.
  #again(): void {
    clearTimeout(this.#stopping);
    this.#leave();
    this.#enter();
    this.#push({ kind: 'redraw' });
  }
}

/**
 * Opens a terminal for somebody to watch, and closes it whatever happens. A signal that ended that ends the program then, as
 * it would have without: whoever sent it sees it.
 */
export async function onScreen(
  terminal: Terminal,
  watch: (screen: LiveScreen) => Promise<NodeJS.Signals | undefined>,
): Promise<void> {
  const screen = new LiveScreen(terminal);
  const signal = await watch(screen).finally(() => screen.close());
  if (signal) process.kill(process.pid, signal);
}

// Behind the last column, the cursor is still on it: what erases from there would take it away.
function widthOf(line: string): number {
  return [...stripVTControlCharacters(line)].length;
}

/** Hears an event until the function that it gives is called. */
function listen(
  emitter: NodeJS.EventEmitter,
  event: string,
  listener: Parameters<NodeJS.EventEmitter['on']>[1],
): () => void {
  emitter.on(event, listener);
  return () => emitter.off(event, listener);
}
