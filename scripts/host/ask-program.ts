import type { Readable } from 'node:stream';
import { execa, type Result, type ResultPromise } from 'execa';
import type { Told } from '../diagnosis/told.ts';
import type { Printed } from './run-program.ts';
import { ENVIRONMENT } from './systemd.ts';

/** How long an answer is waited for, with all steps that it takes. */
export interface Patience {
  readonly seconds: number;
  /** When that is over, in milliseconds of a clock that only goes forward; later if this process could not listen meanwhile. */
  readonly until: number;
  /** Says that nobody wants the answer any more, also where a signal ends this process; absent where nothing else hears one. */
  readonly enough?: AbortSignal;
}

/** Milliseconds between two looks at whether this process has been kept from doing anything. */
const BEAT = 50;

/**
 * Patience that begins now. Time in which this very process was busy, or was kept waiting by a machine with much to do, is
 * not counted: what was said meanwhile is still to be heard, and the next step still to be taken.
 */
export function patience(seconds: number, enough?: AbortSignal): Patience {
  let last = performance.now();
  let until = last + seconds * 1000;
  const beat = setInterval(() => {
    const now = performance.now();
    const late = now - last - BEAT;
    if (late > BEAT) until += late;
    last = now;
    if (now > until) clearInterval(beat);
  }, BEAT).unref();
  return {
    seconds,
    get until() {
      return until;
    },
    ...(enough && { enough }),
  };
}

/** Bytes: no answer is that long, and a program that does not come to an end must not fill our memory. */
const LONGEST = 16 * 1024 * 1024;
/** Characters of a program's words in a sentence of ours. */
const LONGEST_WORDS = 300;

const OPTIONS = {
  // A folder that is there, or nothing could be started.
  cwd: '/',
  env: ENVIRONMENT,
  stdin: 'ignore',
  reject: false,
  buffer: false,
  // In a group of its own, so that a wrapper is killed with what it wraps.
  detached: true,
} as const;

/**
 * Runs a program that may hang, and waits no longer than that. When time is up it is killed with all that it has started,
 * and left alone if even that does not end it: what waits for a broken disk or driver cannot be killed, and what has left
 * the group may hold the output open. An exit code other than 0 is an answer, too.
 */
export async function askProgram(file: string, args: readonly string[], patience: Patience): Promise<Told<Printed>> {
  const { seconds, enough } = patience;
  const tooLate = `${file} did not answer within ${seconds} s`;
  const left = () => patience.until - performance.now();
  if (left() <= 0) return { kind: 'silent', why: tooLate };
  return await new Promise((resolve, reject) => {
    const running = execa(file, args, OPTIONS);
    const forget = enough ? () => undefined : endAtSignal(running);
    const stopWaiting = () => {
      forget();
      clearTimeout(timer);
      enough?.removeEventListener('abort', unwanted);
    };
    const giveUp = (why: string) => {
      stopWaiting();
      abandon(running);
      resolve({ kind: 'silent', why });
    };
    const timeUp = () => {
      if (left() <= 0) giveUp(tooLate);
      else timer = setTimeout(timeUp, left());
    };
    let timer = setTimeout(timeUp, left());
    const unwanted = () => giveUp(`nobody wants what ${file} answers any more`);
    enough?.addEventListener('abort', unwanted);
    const tooMuch = () => giveUp(`${nameOf(file, args)} prints more than ${LONGEST / 1024 / 1024} MiB`);
    const [stdout, stderr] = [collect(running.stdout, tooMuch), collect(running.stderr, tooMuch)];
    // Ends when both of them have.
    running.then((result) => {
      stopWaiting();
      resolve(answer(file, args, { ...result, stdout: stdout(), stderr: stderr() }));
    }, reject);
  });
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Programs in groups of their own, which no terminal tells that somebody has typed Ctrl-C. */
const alone = new Set<ResultPromise<typeof OPTIONS>>();

/** Has a program end with this process, until the function that it gives is called. */
function endAtSignal(running: ResultPromise<typeof OPTIONS>): () => void {
  if (alone.size === 0) for (const signal of SIGNALS) process.on(signal, end);
  alone.add(running);
  return () => {
    if (alone.delete(running) && alone.size === 0) for (const signal of SIGNALS) process.off(signal, end);
  };
}

// Then the signal does what it would have done without.
function end(signal: NodeJS.Signals): void {
  for (const running of alone) abandon(running);
  alone.clear();
  for (const one of SIGNALS) process.off(one, end);
  process.kill(process.pid, signal);
}

/** What a program prints, if it ends with exit code 0; otherwise why it does not, in its own words. */
export async function askOutput(file: string, args: readonly string[], time: Patience): Promise<Told<string>> {
  const printed = await askProgram(file, args, time);
  if (printed.kind !== 'told') return printed;
  return printed.value.exitCode === 0
    ? { kind: 'told', value: printed.value.stdout }
    : { kind: 'silent', why: complaint(file, args, printed.value) };
}

/** A sentence about a program that exits with another code than 0. */
export function complaint(file: string, args: readonly string[], { exitCode, stdout, stderr }: Printed): string {
  return `${nameOf(file, args)} exits ${exitCode}: ${firstLine(stderr) || firstLine(stdout) || 'it says nothing'}`;
}

function answer(
  file: string,
  args: readonly string[],
  { exitCode, code, signal, stdout, stderr }: Omit<Result<typeof OPTIONS>, 'stdout' | 'stderr'> & Output,
): Told<Printed> {
  if (code === 'ENOENT') return { kind: 'absent', why: `${file} is not installed` };
  if (exitCode !== undefined) return { kind: 'told', value: { exitCode, stdout, stderr } };
  const why = signal ? `${nameOf(file, args)} ended by signal ${signal}` : `${file} cannot be started: ${code}`;
  return { kind: 'silent', why };
}

type Output = Pick<Printed, 'stdout' | 'stderr'>;

/** Keeps what a stream gives, up to the longest answer; what that is, is said at the end. */
function collect(stream: Readable, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > LONGEST) tooMuch();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

// Whatever becomes of it, nothing of it keeps this process from ending.
function abandon(running: ResultPromise<typeof OPTIONS>): void {
  // One that has ended may have given its number to somebody else.
  if (running.pid !== undefined && running.exitCode === null && running.signalCode === null) killGroup(running.pid);
  running.stdout.destroy();
  running.stderr.destroy();
  running.unref();
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It ended in this moment, or it has become somebody else's, as with sudo(8).
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

// With its first word, where that says what it is to do.
function nameOf(file: string, [first = '']: readonly string[]): string {
  return /^[a-z]+$/.test(first) ? `${file} ${first}` : file;
}

function firstLine(text: string): string {
  return (text.trim().split('\n', 1)[0] ?? '').slice(0, LONGEST_WORDS).trimEnd();
}
